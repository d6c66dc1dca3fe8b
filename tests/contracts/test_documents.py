import tomllib
from pathlib import Path

import contracts.documents
from contracts.catalogue import load
from contracts.documents import documented


def test_every_name_cites_lines_of_a_known_document():
    path = Path(contracts.documents.__file__).with_name("meta_aggregator.toml")
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    sources = [line for kind in ("npm_scripts", "files", "folders") for line in raw[kind].values()]

    assert all(lines for lines in sources)
    assert {line[:3] for lines in sources for line in lines} <= set(load().vocabulary.files)


def test_the_names_are_there_under_each_of_their_variants():
    names = documented("meta_aggregator")

    assert {"scripts/upgrade.js", "scripts/upgradeContract.js"} <= names.files
    assert {"scripts/checkEscrowStatus.js", "scripts/checkContractStatus.js"} <= names.files
    assert {"test", "db:migrate", "db:verify"} <= names.npm_scripts
    assert "Backend server/" in names.folders
