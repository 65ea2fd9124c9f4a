"""The YAML schemas as the rest of the code reads them."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.catalog import schema_model
from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.errors import InvalidSchema

GB_ELEMENTS = {
    "resTitle", "pubDate", "abstract", "rpOrgName", "cntAdd", "keyword", "thesaName", "tpCat",
    "onLineSrc", "resID", "servInfo", "servType", "mdId", "mdContact", "mdDateUpd",
}  # fmt: skip
GUIDE_ELEMENTS = {
    "1", "2", "3", "4", "5", "6", "7", "8", "8.1", "8.2", "8.3", "9.1", "9.2", "9.3", "10.1",
    "10.2", "11", "12", "13", "E1", "E2", "E3",
}  # fmt: skip


class TestEntrySchema:
    def test_holds_every_element_of_the_standard(self):
        schema = load_schema("catalog_entry.yaml")
        found = {field.gb for field, _ in schema.walk()}
        found |= {field.gb for field in schema.resource_fields}
        assert found - {None} == GB_ELEMENTS

    def test_holds_every_element_of_the_guide(self):
        found = {field.guide for field, _ in load_schema("catalog_entry.yaml").walk()}
        assert found - {None} == GUIDE_ELEMENTS

    def test_fields_kept_as_json_text(self):
        schema = load_schema("catalog_entry.yaml")
        assert {field.name for field in schema.fields if field.is_structured} == {
            "contact", "theme", "guide_class", "data_format", "division", "industry",
            "service_class", "form_class", "base_database", "items", "legal_basis", "share_way",
            "related", "service_info", "exchange",
        }  # fmt: skip

    def test_fields_that_never_travel(self):
        schema = load_schema("catalog_entry.yaml")
        fields = schema.fields + schema.resource_fields
        assert {field.name for field in fields if not field.catalogued} == {
            "name", "owner_org", "home_node", "home_modified", "url",
        }  # fmt: skip

    def test_fields_hidden_from_anonymous_readers(self):
        hidden = {
            f"{parent.name}.{field.name}" if parent else field.name
            for field, parent in load_schema("catalog_entry.yaml").walk()
            if not field.public and (parent is None or parent.public)
        }
        assert hidden == {
            "secrecy", "contact", "legal_basis", "source_system", "acquisition_licence",
            "items.basis_title", "items.basis_number", "items.basis_clause",
            "items.basis_statement", "exchange.front_node",
        }  # fmt: skip

    def test_every_group_a_field_names_is_a_heading(self):
        for name in ("catalog_entry.yaml", "unit.yaml"):
            schema = load_schema(name)
            assert {field.group for field in schema.fields} <= {g.name for g in schema.groups}

    def test_a_field_tells_label_and_kind(self):
        field = load_schema("catalog_entry.yaml").field("theme")
        assert (field.label_zh, field.kind, field.codelist, field.obligation) == (
            "主题分类",
            "code_list",
            "topics",
            "M",
        )

    def test_unknown_names_are_refused(self):
        schema = load_schema("catalog_entry.yaml")
        with pytest.raises(KeyError):
            schema.field("nothing")
        with pytest.raises(KeyError):
            schema.field("items").subfield("nothing")


class TestBrokenSchema:
    def test_missing_file_is_named(self):
        with pytest.raises(InvalidSchema, match=r"nothing\.yaml"):
            load_schema("nothing.yaml")

    @pytest.mark.parametrize(
        "row",
        [
            {"field_name": "a", "label": {"zh_Hans_CN": "甲", "en": "A"}, "obligation": "M"},
            {"field_name": "a", "label": {"zh_Hans_CN": "甲", "en": "A"}, "kind": "text",
             "codelist": None, "obligation": "X"},
            {"field_name": "a", "label": "甲", "kind": "text", "codelist": None,
             "obligation": "M"},
            {"field_name": "a", "preset": "nothing"},
        ],
    )  # fmt: skip
    def test_a_field_without_its_keys_is_named(self, row, monkeypatch):
        documents = {"presets.yaml": {"presets": []}, "x.yaml": {"fields": [row]}}
        monkeypatch.setattr(schema_model, "_document", documents.__getitem__)
        with pytest.raises(InvalidSchema, match=r"x\.yaml 字段 a"):
            load_schema.__wrapped__("x.yaml")

    def test_a_field_named_twice_is_refused(self, monkeypatch):
        row = {"field_name": "a", "label": {"zh_Hans_CN": "甲", "en": "A"}, "kind": "text",
               "codelist": None, "obligation": "M", "public": True}  # fmt: skip
        documents = {"presets.yaml": {"presets": []}, "x.yaml": {"fields": [row, row]}}
        monkeypatch.setattr(schema_model, "_document", documents.__getitem__)
        with pytest.raises(InvalidSchema, match="重复"):
            load_schema.__wrapped__("x.yaml")
