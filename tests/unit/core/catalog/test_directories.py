"""The schemas of the directories hold together: labels, groups, code lists and references."""

from __future__ import annotations

from collections import Counter

import pytest

from ckanext.fjgov.core.catalog import schema_model
from ckanext.fjgov.core.catalog.canonical import (
    DIRECTORY_KINDS,
    KINDS,
    PACKAGE_KINDS,
    RecordShape,
    entry_record,
    kind_of,
    type_of,
)
from ckanext.fjgov.core.catalog.directories import (
    directories,
    links,
    links_from,
    links_to,
    record_schemas,
)
from ckanext.fjgov.core.catalog.schema_model import SchemaModel, load_schema
from ckanext.fjgov.core.catalog.vocabulary import vocabulary_names
from ckanext.fjgov.core.errors import InvalidSchema

TYPES = ("collection_item", "gov_database", "app_system", "permit_type")
# Source: requirements, M45b: 非受限 readers see none of the first three.
AUDIENCES = {
    "dataset": "classes",
    "collection_item": "officials",
    "gov_database": "officials",
    "app_system": "officials",
    "permit_type": "open",
}
# Who names whom: (source, field, target, inverse).
REFERENCES = {
    ("collection_item", "entries", "dataset", "collected_by"),
    ("gov_database", "entries_stored", "dataset", "stored_in"),
    ("app_system", "databases", "gov_database", "used_by_systems"),
    ("app_system", "entries_produced", "dataset", "produced_by"),
    ("app_system", "entries_used", "dataset", "used_by"),
    ("permit_type", "entries", "dataset", "certified_with"),
}
SYSTEM_FIELDS = ("name", "identifier", "md_date_updated", "home_node", "home_modified")


@pytest.fixture(params=TYPES)
def schema(request: pytest.FixtureRequest) -> SchemaModel:
    return directories()[request.param]


class TestEachDirectory:
    def test_there_are_four_beside_entries_and_units(self):
        assert tuple(directories()) == TYPES
        assert {kind: found.audience for kind, found in record_schemas().items()} == AUDIENCES

    def test_has_a_name_in_both_languages(self, schema: SchemaModel):
        assert schema.label_zh.endswith("目录")
        assert schema.label_en.isascii()

    def test_every_field_has_labels_in_both_languages(self, schema: SchemaModel):
        for field, _parent in schema.walk():
            assert not field.label_zh.isascii(), field.name
            assert field.label_en.isascii(), field.name
            assert bool(field.help_zh) == bool(field.help_en), field.name

    def test_every_group_a_field_names_is_a_heading_and_none_is_empty(self, schema: SchemaModel):
        assert {field.group for field in schema.fields} == {group.name for group in schema.groups}

    def test_every_code_list_exists(self, schema: SchemaModel):
        named = {field.codelist for field, _parent in schema.walk()} - {None}
        assert named <= set(vocabulary_names())

    def test_only_codes_have_a_code_list(self, schema: SchemaModel):
        for field, _parent in schema.walk():
            assert (field.codelist is not None) == field.kind.startswith("code"), field.name

    def test_every_title_unit_and_system_value_is_there(self, schema: SchemaModel):
        for name in SYSTEM_FIELDS:
            assert schema.field(name).obligation == "S"
        for name in ("title", "owner_org"):
            assert schema.field(name).obligation == "M"

    def test_what_differs_between_nodes_never_travels(self, schema: SchemaModel):
        local = {field.name for field in schema.fields if not field.catalogued}
        assert local == {"name", "owner_org", "home_node", "home_modified"}

    def test_no_field_of_an_officials_directory_is_public(self, schema: SchemaModel):
        public = {field.name for field, _parent in schema.walk() if field.public}
        assert bool(public) == (schema.audience == "open")

    def test_an_open_directory_is_decided_by_its_own_field(self, schema: SchemaModel):
        assert (schema.audience == "open") == ("open_to_public" in schema.by_name)

    def test_nothing_holds_resources(self, schema: SchemaModel):
        assert schema.resource_fields == ()


class TestKindsOfTheLog:
    def test_every_directory_has_its_kind_and_units_come_first(self):
        assert tuple(directories()) == DIRECTORY_KINDS
        assert ("unit", "entry", *DIRECTORY_KINDS) == KINDS
        assert [type_of(kind) for kind in PACKAGE_KINDS] == list(record_schemas())

    @pytest.mark.parametrize("kind", PACKAGE_KINDS)
    def test_kind_and_type_say_the_same(self, kind: str):
        assert kind_of(type_of(kind)) == kind

    @pytest.mark.parametrize("kind", PACKAGE_KINDS)
    def test_a_record_says_its_kind_and_leaves_out_what_it_has_not(self, kind: str):
        package = {
            **dict.fromkeys(("notes", "version", "license_id", "author", "author_email"), ""),
            **dict.fromkeys(("maintainer", "maintainer_email")),
            "id": "1", "name": "35100-1", "title": "甲", "extras": {"entries": '["35100/2"]'},
        }  # fmt: skip
        shape = RecordShape(frozenset({"entries"}), frozenset())
        assert entry_record(package, [], [], "单位", shape, kind) == {
            "type": kind, "id": "1", "name": "35100-1", "unit": "单位",
            "fields": {"title": "甲", "entries": ["35100/2"]},
        }  # fmt: skip


class TestReferences:
    def test_who_names_whom(self):
        found = {
            (link.source, link.field.name, link.reference.target, link.reference.inverse)
            for link in links()
        }
        assert found == REFERENCES

    def test_each_direction_gives_the_same_links(self):
        kinds = record_schemas()
        forward = [link for kind in kinds for link in links_from(kind)]
        backward = [link for kind in kinds for link in links_to(kind)]
        assert (
            Counter(map(str, forward)) == Counter(map(str, backward)) == Counter(map(str, links()))
        )

    def test_no_inverse_is_used_twice_or_is_a_field_of_what_is_named(self):
        for kind, schema in record_schemas().items():
            inverses = [link.reference.inverse for link in links_to(kind)]
            assert len(set(inverses)) == len(inverses)
            assert not set(inverses) & set(schema.by_name)

    def test_every_inverse_is_labelled_in_both_languages(self):
        for link in links():
            assert not link.reference.label_zh.isascii()
            assert link.reference.label_en.isascii()

    def test_every_reference_is_a_list_of_identifiers(self):
        assert {link.field.kind for link in links()} == {"text_list"}

    def test_entries_name_no_record_of_a_directory(self):
        assert links_from("dataset") == ()


FIELD = {
    "field_name": "a", "label": {"zh_Hans_CN": "甲", "en": "A"}, "kind": "text_list",
    "codelist": None, "obligation": "O", "public": False,
}  # fmt: skip


class TestBrokenSchema:
    @pytest.mark.parametrize(
        "told",
        [
            {"type": "dataset"},
            {"type": "dataset", "inverse": "b", "label": {"en": "B"}},
            "dataset",
        ],
        ids=["no inverse", "one language", "no mapping"],
    )
    def test_a_reference_that_says_too_little_is_named(self, told, monkeypatch):
        fields = [{**FIELD, "references": told}]
        documents = {"presets.yaml": {"presets": []}, "x.yaml": {"fields": fields}}
        monkeypatch.setattr(schema_model, "_document", documents.__getitem__)
        with pytest.raises(InvalidSchema, match=r"x\.yaml 字段 a"):
            load_schema.__wrapped__("x.yaml")

    def test_an_unknown_audience_is_refused(self, monkeypatch):
        documents = {"presets.yaml": {"presets": []}, "x.yaml": {"audience": "all", "fields": []}}
        monkeypatch.setattr(schema_model, "_document", documents.__getitem__)
        with pytest.raises(InvalidSchema, match="audience"):
            load_schema.__wrapped__("x.yaml")

    def test_a_schema_that_names_no_audience_is_for_officials(self, monkeypatch):
        documents = {"presets.yaml": {"presets": []}, "x.yaml": {"fields": []}}
        monkeypatch.setattr(schema_model, "_document", documents.__getitem__)
        assert load_schema.__wrapped__("x.yaml").audience == "officials"
