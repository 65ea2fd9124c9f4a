"""Membership in code lists: rules C1 and C2."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from ckanext.fjgov.core.catalog.divisions import division_concept
from ckanext.fjgov.core.catalog.guide_code import ITEM_LENGTH, is_class_path
from ckanext.fjgov.core.catalog.rules.check import Check
from ckanext.fjgov.core.catalog.schema_model import FieldModel, load_schema
from ckanext.fjgov.core.catalog.vocabulary import Concept, Vocabulary

# Rule R9 answers for item types, R15 for the refused value of secrecy.
_OTHER_RULE = frozenset({("items", "data_type"), ("secrecy", "1")})
_LONGEST_SHOWN = 40


def check_codes(check: Check) -> None:
    """Apply C1 and C2 to every field and column with a code list, and to resource modes."""
    for field, columns in coded_fields(check.schema.name):
        for code, column in _codes(check, field, columns):
            if (field.name, code) not in _OTHER_RULE:
                _check_code(check, field, code, column)
    _check_resource_modes(check)


@cache
def coded_fields(schema: str) -> tuple[tuple[FieldModel, tuple[str, ...]], ...]:
    """Give the fields with a code list of their own or in some columns, and these columns."""
    fields = []
    for field in load_schema(schema).fields:
        columns = tuple(
            column.name
            for column in field.subfields
            if column.codelist is not None and (field.name, column.name) not in _OTHER_RULE
        )
        if columns or field.codelist is not None:
            fields.append((field, columns))
    return tuple(fields)


def _codes(check: Check, field: FieldModel, columns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield each code of a field with the column it stands in."""
    if field.codelist is not None:
        value = check.record.get(field.name)
        for code in check.texts(field.name) if isinstance(value, list) else (value,):
            if isinstance(code, str):
                yield code, ""
    for row in check.rows(field.name) if columns else ():
        for column in columns:
            if column in row:
                yield row[column], column


def _check_code(check: Check, field: FieldModel, code: str, column: str) -> None:
    model = field.subfield(column) if column else field
    vocabulary = check.vocabulary(model.codelist or "")
    concept = _concept(code, vocabulary)
    shown = code[:_LONGEST_SHOWN]
    if concept is None:
        check.report(
            "C1",
            field.name,
            f"“{shown}”不在代码表“{vocabulary.title_zh}”中，请从表中选取",
            f"{shown!r} is not in the code list {vocabulary.name}: choose from the list",
            column,
        )
    elif concept.status == "retired":
        _report_retired(check, field.name, concept, column)
    elif not concept.selectable and vocabulary.name != "formats":
        # Rule R10 answers for a format category without a type.
        check.report(
            "C1",
            field.name,
            f"“{shown}”是“{vocabulary.title_zh}”的大类，请选其下级",
            f"{shown!r} is a heading of {vocabulary.name}: choose one below it",
            column,
        )


def _report_retired(check: Check, name: str, concept: Concept, column: str) -> None:
    zh, en = f"“{concept.code}”（{concept.zh}）已停用", f"{concept.code!r} is retired"
    if concept.replaced_by:
        zh, en = f"{zh}，请改用 {concept.replaced_by}", f"{en}: use {concept.replaced_by}"
    check.report("C2", name, zh, en, column)


def _concept(code: str, vocabulary: Vocabulary) -> Concept | None:
    """Find the listed concept a code stands for; three lists allow more than their own codes."""
    if vocabulary.name == "divisions":
        return division_concept(code, vocabulary) or _non_digit(code, vocabulary)
    if vocabulary.name == "guide_classes":
        listed = code if len(code) < ITEM_LENGTH else code[:ITEM_LENGTH]
        return vocabulary.get(listed) if is_class_path(code) or code == listed else None
    if vocabulary.name == "formats":
        return vocabulary.get(code.partition("/")[0])
    return vocabulary.get(code)


def _non_digit(code: str, vocabulary: Vocabulary) -> Concept | None:
    return None if code.isdigit() else vocabulary.get(code)


def _check_resource_modes(check: Check) -> None:
    resources: Any = check.record.get("resources")
    modes = check.vocabulary("exchange_modes")
    for number, resource in enumerate(resources if isinstance(resources, list) else (), 1):
        mode = resource.get("mode") if isinstance(resource, dict) else None
        if isinstance(mode, str) and mode and mode not in modes:
            check.report(
                "C1",
                "resources",
                f"第{number}个资源的共享模式“{str(mode)[:_LONGEST_SHOWN]}”不在代码表“{modes.title_zh}”中",
                f"mode {str(mode)[:_LONGEST_SHOWN]!r} of resource {number} is not in the code list",
            )
