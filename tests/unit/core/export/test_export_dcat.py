"""One entry as triples: names, classes, policy, and what a public document never carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic

from ckanext.fjgov.core.catalog.schema_model import ENTRY_SCHEMA, load_schema
from ckanext.fjgov.core.export.catalogs import catalog_triples, membership
from ckanext.fjgov.core.export.dcat import FREQUENCIES, entry_triples
from ckanext.fjgov.core.export.document import (
    FORMATS,
    add_all,
    entry_graph,
    new_graph,
    serialise,
)
from ckanext.fjgov.core.export.facts import catalog_uri, dataset_uri
from ckanext.fjgov.core.export.fragments import fragment
from ckanext.fjgov.core.export.namespaces import (
    ADMS,
    ADMS_STATUS,
    DCAT,
    DCATAP,
    DCT,
    EU_ACCESS_RIGHT,
    FJGOV,
    FOAF,
    ODRL,
    PREFIXES,
    RDF,
    SKOS,
    VCARD,
    XSD,
)

DATASET = URIRef("https://fuzhou.example/id/35100/000001")
SCHEMA = load_schema(ENTRY_SCHEMA)


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield (container, key) of every text inside a record."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in pairs:
        if isinstance(one, str):
            yield value, key
        else:
            yield from _leaves(one)


def objects(graph: Graph, predicate: URIRef, subject: URIRef = DATASET) -> set[object]:
    return set(graph.objects(subject, predicate))


class TestNames:
    def test_harvested_entry_keeps_the_uri_of_its_city(self, make_record, facts):
        assert dataset_uri(make_record(), facts) == DATASET

    def test_entry_of_this_node_is_named_here(self, make_record, facts):
        record = make_record(home_node="350000", identifier="35000/000007")
        assert dataset_uri(record, facts) == URIRef("https://province.example/id/35000/000007")

    def test_entry_of_an_unregistered_node_is_named_here(self, make_record, facts):
        record = make_record(home_node="350900")
        assert dataset_uri(record, facts) == URIRef("https://province.example/id/35100/000001")

    def test_draft_without_identifier_is_named_by_its_id(self, make_record, facts):
        record = make_record(identifier=None, home_node=None)
        expected = f"https://province.example/dataset/{record['id']}"
        assert dataset_uri(record, facts) == URIRef(expected)

    def test_identifier_cannot_leave_its_path(self, make_record, facts):
        record = make_record(identifier="35100/../../x?y#z")
        expected = "https://fuzhou.example/id/35100/..%2F..%2Fx%3Fy%23z"
        assert dataset_uri(record, facts) == URIRef(expected)

    def test_given_subject_is_used(self, make_record, facts):
        subject = URIRef("urn:example:subject")
        triples = set(entry_triples(make_record(), facts, subject=subject))
        assert (subject, RDF.type, DCAT.Dataset) in triples
        assert not any(one[0] == DATASET for one in triples)


class TestDescription:
    def test_single_valued_properties(self, make_record, facts, labels):
        graph = entry_graph(make_record(), facts, labels)
        record = URIRef(f"{DATASET}#record")
        unit = URIRef("https://fuzhou.example/organization/u-11350100003591037y")
        assert objects(graph, DCT.title) == {Literal("示例法人单位基础信息", lang="zh")}
        assert objects(graph, DCT.identifier) == {Literal("35100/000001")}
        assert objects(graph, DCT.publisher) == {unit}
        assert objects(graph, DCT.issued) == {Literal("2010-11-12", datatype=XSD.date)}
        assert objects(graph, DCT.modified) == {Literal("2010-12-01", datatype=XSD.date)}
        assert objects(graph, DCT.accrualPeriodicity) == {FREQUENCIES["4"]}
        assert objects(graph, DCAT.keyword) == {
            Literal("法人", lang="zh"),
            Literal("登记", lang="zh"),
        }
        assert objects(graph, FOAF.name, unit) == {Literal("示例市市场监督管理局", lang="zh")}
        assert objects(graph, DCT.identifier, unit) == {Literal("11350100003591037Y")}
        assert objects(graph, FOAF.primaryTopic, record) == {DATASET}
        assert objects(graph, DCT.identifier, record) == {Literal("35100/md-000001")}
        assert objects(graph, ADMS.status, record) == {ADMS_STATUS.Completed}
        assert not objects(graph, DCT.issued, record)

    def test_topic_is_a_named_concept(self, make_record, facts, labels):
        graph = entry_graph(make_record(), facts, labels)
        topic = FJGOV["topic-ZBH00"]
        assert topic in objects(graph, DCAT.theme)
        assert set(graph.predicate_objects(topic)) == {
            (RDF.type, SKOS.Concept),
            (SKOS.notation, Literal("ZBH00")),
            (SKOS.inScheme, FJGOV.topic),
            (SKOS.prefLabel, Literal("工商", lang="zh")),
            (SKOS.prefLabel, Literal("Industry and commerce registration", lang="en")),
        }

    def test_unknown_code_gets_no_invented_name(self, make_record, facts, labels):
        graph = entry_graph(make_record(theme=["ZXX99"]), facts, labels)
        assert not objects(graph, SKOS.prefLabel, FJGOV["topic-ZXX99"])

    @pytest.mark.parametrize("value", ["2010-13-01", "二〇一〇年", "", "2010"])
    def test_unreadable_date_is_left_out(self, make_record, facts, value):
        assert not objects(entry_graph(make_record(issued=value), facts), DCT.issued)

    def test_tag_string_of_a_form_gives_keywords(self, make_record, facts):
        record = make_record(tags=None, tag_string="法人, 登记，法人")
        assert objects(entry_graph(record, facts), DCAT.keyword) == {
            Literal("法人", lang="zh"),
            Literal("登记", lang="zh"),
        }

    def test_own_record_states_its_first_day(self, make_record, facts):
        record = make_record(home_node="350000")
        graph = entry_graph(record, facts)
        node = URIRef("https://province.example/id/35100/000001#record")
        assert objects(graph, DCT.issued, node) == {Literal("2010-11-12", datatype=XSD.date)}

    @pytest.mark.parametrize(
        ("change", "status"),
        [
            ({"state": "draft"}, "UnderDevelopment"),
            ({"state": "active"}, "Completed"),
            ({"state": "deleted"}, "Withdrawn"),
            ({"workflow_state": "overdue"}, "Deprecated"),
        ],
    )
    def test_status(self, make_record, facts, change, status):
        graph = entry_graph(make_record(**change), facts)
        assert objects(graph, ADMS.status, URIRef(f"{DATASET}#record")) == {ADMS_STATUS[status]}


class TestRights:
    @pytest.mark.parametrize(
        ("share_type", "is_open", "right", "kind"),
        [
            ("1", "1", "PUBLIC", "Offer"),
            ("1", "0", "RESTRICTED", "Offer"),
            ("2", "0", "RESTRICTED", "Offer"),
            ("2", "1", "RESTRICTED", "Offer"),
            ("3", "0", "NON_PUBLIC", "Set"),
            ("3", "1", "NON_PUBLIC", "Set"),
            ("9", "1", "NON_PUBLIC", None),
            (None, "1", "NON_PUBLIC", None),
        ],
    )
    def test_access_right_and_policy(self, make_record, facts, share_type, is_open, right, kind):
        graph = entry_graph(make_record(share_type=share_type, open_to_public=is_open), facts)
        assert objects(graph, DCT.accessRights) == {EU_ACCESS_RIGHT[right]}
        kinds = {
            one
            for policy in objects(graph, ODRL.hasPolicy)
            for one in graph.objects(policy, RDF.type)
        }
        assert kinds == ({ODRL[kind]} if kind else set())

    @pytest.mark.parametrize(
        ("share_type", "is_open", "to_units"),
        [("1", "1", False), ("1", "0", True), ("2", "0", True), ("2", "1", True)],
    )
    def test_only_open_data_has_no_assignee(
        self, make_record, facts, share_type, is_open, to_units
    ):
        graph = entry_graph(make_record(share_type=share_type, open_to_public=is_open), facts)
        assert bool(list(graph.objects(None, ODRL.assignee))) is to_units

    def test_restricted_entry_states_its_constraints(self, make_record, facts):
        graph = entry_graph(make_record(), facts)
        found = {
            (left, right)
            for node in graph.objects(None, ODRL.constraint)
            for left in graph.objects(node, ODRL.leftOperand)
            for right in graph.objects(node, ODRL.rightOperand)
        }
        assert found == {
            (ODRL.purpose, Literal("业务协同", lang="zh")),
            (FJGOV.shareCondition, Literal("经提供方同意", lang="zh")),
            (ODRL.recipient, Literal("市直机关单位", lang="zh")),
            (ODRL.deliveryChannel, FJGOV["share-way-1%2Fdatabase"]),
            (ODRL.deliveryChannel, FJGOV["share-way-1%2Fservice"]),
        }


class TestAddresses:
    def test_only_gateway_and_page_are_addresses(self, make_record, facts):
        graph = entry_graph(make_record(), facts, audience="officials")
        gateway = "https://province.example/share/0b7f7b1e-6c1b-4f8e-9a55-00000000000"
        page = "https://province.example/dataset/35100-000001"
        assert set(graph.objects(None, DCAT.accessURL)) == {
            URIRef(gateway + "a"),
            URIRef(gateway + "b"),
        }
        assert set(graph.objects(None, DCAT.endpointURL)) == {URIRef(gateway + "a"), URIRef(page)}
        assert set(graph.objects(None, DCAT.landingPage)) == {URIRef(page)}
        assert not set(graph.objects(None, DCAT.downloadURL))

    @pytest.mark.parametrize("ending", sorted(FORMATS))
    def test_no_real_address_in_any_format(self, make_record, facts, ending):
        document = serialise(entry_graph(make_record(), facts, audience="officials"), ending)
        assert "10.1.2." not in document
        assert "ftp:" not in document

    def test_entry_without_resources_offers_its_page_per_format(self, make_record, facts):
        record = make_record(resources=[], data_format=["3/mysql", "2/xlsx"])
        graph = entry_graph(record, facts)
        assert objects(graph, DCAT.distribution) == {
            URIRef(f"{DATASET}#format-3-mysql"),
            URIRef(f"{DATASET}#format-2-xlsx"),
        }
        page = URIRef("https://province.example/dataset/35100-000001")
        assert set(graph.objects(None, DCAT.accessURL)) == {page}


class TestAudience:
    SECRETS = (
        "示例条例",
        "示例〔2010〕1号",
        "0591-00000000",
        "example@example.org",
        "示例前置机",
        "示例登记系统",
        "示例许可",
        "示例市示例路2号",
    )

    @pytest.mark.parametrize("ending", ["ttl", "nt"])
    def test_public_document_leaves_out_what_officials_read(self, make_record, facts, ending):
        document = serialise(entry_graph(make_record(), facts), ending)
        escaped = [one.encode("unicode_escape").decode() for one in self.SECRETS]
        found = [one for one in (*self.SECRETS, *escaped) if one.casefold() in document.casefold()]
        assert found == []

    def test_every_field_marked_not_public_changes_nothing_in_a_public_document(
        self, make_record, facts
    ):
        whole = set(entry_triples(make_record(), facts))
        hidden = [field.name for field in SCHEMA.fields if not field.public]
        assert set(entry_triples(make_record(**dict.fromkeys(hidden)), facts)) == whole
        columns = [(column, parent) for column, parent in SCHEMA.walk() if parent is not None]
        for column, parent in columns:
            if column.public:
                continue
            record = make_record()
            for row in record[parent.name]:
                row.pop(column.name, None)
            assert set(entry_triples(record, facts)) == whole, f"{parent.name}.{column.name}"

    def test_officials_document_adds_bases_and_contacts(self, make_record, facts):
        graph = entry_graph(make_record(), facts, audience="officials")
        basis = URIRef(f"{DATASET}#legal-basis-1")
        assert objects(graph, FJGOV.legalBasis) == {basis}
        assert objects(graph, DCATAP.applicableLegislation) == {basis}
        assert objects(graph, DCT.identifier, basis) == {Literal("示例〔2010〕1号")}
        assert set(graph.objects(None, VCARD.hasTelephone)) == {URIRef("tel:0591-00000000")}
        assert len(set(graph.objects(None, FJGOV.legalBasis))) == 2


class TestSchemaCoverage:
    """The mapping table says what the export does."""

    NOT_A_PREDICATE_OF_ITS_OWN = frozenset({"owner_org", "url"})

    @pytest.mark.parametrize(
        ("field", "parent"),
        [
            pytest.param(field, parent, id=f"{parent.name}.{field.name}" if parent else field.name)
            for field, parent in SCHEMA.walk()
            if field.rdf and field.name != "owner_org"
        ],
    )
    def test_field_appears_under_its_term(self, make_record, facts, field, parent):
        record = make_record()
        if parent is None:
            record.pop(field.stored_as or field.name)
        else:
            for row in record[parent.name]:
                row.pop(field.name, None)
        prefix, _, local = field.rdf.partition(":")
        term = URIRef(PREFIXES[prefix] + local)
        whole = set(entry_triples(make_record(), facts, audience="officials"))
        without = set(entry_triples(record, facts, audience="officials"))
        assert whole != without
        assert any(one[1] == term for one in whole)

    @pytest.mark.parametrize(
        "name", ["name", "description", "mode", "format", "size", "hash", "mimetype"]
    )
    def test_resource_field_appears_under_its_term(self, make_record, facts, name):
        record = make_record()
        for resource in record["resources"]:
            resource.pop(name, None)
        whole = set(entry_triples(make_record(), facts))
        prefix, _, local = next(
            one.rdf for one in SCHEMA.resource_fields if one.name == name
        ).partition(":")
        changed = whole - set(entry_triples(record, facts))
        assert any(one[1] == URIRef(PREFIXES[prefix] + local) for one in changed)


class TestDocuments:
    @pytest.mark.parametrize("ending", sorted(FORMATS))
    def test_format_keeps_every_triple(self, make_record, facts, labels, ending):
        graph = entry_graph(make_record(), facts, labels, audience="officials")
        name = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt"}.get(ending, "xml")
        assert isomorphic(graph, Graph().parse(data=serialise(graph, ending), format=name))

    @pytest.mark.filterwarnings("ignore:Assertions on:UserWarning")
    def test_pretty_xml_of_ckanext_dcat_keeps_every_triple(self, make_record, facts, labels):
        graph = entry_graph(make_record(), facts, labels)
        text = graph.serialize(format="pretty-xml")
        assert isomorphic(graph, Graph().parse(data=text, format="xml"))

    def test_fragment_is_the_same_in_every_run_and_reads_back(self, make_record, facts):
        first = fragment(entry_triples(make_record(), facts))
        assert first == fragment(entry_triples(make_record(), facts))
        assert isomorphic(Graph().parse(data=first, format="nt"), entry_graph(make_record(), facts))

    def test_joined_fragments_keep_their_lists_apart(self, make_record, facts):
        second = make_record(identifier="35100/000002")
        joined = b"".join(fragment(entry_triples(one, facts)) for one in (make_record(), second))
        graph = Graph().parse(data=joined, format="nt")
        assert len(set(graph.subjects(RDF.first, None))) == 4

    def test_catalog_lists_dataset_and_record(self, make_record, facts):
        graph = new_graph()
        add_all(
            graph, catalog_triples(facts, title="示例目录", description="", modified="2010-12-02")
        )
        add_all(graph, membership(make_record(), facts))
        catalog = catalog_uri(facts)
        assert objects(graph, DCAT.dataset, catalog) == {DATASET}
        assert objects(graph, DCAT.record, catalog) == {URIRef(f"{DATASET}#record")}
        assert objects(graph, DCT.description, catalog) == {Literal("示例目录", lang="zh")}
        assert objects(graph, DCT.modified, catalog) == {Literal("2010-12-02", datatype=XSD.date)}
        publisher = URIRef("https://province.example/#publisher")
        assert objects(graph, FOAF.name, publisher) == {Literal("示例省数字办", lang="zh")}

    def test_hostile_text_stays_text(self, make_record, facts):
        record = make_record(title='a" . <urn:x> <urn:y> "', notes="</script><b>\n\\u0041")
        graph = entry_graph(record, facts)
        for ending in ("ttl", "nt", "rdf", "jsonld"):
            name = {"ttl": "turtle", "jsonld": "json-ld", "nt": "nt"}.get(ending, "xml")
            again = Graph().parse(data=serialise(graph, ending), format=name)
            assert isomorphic(graph, again)

    @settings(
        suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
    )
    @given(st.text(max_size=30), st.data())
    def test_any_text_in_any_field_survives_every_format(self, make_record, facts, value, data):
        record = make_record()
        place, key = data.draw(st.sampled_from(list(_leaves(record))))
        place[key] = value
        graph = entry_graph(record, facts, audience="officials")
        for ending in ("nt", "rdf"):
            name = {"nt": "nt"}.get(ending, "xml")
            again = Graph().parse(data=serialise(graph, ending), format=name)
            assert isomorphic(graph, again)

    @pytest.mark.parametrize(
        "record",
        [
            {},
            {"items": "x", "tags": None, "organization": "y", "resources": {}},
            {"id": "a", "theme": 3},
        ],
    )
    def test_odd_shapes_do_not_break(self, facts, record):
        assert (None, RDF.type, DCAT.Dataset) in entry_graph(record, facts)
