"""Who may import whom; and the packages that are imported are ours."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("contracts", "fixtures", "suites", "reports", "loadtests", "benchmarks", "tests")
ALLOWED = {
    "contracts": {"contracts"},
    "fixtures.profiles": {"fixtures.profiles", "contracts"},
    "fixtures.clients": {"fixtures.clients", "fixtures.profiles", "contracts"},
    "fixtures.probes": {"fixtures.probes", "contracts"},
    "fixtures.reference": {"fixtures.reference", "contracts"},
    "fixtures.plugins": {"fixtures", "reports", "contracts"},
    "fixtures.workers": {"fixtures.workers"},
    "fixtures.audit_orders": {
        "fixtures.audit_orders",
        "fixtures.workers",
        "fixtures.clients",
        "fixtures.probes",
        "fixtures.profiles",
        "contracts",
    },
    "fixtures.compare_stores": {
        "fixtures.compare_stores",
        "fixtures.workers",
        "fixtures.clients",
        "fixtures.probes",
        "contracts",
    },
    "suites": {
        "suites",
        "fixtures.clients",
        "fixtures.probes",
        "fixtures.audit_orders",
        "fixtures.compare_stores",
        "fixtures.workers",
        "contracts",
    },
    "reports": {"reports", "contracts"},
    "loadtests": {"loadtests", "contracts", "fixtures.profiles"},
}
FILES = sorted(
    path
    for area in ALLOWED
    for path in (ROOT / area.replace(".", "/")).rglob("*.py")
    if "checkout" not in path.relative_to(ROOT).parts[:-1]
)


def area_of(module):
    """The longest area whose name begins the module's."""
    fitting = [area for area in ALLOWED if module == area or module.startswith(f"{area}.")]
    return max(fitting, key=len, default=module.partition(".")[0])


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_along_the_arrows(path):
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    allowed = ALLOWED[area_of(name)]

    for line, imported in imports(path):
        top = imported.partition(".")[0]
        if top in OURS and imported not in OURS:
            area = area_of(imported)
            fits = any(area == one or area.startswith(f"{one}.") for one in allowed)
            assert fits, f"{path.relative_to(ROOT)}:{line}: {name} may not import {imported}"
        elif area_of(name) == "contracts" and top not in OURS:
            assert top in sys.stdlib_module_names, (
                f"{path.relative_to(ROOT)}:{line}: contracts may not import {imported}"
            )


def test_the_walk_sees_every_area():
    assert {area_of(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in FILES} >= {
        "contracts",
        "fixtures.clients",
        "fixtures.plugins",
        "fixtures.probes",
        "fixtures.profiles",
        "fixtures.reference",
        "reports",
        "suites",
    }


def test_our_fixtures_package_is_the_one_that_is_imported():
    import fixtures

    assert Path(fixtures.__file__).parent == ROOT / "fixtures"


@pytest.mark.parametrize(
    "heavy", ["web3", "eth_account", "playwright", "locust", "schemathesis", "jinja2", "dns"]
)
def test_the_plugins_import_no_heavy_library(heavy):
    import subprocess

    script = (
        "import sys, importlib\n"
        "for name in ('options', 'catalogue', 'target', 'gate', 'recorder', 'proofs', 'details'):\n"
        "    importlib.import_module('fixtures.plugins.' + name)\n"
        f"sys.exit({heavy!r} in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False)

    assert done.returncode == 0
