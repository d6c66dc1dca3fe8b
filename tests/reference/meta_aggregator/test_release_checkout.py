import json
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, timedelta

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import release_checkout
from tests.reference.meta_aggregator.release_site import ESCROW, STARTED, make_facts

DOCUMENTED_SCRIPTS = [
    "healthCheck",
    "checkExternalApis",
    "checkEscrowStatus",
    "deployWithCorrectArbiter",
    "fundArbiter",
    "testDeposit",
    "upgrade",
    "deployMigration",
    "pauseContract",
    "checkContractStatus",
    "checkDatabase",
    "assessContractRisk",
    "deployEmergencyFix",
    "checkDbPerformance",
    "testDbConnection",
    "testContractInteraction",
    "dbPerformanceTest",
    "analyzeGasUsage",
    "verifyDataIntegrity",
    "upgradeContract",
    "deployNewContract",
    "updateContractAddress",
    "dailyHealthCheck",
    "updateMetrics",
    "optimizeDatabase",
    "weeklyPerformanceReport",
    "fullSystemBackup",
    "capacityAnalysis",
]
DOCUMENTED_COMMANDS = [
    "test",
    "test:unit",
    "test:integration",
    "test:e2e",
    "test:security",
    "build",
    "dev",
    "db:migrate",
    "db:verify",
    "deploy",
    "deploy:backend",
    "deploy:frontend",
    "deploy:contracts",
    "deploy:staging",
    "deploy:production",
]
needs_node = pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")


def git(checkout, *arguments):
    run = subprocess.run(
        ["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True
    )
    return run.stdout.strip()


@pytest.fixture(scope="module")
def honest(tmp_path_factory):
    directory = tmp_path_factory.mktemp("honest") / "checkout"
    return directory, release_checkout.build(directory, make_facts(directory.parent), NONE)


@pytest.fixture
def faulty(tmp_path):
    def build(item):
        facts = make_facts(tmp_path)
        release_checkout.build(tmp_path / "checkout", facts, Defects.for_items([item]))
        return tmp_path / "checkout"

    return build


def test_equal_facts_give_the_equal_commit(honest, tmp_path):
    directory, commit = honest
    facts = make_facts(directory.parent)
    assert release_checkout.build(tmp_path / "again", facts, NONE) == commit
    assert release_checkout.build(tmp_path / "later", make_facts(tmp_path), NONE) != commit


def test_work_tree_is_the_release_commit_and_clean(honest):
    directory, commit = honest
    assert git(directory, "rev-parse", "HEAD", "v2.0.0^{commit}").split() == [commit, commit]
    assert git(directory, "status", "--porcelain") == ""


def test_freeze_lies_a_week_before_the_release_and_only_fixes_follow(honest):
    directory, _ = honest
    frozen = int(
        git(directory, "for-each-ref", "--format=%(taggerdate:unix)", "refs/tags/freeze-2.0.0")
    )
    assert STARTED - datetime.fromtimestamp(frozen, UTC) >= timedelta(days=7)
    subjects = git(directory, "log", "--format=%s", "freeze-2.0.0..v2.0.0").splitlines()
    assert subjects
    assert all(re.match(r"(fix|docs|test|chore): ", subject) for subject in subjects)


def test_features_were_merged_between_the_releases(honest):
    subjects = git(honest[0], "log", "--format=%s", "v1.9.0..freeze-2.0.0").splitlines()
    assert any(subject.startswith("feat: ") for subject in subjects)


@pytest.mark.parametrize("name", DOCUMENTED_SCRIPTS)
def test_documented_script_exists(honest, name):
    assert (honest[0] / "scripts" / f"{name}.js").is_file()


def test_documented_commands_and_folders_exist(honest):
    scripts = json.loads((honest[0] / "package.json").read_text())["scripts"]
    assert [name for name in DOCUMENTED_COMMANDS if name not in scripts] == []
    assert scripts["test:unit"] == scripts["test"]
    for folder in (
        "contracts",
        "pages/api",
        "Backend server",
        "frontend",
        "scripts",
        "test",
        "utils",
    ):
        assert any((honest[0] / folder).iterdir()), folder


def test_documents_name_every_script_and_command(honest):
    text = "".join(path.read_text() for path in (honest[0] / "docs").glob("*.md"))
    assert [n for n in DOCUMENTED_SCRIPTS if f"scripts/{n}.js" not in text] == []
    assert [n for n in DOCUMENTED_COMMANDS if not re.search(rf"npm (run )?{n}\b", text)] == []


def test_no_placeholder_of_the_templates_is_left(honest):
    directory, _ = honest
    listed = git(directory, "grep", "-l", "-E", r"\{\{[a-z_]+\}\}").splitlines()
    assert listed == ["frontend/config.js", "frontend/index.html"]


def test_every_changed_package_has_a_reviewer(honest):
    directory, _ = honest
    before, after = (
        json.loads(git(directory, "show", f"{tag}:package-lock.json"))["packages"]
        for tag in ("v1.9.0", "v2.0.0")
    )
    changed = {n.removeprefix("node_modules/") for n in after if n and before.get(n) != after[n]}
    reviews = tomllib.loads((directory / "docs" / "dependency-reviews.toml").read_text())["review"]
    assert changed == {review["package"] for review in reviews if review["reviewer"]}


def test_environments_name_their_chains(honest):
    directory, _ = honest
    found = {
        name: dict(
            line.split("=", 1) for line in (directory / f".env.{name}").read_text().splitlines()
        )
        for name in ("local", "staging", "production")
    }
    assert [found[n]["CHAIN_ID"] for n in found] == ["31337", "11155111", "1"]
    assert [found[n]["API_URL"].split("//")[1] for n in found] == [
        "localhost:3000",
        "staging.metaaggregator.com",
        "api.metaaggregator.com",
    ]


def test_deployment_artefact_and_configuration_agree(honest):
    directory, _ = honest
    artefact = json.loads((directory / "deployments" / "31337.json").read_text())
    config = json.loads((directory / "config" / "backend.json").read_text())
    assert artefact["address"] == config["escrow"] == ESCROW


def test_rollback_plan_names_a_tag_that_exists(honest):
    plan = tomllib.loads((honest[0] / "docs" / "rollback-plan.toml").read_text())
    assert git(honest[0], "rev-parse", f"{plan['backend_revision']}^{{commit}}")
    assert plan["backup"] == "orders-20261120T110000000Z.sqlite"


def test_selectors_of_the_tools_are_those_of_ethereum(honest):
    code = "import keccak; print(keccak.selector('transfer(address,uint256)'))"
    run = subprocess.run(
        [sys.executable, "-B", "-c", code],
        cwd=honest[0] / "backend",
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "0xa9059cbb"


@pytest.mark.parametrize("what", ["pause", "deploy-escrow", "upgrade", "migration"])
def test_destructive_tools_refuse_without_explicit_arguments(honest, what):
    run = subprocess.run(
        [sys.executable, str(honest[0] / "backend" / "probe_tools.py"), "prepare", what],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert json.loads(run.stdout.splitlines()[-1])["ok"] is False


@needs_node
@pytest.mark.parametrize(("command", "executed"), [("test", 26), ("test:security", 5)])
def test_npm_tests_of_the_release_pass(honest, command, executed):
    run = subprocess.run(
        ["npm", "run", "-s", command], cwd=honest[0], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert f"# pass {executed}\n" in run.stdout


@needs_node
def test_npm_build_builds_the_page(honest, tmp_path):
    copy = shutil.copytree(honest[0], tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    subprocess.run(["npm", "run", "-s", "build"], cwd=copy, check=True, capture_output=True)
    page = (copy / "dist" / "index.html").read_text()
    for asset in re.findall(r'(?:src|href)="/(assets/[^"]+)"', page):
        assert (copy / "dist" / asset).is_file()


def test_fault_feature_after_freeze(faulty):
    log = git(faulty("MA-PRE-04"), "log", "--format=%s", "freeze-2.0.0..v2.0.0")
    assert "feat: discounts by volume (#132)" in log.splitlines()


def test_fault_dependency_without_reviewer(faulty):
    lock = json.loads((faulty("MA-PRE-05") / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/cypress"]["version"] == "13.17.0"


def test_fault_production_profile_on_sepolia(faulty):
    assert "http://127.0.0.1:2\n" in (faulty("MA-PRE-12") / ".env.production").read_text()


def test_fault_pause_script_missing(faulty):
    assert not (faulty("MA-PRE-14") / "scripts" / "pauseContract.js").exists()


def test_fault_contact_placeholder(faulty):
    runbook = (faulty("MA-PRE-15") / "docs" / "OPERATIONAL_RUNBOOK.md").read_text()
    assert "| Secondary | [Name] | [Phone] | [Email] |" in runbook


def test_fault_review_date_passed(faulty):
    text = (faulty("MA-PRE-16") / "README.md").read_text()
    due = re.search(r"Next review: (\S+)", text)[1]
    assert date.fromisoformat(due) < STARTED.date()


def test_fault_rollback_plan_build_gone(faulty):
    directory = faulty("MA-PRE-09")
    plan = tomllib.loads((directory / "docs" / "rollback-plan.toml").read_text())
    assert plan["frontend_build"] != make_facts(directory).previous_build_id


@needs_node
def test_fault_unit_tests_match_nothing(faulty):
    run = subprocess.run(
        ["npm", "test", "-s"], cwd=faulty("MA-PRE-01"), capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert "# pass 0\n" in run.stdout
