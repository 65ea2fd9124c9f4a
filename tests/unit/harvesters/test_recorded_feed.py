"""A recorded catalog answers like a node: the reader of our own nodes finds nothing to refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ckanext.fjgov.core.catalog.uscc import uscc_problems
from ckanext.fjgov.core.federation.digest import digest_key, digest_of
from ckanext.fjgov.core.federation.digest_feed import bucket_digest
from ckanext.fjgov.core.federation.errors import BadStatus, EpochChanged
from ckanext.fjgov.core.federation.keys import key_from_seed
from ckanext.fjgov.core.federation.ports import Identity, Peer
from ckanext.fjgov.harvesters.factories import node_fetcher
from ckanext.fjgov.harvesters.node import SignedNodeReader
from deploy.recorded.feed import RecordedNode, Row, read_rows
from deploy.recorded.rehome import Home, Rehoming, write_recording
from deploy.recorded.server import RecordedServer, serving
from tests.factories import UNIT_CODE, make_entry, make_unit

PROVINCE = Identity("350000", key_from_seed(b"p" * 32))
CITY_KEY = key_from_seed(b"c" * 32)
OLD, NEW = Home("350100", "35100", "福州市"), Home("350300", "35300", "莆田市")
UNIT = {"type": "unit", "id": "u", "name": f"u-{UNIT_CODE.lower()}", "fields": make_unit()}
ENTRY = {
    "type": "entry",
    "id": "e",
    "name": "35100-000001",
    "unit": UNIT_CODE,
    "fields": {**make_entry(), "identifier": "35100/000001"},
    "tags": ["低保"],
    "resources": [{"id": "r", "name": "数据", "format": "CSV"}],
}
# A record of another directory, which is not repeated.
SYSTEM = {
    "type": "app_system",
    "id": "s",
    "name": "s",
    "unit": UNIT_CODE,
    "fields": {"title": "系统"},
}
ENTRIES = 25


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    path = tmp_path_factory.mktemp("recorded") / "350300.ndjson"
    known = [UNIT, SYSTEM, ENTRY]
    assert write_recording(path, Rehoming(OLD, NEW).rows(known, ENTRIES)) == ENTRIES + 1
    return list(read_rows(path))


@pytest.fixture
def server(rows: list[Row]) -> Iterator[RecordedServer]:
    node = RecordedNode("350300", CITY_KEY, rows)
    readers = {"350000": (PROVINCE.key.verifying(),)}
    with serving(RecordedServer(0, {"350300": node}, readers)) as served:
        yield served


def reader(server: RecordedServer, identity: Identity = PROVINCE) -> SignedNodeReader:
    allow = (f"127.0.0.1:{server.server_address[1]}",)
    peer = Peer("350300", server.address("350300"), (CITY_KEY.verifying(),), allow)
    return SignedNodeReader(peer, identity, node_fetcher(allow), pause=lambda _failures: None)


def test_everything_is_of_the_new_city(rows: list[Row]) -> None:
    text = b"".join(row.data for row in rows).decode()
    for old in (f'"{OLD.code}"', f"{OLD.prefix}/", OLD.name, UNIT_CODE):
        assert old not in text
    unit = json.loads(rows[0].data)
    assert uscc_problems(unit["fields"]["uscc"]) == ()
    assert {json.loads(row.data)["unit"] for row in rows[1:]} == {unit["fields"]["uscc"]}
    assert len({row.key for row in rows}) == len(rows)
    assert len({json.loads(row.data)["fields"]["title"] for row in rows}) == len(rows)


def test_pages_digests_and_records_agree(server: RecordedServer, rows: list[Row]) -> None:
    city = reader(server)
    since, keys, digest, epoch = 0, [], "", ""
    while True:
        page = city.changes(since, 10, epoch, "")
        keys += [row.key for row in page.rows]
        since, digest, epoch = page.end.next, page.end.digest, page.end.epoch
        if not page.end.more:
            break
    assert keys == [row.key for row in rows]
    names = {digest_key(row.kind, row.key): row.hash for row in rows}
    assert digest == digest_of(names).text()
    assert city.changes(since, 10, epoch, digest).rows == ()
    level = city.many_children(("",))
    assert level.digest.text() == digest
    listing = city.many_keys(sorted(_buckets(city)))
    assert bucket_digest(listing).text() == digest
    wanted = [("entry", rows[3].key), ("entry", "35300/none")]
    assert [row.record for row in city.records(wanted).rows] == [rows[3].data]
    assert server.requests == {"350300": 10}


def _buckets(city: SignedNodeReader) -> list[str]:
    prefixes = [""]
    for _ in range(3):
        prefixes = sorted(city.many_children(prefixes).children)
    return prefixes


def test_another_recording_is_another_epoch(server: RecordedServer, rows: list[Row]) -> None:
    city = reader(server)
    end = city.changes(0, 100, "", "").end
    server.nodes["350300"] = RecordedNode("350300", CITY_KEY, rows[:5])
    with pytest.raises(EpochChanged) as caught:
        city.changes(end.head, 100, end.epoch, end.digest)
    assert caught.value.head == 5


def test_strangers_are_refused(server: RecordedServer) -> None:
    stranger = Identity("350000", key_from_seed(b"x" * 32))
    with pytest.raises(BadStatus):
        reader(server, stranger).changes(0, 10, "", "")


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"x", b'{"type":"entry","key":"a","record":NaN}'])
def test_a_broken_recording_names_its_line(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "350300.ndjson"
    path.write_bytes(b'{"type":"unit","key":"u","record":{}}\n' + line + b"\n")
    with pytest.raises(ValueError, match=r"350300\.ndjson:2"):
        list(read_rows(path))
