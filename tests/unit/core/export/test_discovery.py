"""schema.org, sitemaps, robots.txt and Atom: right in form, and with nothing that is not public."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from urllib.robotparser import RobotFileParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from ckanext.fjgov.core.export import schemaorg
from ckanext.fjgov.core.export.atom import FeedFacts, feed
from ckanext.fjgov.core.export.facts import SiteFacts
from ckanext.fjgov.core.export.sitemap import NAMESPACE, robots_text, sitemap_index, sitemap_page
from ckanext.fjgov.core.export.vocabulary_labels import VocabularyLabels

SITE = "https://province.example"
ATOM = "{http://www.w3.org/2005/Atom}"
NOW = datetime(2026, 11, 27, tzinfo=timezone.utc)
ABOUT = FeedFacts(f"{SITE}/fjgov/feed.atom?q=a&b=c", f"{SITE}/dataset/", "目录", "福建省", NOW)
NASTY = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["</script><script>alert(1)</script>", "<!--", "]]>", "\x00\ud800", "\u2028", "&lt;"]
)


class TestSchemaOrg:
    def test_an_open_entry_promises_its_downloads(self, make_record, facts, labels):
        entry = make_record(share_type="1", open_to_public="1")
        told = schemaorg.dataset(entry, facts, labels, "示例目录")
        assert (told["@type"], told["@id"]) == ("Dataset", "https://fuzhou.example/id/35100/000001")
        assert told["isAccessibleForFree"] is True
        assert [one["contentUrl"] for one in told["distribution"]] == [
            f"{SITE}/share/{entry['resources'][1]['id']}"
        ]
        assert told["includedInDataCatalog"]["@id"] == SITE
        assert (told["datePublished"], told["dateModified"]) == ("2010-11-12", "2010-12-01")
        assert told["publisher"]["name"] == "示例市市场监督管理局"
        assert told["about"][0] == {"@type": "DefinedTerm", "termCode": "ZBH00", "name": "工商"}

    def test_of_what_needs_a_grant_nothing_is_promised(self, make_record, facts, labels):
        told = schemaorg.dataset(make_record(), facts, labels, "示例目录")
        assert {"distribution", "isAccessibleForFree"}.isdisjoint(told)
        assert told["conditionsOfAccess"] == "受限共享（有条件共享）"

    def test_neither_bases_nor_contacts_nor_addresses_are_in_it(self, make_record, facts, labels):
        text = schemaorg.script_text(schemaorg.dataset(make_record(), facts, labels, "示例目录"))
        for hidden in ("10.1.2.", "示例条例", "0591", "example@example.org", "示例前置机"):
            assert hidden not in text

    @given(NASTY, NASTY)
    def test_no_text_ends_the_script(self, title, notes):
        facts, labels = SiteFacts(SITE, "350000"), VocabularyLabels()
        entry = {"id": "x", "name": "x", "title": title, "notes": notes, "items": [{"name": notes}]}
        told = schemaorg.dataset(entry, facts, labels, title)
        text = schemaorg.script_text(told)
        page = html.fromstring(
            f"<html><body><script>{_sendable(text)}</script><p>x</p></body></html>"
        )
        assert [one.tag for one in page.body] == ["script", "p"]
        assert json.loads(text) == told

    def test_the_catalog(self, facts):
        told = schemaorg.data_catalog(facts, "示例目录", "说明")
        assert (told["@type"], told["@id"], told["description"]) == ("DataCatalog", SITE, "说明")


def _sendable(text: str) -> str:
    # An HTML parser takes no lone surrogates; neither does any page.
    return text.encode("utf-8", "ignore").decode()


class TestSitemaps:
    def test_a_page_names_addresses_with_their_times(self):
        data = b"".join(
            sitemap_page(
                [(f"{SITE}/dataset/a?b=1&c=2", "2026-11-27T11:14:36.123Z"), (f"{SITE}/x", "")]
            )
        )
        root = etree.fromstring(data)
        assert root.tag == f"{{{NAMESPACE}}}urlset"
        assert [[part.text for part in url] for url in root] == [
            [f"{SITE}/dataset/a?b=1&c=2", "2026-11-27T11:14:36Z"],
            [f"{SITE}/x"],
        ]

    def test_the_index_names_pages(self):
        root = etree.fromstring(b"".join(sitemap_index([f"{SITE}/a", f"{SITE}/b"])))
        assert root.tag == f"{{{NAMESPACE}}}sitemapindex"
        assert [one[0].text for one in root] == [f"{SITE}/a", f"{SITE}/b"]

    def test_many_addresses_come_in_pieces(self):
        pieces = list(sitemap_page((f"{SITE}/{n}", "") for n in range(1000)))
        assert len(pieces) > 4
        assert len(etree.fromstring(b"".join(pieces))) == 1000


class TestRobots:
    def may(self, text, path):
        parser = RobotFileParser()
        parser.parse(text.splitlines())
        return parser.can_fetch("AnyBot", f"{SITE}{path}")

    def test_denied_is_everything(self):
        text = robots_text(SITE, is_allowed=False)
        assert not any(self.may(text, path) for path in ("/", "/dataset/a", "/sitemap.xml"))
        assert "Sitemap" not in text

    @pytest.mark.parametrize("path", ["/", "/dataset/a", "/organization/", "/sitemap.xml",
                                      "/fjgov/standards/topics", "/fjgov/feed.atom", "/id/1/2",
                                      "/en/dataset/a"])  # fmt: skip
    def test_allowed_are_the_public_pages(self, path):
        assert self.may(robots_text(SITE, is_allowed=True), path)

    @pytest.mark.parametrize(
        "path", ["/api/3/action/status_show", "/share/x", "/user/login", "/fjgov/inbox",
                 "/en/user/login", "/dataset/new"],
    )  # fmt: skip
    def test_never_the_rest(self, path):
        assert not self.may(robots_text(SITE, is_allowed=True), path)

    def test_the_sitemap_is_named(self):
        assert f"Sitemap: {SITE}/sitemap.xml" in robots_text(SITE, is_allowed=True)


def one_of(element, name):
    found = element.findall(f"{ATOM}{name}")
    assert len(found) == 1, name
    return found[0]


def is_atom(root):
    """Hold a feed to the rules of RFC 4287, section 4.1."""
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        assert one_of(element, "id").text.startswith("https://")
        assert one_of(element, "title").text
        assert datetime.fromisoformat(one_of(element, "updated").text).tzinfo is not None
        for published in element.findall(f"{ATOM}published"):
            assert datetime.fromisoformat(published.text).tzinfo is not None
        rels = [link.get("rel", "alternate") for link in element.findall(f"{ATOM}link")]
        assert rels.count("alternate") == 1
        assert len(element.findall(f"{ATOM}summary")) <= 1
        for author in element.findall(f"{ATOM}author"):
            assert one_of(author, "name").text
    assert root.findall(f"{ATOM}author")
    assert [one.get("href") for one in root.findall(f"{ATOM}link[@rel='self']")] == [ABOUT.address]
    ids = [one.text for one in root.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))
    return True


class TestAtom:
    def test_entries_have_their_stable_names(self, make_record, facts, labels):
        entries = [make_record(), make_record(identifier="35100/000002", name="35100-000002",
                                              metadata_modified="2010-12-02T08:00:00")]  # fmt: skip
        root = etree.fromstring(feed(entries, ABOUT, facts, labels))
        assert is_atom(root)
        assert [one.findtext(f"{ATOM}id") for one in root.iter(f"{ATOM}entry")] == [
            "https://fuzhou.example/id/35100/000001",
            "https://fuzhou.example/id/35100/000002",
        ]
        assert root.findtext(f"{ATOM}updated").startswith("2010-12-03T08:00:00.000001")
        for hidden in ("10.1.2.", "示例条例", "0591"):
            assert hidden not in etree.tostring(root, encoding="unicode")

    def test_an_empty_feed_is_one_too(self, facts, labels):
        assert is_atom(etree.fromstring(feed([], ABOUT, facts, labels)))

    @given(NASTY, NASTY)
    def test_texts_of_any_kind_are_carried_or_cleaned(self, title, notes):
        entry = {"id": "x", "name": "x", "identifier": "1/2", "title": title, "notes": notes,
                 "metadata_modified": title, "issued": notes,
                 "organization": {"title": notes}}  # fmt: skip
        document = feed([entry], ABOUT, SiteFacts(SITE, "350000"), VocabularyLabels())
        assert is_atom(etree.fromstring(document))
