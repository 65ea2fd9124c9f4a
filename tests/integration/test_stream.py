"""The stream of changes on a running node: who follows it knows what its readers may see."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pyoxigraph as ox
import pytest

from tests.integration.api import (
    client,
    create_entry,
    create_listed,
    eventually,
    open_entry,
    overridden,
    sql,
    sync_up,
)
from tests.integration.stack_env import StackInfo
from tests.integration.stream_reader import (
    NUMBER,
    OFFICIALS,
    TREE,
    Told,
    entries,
    graph_at,
    of,
    read,
    seen,
    told,
)
from tests.integration.test_dump import NODE, fetched, found_by, pages, stricter
from tests.rdf_parsers import BY_OXIGRAPH

SIZE = 4


@pytest.fixture(scope="module", autouse=True)
def small_pages(stack: StackInfo) -> Iterator[None]:
    """Begin the streams anew with pages that fill soon."""
    with overridden(stack, NODE, {"fjgov.stream.page_size": str(SIZE)}):
        yield


def test_who_follows_the_pages_knows_the_catalog(stack: StackInfo) -> None:
    create_listed(stack, **open_entry())
    registrar = client(stack, NODE, "registrar")
    gone = create_listed(stack, **open_entry())
    assert of(gone, told(stack)) == ["Create"]
    registrar.action.package_delete(id=gone["id"])
    shown = eventually(
        lambda: {one for page in pages(stack) for one in page},
        lambda found: gone["identifier"] not in found,
        seconds=60,
    )
    assert len(shown) > SIZE
    assert entries(told(stack)) == shown
    assert entries(told(stack, "staff", OFFICIALS)) == eventually(
        lambda: found_by(stack, "staff"), lambda found: gone["identifier"] not in found
    )


def test_each_change_is_told_once_in_order(stack: StackInfo) -> None:
    stream = told(stack)
    assert [one.number for one in stream] == list(range(1, len(stream) + 1))
    assert [one.at for one in stream] == sorted(one.at for one in stream)
    sizes = [len(members) for _address, members, _answer in read(stack)][1:]
    assert set(sizes[:-1]) == {SIZE}
    assert sizes[-1] == len(stream) % SIZE


def test_a_registration_a_change_and_a_withdrawal_are_told(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    draft = create_entry(stack, **open_entry())
    assert of(draft, told(stack)) == of(draft, told(stack, "registrar", OFFICIALS)) == []
    registrar.action.package_patch(id=draft["id"], state="active")
    assert of(draft, told(stack)) == ["Create"]
    registrar.action.package_patch(id=draft["id"], notes="更正后的摘要，不少于十个字。")
    assert of(draft, told(stack)) == ["Create", "Update"]
    registrar.action.package_patch(id=draft["id"], notes="更正后的摘要，不少于十个字。")
    registrar.action.package_delete(id=draft["id"])
    stream = told(stack)
    assert of(draft, stream) == ["Create", "Update", "Delete"]
    assert stream[-1].hash == ""
    subject = stream[-1].subject
    assert fetched(stack, subject, Accept="text/turtle").status_code == 410
    with pytest.raises(KeyError):
        seen(stream)[subject]


def test_the_province_tells_of_copies_by_their_name_at_home(stack: StackInfo) -> None:
    def at_province() -> list[Told]:
        return [one for _page, members, _answer in read(stack, node="province") for one in members]

    entry = create_listed(stack, **open_entry())
    sync_up(stack)
    [made] = [one for one in at_province() if one.subject.endswith(entry["identifier"])]
    assert (made.change, made.subject) == (
        "Create",
        f"{stack.urls[NODE]}/id/{entry['identifier']}",
    )
    client(stack, NODE, "registrar").action.package_delete(id=entry["id"])
    sync_up(stack)
    stream = at_province()
    assert of(entry, stream) == ["Create", "Delete"]
    assert entries(stream) == eventually(
        lambda: found_by(stack, node="province"), lambda found: found == entries(stream)
    )


def test_of_what_the_public_does_not_see_nothing_is_told(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    closed = create_listed(stack, share_type="3", restriction_kind=None)
    for asked, expected in (("", []), (OFFICIALS, ["Create"])):
        assert of(closed, told(stack, "staff", asked)) == expected
    registrar.action.package_patch(id=closed["id"], notes="更正后的摘要，不少于十个字。")
    before = told(stack)
    registrar.action.package_delete(id=closed["id"])
    assert told(stack) == before
    assert of(closed, told(stack, "staff", OFFICIALS)) == ["Create", "Delete"]


def test_what_became_stricter_is_gone_for_the_public_alone(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    entry = create_listed(stack, **open_entry())
    assert of(entry, told(stack)) == of(entry, told(stack, "staff", OFFICIALS)) == ["Create"]
    registrar.action.package_patch(id=entry["id"], **stricter())
    assert of(entry, told(stack)) == ["Create", "Delete"]
    assert of(entry, told(stack, "staff", OFFICIALS)) == ["Create", "Update"]
    known = len(told(stack))
    registrar.action.package_patch(id=entry["id"], notes="更正后的摘要，不少于十个字。")
    assert len(told(stack)) == known
    registrar.action.package_patch(id=entry["id"], **open_entry())
    assert of(entry, told(stack)) == ["Create", "Delete", "Create"]


def test_what_only_officials_see_changes_for_officials_only(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    entry = create_listed(stack, **open_entry())
    assert of(entry, told(stack)) == of(entry, told(stack, "staff", OFFICIALS)) == ["Create"]
    registrar.action.package_patch(
        id=entry["id"], contact=[{"name": "示例处", "telephone": "0591-00000001"}]
    )
    assert of(entry, told(stack, "staff", OFFICIALS)) == ["Create", "Update"]
    assert of(entry, told(stack)) == ["Create"]


def test_who_follows_while_others_write_has_the_beginning_of_the_same_stream(
    stack: StackInfo,
) -> None:
    registrar = client(stack, NODE, "registrar")
    made = [create_listed(stack, **open_entry()) for _one in range(2)]
    met, ended = [told(stack)], Event()

    def write() -> None:
        for turn in count():
            registrar.action.package_patch(
                id=made[turn % 2]["id"], notes=f"第{turn}次更正后的摘要，不少于十个字。"
            )
            if ended.is_set():
                return

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        for _round in range(5):
            met += list(pool.map(lambda _one: told(stack), range(3)))
        ended.set()
        writing.result()
    stream = told(stack)
    assert len({len(one) for one in met}) > 2
    assert all(one == stream[: len(one)] for one in met)
    assert [one.number for one in stream] == list(range(1, len(stream) + 1))


def test_no_member_holds_anything_of_its_record(stack: StackInfo) -> None:
    entry = create_listed(stack, **open_entry())
    for asked in ("", OFFICIALS):
        texts = [answer.text for _address, _told, answer in read(stack, "staff", asked=asked)]
        assert any(entry["identifier"] in text for text in texts)
        for field in ("id", "title", "notes", "name"):
            assert not any(entry[field] in text for text in texts), field


def test_full_pages_never_change(stack: StackInfo) -> None:
    registrar = client(stack, NODE, "registrar")
    before = {
        (ending, asked): read(stack, "staff", ending, asked)
        for ending in BY_OXIGRAPH
        for asked in ("", OFFICIALS)
    }
    entry = create_listed(stack, **open_entry())
    for turn in range(SIZE):
        registrar.action.package_patch(id=entry["id"], notes=f"第{turn}次更正后的摘要，十个字。")
        told(stack), told(stack, "staff", OFFICIALS)
    registrar.action.package_delete(id=entry["id"])
    for (ending, asked), found in before.items():
        after = {address: answer for address, _told, answer in read(stack, "staff", ending, asked)}
        full = [(address, answer) for address, members, answer in found if len(members) == SIZE]
        assert len(full) >= 2
        for address, answer in full:
            assert after[address].content == answer.content
            assert after[address].headers["etag"] == answer.headers["etag"]
        last, members, answer = found[-1]
        assert len(members) < SIZE
        assert after[last].content != answer.content


def test_full_pages_are_kept_by_whoever_carries_them(stack: StackInfo) -> None:
    root, *full, last = read(stack)
    for address, _members, answer in full:
        kept = answer.headers["cache-control"]
        assert {"public", "max-age=31536000", "immutable"} == set(kept.split(", ")), address
        assert "set-cookie" not in answer.headers
        assert "cookie" not in answer.headers.get("vary", "").lower()
    for _address, _members, answer in (root, last):
        assert answer.headers["cache-control"] == "public, max-age=60"
    for _address, _members, answer in read(stack, "staff", asked=OFFICIALS):
        assert answer.headers["cache-control"] == "private, no-store"
    address, _members, answer = full[0]
    again = fetched(stack, address, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_links_lead_from_page_to_page(stack: StackInfo) -> None:
    root, *rest = read(stack)
    numbered = {int(NUMBER.findall(address)[0]): address for address, _told, _answer in rest}
    assert root[2].links["first"]["url"] == numbered[1]
    assert root[2].links["last"]["url"] == rest[-1][0]
    for number, (_address, _members, answer) in enumerate(rest, 1):
        assert answer.links.get("next", {}).get("url") == numbered.get(number + 1)
        assert answer.links.get("prev", {}).get("url") == numbered.get(number - 1)


def test_all_syntaxes_tell_the_same(stack: StackInfo) -> None:
    streams = [
        [members for _address, members, _answer in read(stack, ending=ending)]
        for ending in BY_OXIGRAPH
    ]
    assert len(streams[0]) > 2
    assert all(one == streams[0] for one in streams)


def test_a_reader_is_led_to_the_form_that_is_asked_for(stack: StackInfo) -> None:
    [view] = graph_at(stack, f"{stack.urls[NODE]}/fjgov/stream.ttl", "")[0].quads_for_predicate(
        ox.NamedNode(f"{TREE}view")
    )
    stream = view.subject.value
    site = stack.urls[NODE]
    wanted = {"application/ld+json": "jsonld", "text/turtle": "ttl", "*/*": "ttl"}
    for accept, ending in wanted.items():
        for path, document in (
            (f"{site}/fjgov/stream", f"{site}/fjgov/stream.{ending}"),
            (f"{site}/fjgov/stream{OFFICIALS}", f"{site}/fjgov/stream.{ending}{OFFICIALS}"),
            (stream, f"{site}/fjgov/stream.{ending}"),
            (f"{stream}/1", f"{stream}/1.{ending}"),
        ):
            answer = fetched(stack, path, Accept=accept)
            assert (answer.status_code, answer.headers["location"]) == (303, document)
            assert "Accept" in answer.headers["vary"].split(", ")


def test_refusals_say_what_to_do(stack: StackInfo) -> None:
    address = read(stack)[-1][0]
    stream, last = address.rpartition("/")[0], int(NUMBER.findall(address)[0])
    officials = read(stack, "staff", asked=OFFICIALS)
    for path, status in (
        (f"{stream}/{last + 1}.ttl", 404),
        (f"{stream}/{10**11}.ttl", 404),
        (f"{stream}/0.ttl", 400),
        (f"{stream}/01.ttl", 400),
        (f"{stream}/-1.ttl", 400),
        (f"{stream}/x.ttl", 400),
        (f"{stream}/{'9' * 40}.ttl", 400),
        (f"{stream}/①.ttl", 400),
        (f"{stream}/1.csv", 404),
        (f"{stack.urls[NODE]}/fjgov/stream.csv", 404),
        (f"{stack.urls[NODE]}/fjgov/stream/none", 404),
        (f"{stack.urls[NODE]}/fjgov/stream/none/1.ttl", 404),
        *((page, 403) for page, _told, _answer in officials),
    ):
        answer = fetched(stack, path)
        assert answer.status_code == status, path
        assert answer.json()["zh"]
        assert answer.json()["en"]
        assert "no-store" in answer.headers["cache-control"]
    odd = fetched(stack, f"{stream}/1%0d%0aX-Odd:1", Accept="text/turtle")
    assert odd.status_code == 303
    assert "x-odd" not in odd.headers


def test_a_member_names_the_document_that_the_dump_holds(stack: StackInfo) -> None:
    create_listed(stack, **open_entry())
    packed = fetched(stack, "/fjgov/dump.nt.gz").content
    hashes = set()
    while packed:
        one = zlib.decompressobj(wbits=31)
        hashes.add(hashlib.sha256(one.decompress(packed)).hexdigest())
        packed = one.unused_data
    named = seen(told(stack)).values()
    # One piece more tells of the catalog itself.
    assert len(hashes - set(named)) == 1
    assert set(named) < hashes


def test_a_database_that_was_restored_begins_a_stream_of_its_own(stack: StackInfo) -> None:
    """Numbers that were told are not told again with another meaning."""
    old = read(stack)
    sql(stack, NODE, "DELETE FROM fjgov_stream_member WHERE number > 3")
    new = read(stack)
    assert {address for address, _told, _answer in old[1:]}.isdisjoint(
        address for address, _told, _answer in new
    )
    for address, _told, _answer in old[1:]:
        assert fetched(stack, address).status_code == 404
    stream = [one for _address, members, _answer in new for one in members]
    assert {one.change for one in stream} == {"Create"}
    assert entries(stream) == eventually(
        lambda: found_by(stack), lambda found: found == entries(stream)
    )


def test_members_cannot_be_altered(stack: StackInfo) -> None:
    with pytest.raises(Exception, match="append-only"):
        sql(stack, NODE, "UPDATE fjgov_stream_member SET subject = 'x'")


def test_a_mapping_that_changed_tells_only_what_it_changed(stack: StackInfo) -> None:
    """All pieces are made anew then; the stream goes on."""
    before = told(stack)
    sql(stack, NODE, "UPDATE fjgov_rdf_state SET version = 'old'")
    assert told(stack) == before


def test_a_narrower_scope_takes_back_what_the_public_saw(stack: StackInfo) -> None:
    wide = create_listed(stack, share_type="1", restriction_kind=None)
    assert of(wide, told(stack)) == ["Create"]
    settings = {"fjgov.stream.page_size": str(SIZE), "fjgov.anonymous.scope": "open"}
    with overridden(stack, NODE, settings):
        assert of(wide, told(stack)) == ["Create", "Delete"]
        assert entries(told(stack)) == eventually(
            lambda: found_by(stack), lambda found: found == entries(told(stack))
        )
    assert of(wide, told(stack)) == ["Create", "Delete", "Create"]
