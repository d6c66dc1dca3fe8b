"""Every document of a dump exactly once, however it is cut."""

import gzip

import bson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.clients.token_stores.bson_dump import BsonDump
from fixtures.clients.token_stores.model import SourceError


def read(dump):
    return [raw for part in dump.partitions() for batch in dump.batches(part) for raw in batch]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=300), max_size=40), st.integers(1, 5000))
def test_parts_hold_every_document_once_and_in_order(tmp_path_factory, contents, size):
    path = tmp_path_factory.mktemp("dump") / "tokens.bson"
    documents = [bson.encode({"_id": n, "b": data}) for n, data in enumerate(contents)]
    path.write_bytes(b"".join(documents))

    assert read(BsonDump(path, size)) == documents


def test_documents_larger_than_a_batch_are_read_whole(tmp_path):
    path = tmp_path / "large.bson"
    documents = [bson.encode({"_id": n, "b": bytes(3_000_000)}) for n in range(3)]
    path.write_bytes(b"".join(documents))

    assert read(BsonDump(path, 1)) == documents


def test_a_gzipped_dump_is_one_part(tmp_path):
    path = tmp_path / "tokens.bson.gz"
    documents = [bson.encode({"_id": n}) for n in range(1000)]
    path.write_bytes(gzip.compress(b"".join(documents)))
    dump = BsonDump(path, 10)

    assert len(list(dump.partitions())) == 1
    assert read(dump) == documents


def test_documents_are_found_by_their_ids(tmp_path):
    path = tmp_path / "tokens.bson"
    documents = [bson.encode({"_id": f"id{n}", "n": n}) for n in range(30)]
    path.write_bytes(b"".join(documents))
    wanted = [bson.encode({"_id": f"id{n}"})[4:-1] for n in (3, 29)]

    assert list(BsonDump(path, 100).find(wanted)) == [documents[3], documents[29]]


@pytest.mark.parametrize("cut", [1, 3, 5, 17])
def test_a_dump_that_was_cut_off_is_no_dump(tmp_path, cut):
    path = tmp_path / "tokens.bson"
    path.write_bytes(b"".join(bson.encode({"_id": n}) for n in range(9))[:-cut])

    with pytest.raises(SourceError, match="cut off"):
        read(BsonDump(path, 30))
