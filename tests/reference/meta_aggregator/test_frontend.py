import json
import re

import pytest

from fixtures.reference.defects import NONE, Defects
from fixtures.reference.meta_aggregator import frontend
from fixtures.reference.meta_aggregator.edge import Deployments
from tests.reference.meta_aggregator.release_site import ESCROW, make_facts


def built(tmp_path, *items):
    facts = make_facts(tmp_path)
    build_id = frontend.build(tmp_path, facts, Defects.for_items(items))
    return facts, tmp_path / "builds" / build_id


def texts(build):
    return {path.name: path.read_text() for path in (build / "assets").iterdir()}


def test_page_carries_the_build_id_and_only_assets_that_exist(tmp_path):
    _, build = built(tmp_path)
    page = (build / "index.html").read_text()
    assert f'<meta name="build-id" content="{build.name}">' in page
    assets = re.findall(r'(?:href|src)="/assets/([^"]+)"', page)
    assert len(assets) == 2
    assert set(assets) <= set(texts(build))


def test_every_import_of_every_module_exists_and_carries_a_digest(tmp_path):
    _, build = built(tmp_path)
    modules = texts(build)
    imported = {
        name for text in modules.values() for name in re.findall(r'from "\./([^"]+)"', text)
    }
    assert imported
    assert imported <= set(modules)
    assert all(re.fullmatch(r"\w+-[0-9a-f]{10}\.(js|css)", name) for name in modules)


def test_no_placeholder_and_no_foreign_resource_is_left(tmp_path):
    _, build = built(tmp_path)
    everything = "".join(texts(build).values()) + (build / "index.html").read_text()
    assert "{{" not in everything
    assert not re.search(r"https?://", everything)


def test_bundle_and_build_record_name_the_escrow(tmp_path):
    _, build = built(tmp_path)
    assert any(ESCROW in text for text in texts(build).values())
    assert json.loads((build / "build.json").read_text())["escrow"] == ESCROW


def test_previous_build_stays_and_the_new_one_is_live(tmp_path):
    facts, build = built(tmp_path)
    deployments = Deployments(tmp_path)
    assert deployments.live() == build.name
    assert [(b["build_id"], b["live"]) for b in deployments.listed()] == [
        (build.name, True),
        (facts.previous_build_id, False),
    ]


def test_fault_bundle_has_previous_escrow(tmp_path):
    facts, build = built(tmp_path, "MA-DEP-01")
    assert any(facts.previous_escrow_address in text for text in texts(build).values())
    assert not any(ESCROW in text for text in texts(build).values())


def test_fault_main_script_not_uploaded(tmp_path):
    _, build = built(tmp_path, "MA-DEP-03")
    main = re.search(r'src="/assets/([^"]+)"', (build / "index.html").read_text())[1]
    assert main not in texts(build)


@pytest.mark.parametrize("item", ["MA-PRE-03", "MA-POST-11", "MA-POST-18"])
def test_faults_of_the_page_change_its_sources(item):
    honest, faulty = frontend.sources(NONE), frontend.sources(Defects.for_items([item]))
    assert len([path for path in honest if honest[path] != faulty[path]]) == 1


def test_a_patch_that_no_longer_fits_is_an_error():
    with pytest.raises(ValueError, match="expected exactly one"):
        frontend.replaced("abc", "x", "y")


def test_a_public_variable_brings_its_key_into_the_bundle_only(tmp_path):
    _, build = built(tmp_path, "MA-SEC-02")
    shipped = "".join(texts(build).values())
    assert re.search(r'relayerKey: "0x[0-9a-f]{64}"', shipped)
    source = frontend.sources(Defects.for_items(["MA-SEC-02"]))["frontend/config.js"]
    assert "{{NEXT_PUBLIC_RELAYER_KEY}}" in source
