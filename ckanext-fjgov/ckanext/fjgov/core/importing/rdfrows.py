"""Our own officials' RDF as rows of an import: only what the document states is set.

A document may be masked for the reader who took it, so a field that it does not state is left as it
is. Resources are left out: their addresses never leave a node (Art. 20), so they are mounted anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ckanext.fjgov.core.catalog.canonical import kind_of
from ckanext.fjgov.core.catalog.rules import Finding

from .apply import MappedRow
from .mapping import ImportMapping
from .problems import LEFT_OUT, ImportRefused, warning
from .rows import Row
from .template import RESOURCES

_KEYWORDS = "tag_string"


def rows_of_records(
    records: list[dict[str, Any]], mapping: ImportMapping, own: Collection[str]
) -> Iterator[MappedRow]:
    """Yield the row of each record; its number is its place among the records, from 1.

    Args:
        records: as `rdf_reading.read_rdf` gives them.
        mapping: of the directory's template; its fields are those that an import may set.
        own: identifiers among the records' that this node has given.

    Raises:
        ImportRefused: no record, or one of another directory.
    """
    if not records:
        raise ImportRefused(
            "rdf-without-records",
            "文件中没有可导入的记录：公开文档不能导入，请用 profiles=fjgov_dcat_officials 导出",
            "the file holds no record to import: public documents cannot be imported, export with "
            "profiles=fjgov_dcat_officials",
        )
    wanted = kind_of(mapping.record_type)
    for record in records:
        if record["type"] != wanted:
            raise ImportRefused(
                "other-directory",
                f"文件含有 {record['type']} 记录，所选目录为 {wanted}；请分开导入",
                f"the file holds a record of {record['type']}, the chosen directory is {wanted}; "
                "import them apart",
            )
    for number, record in enumerate(records, start=1):
        yield _row(number, record, mapping, own)


def _row(
    number: int, record: Mapping[str, Any], mapping: ImportMapping, own: Collection[str]
) -> MappedRow:
    stated = dict(record["fields"])
    identifier = stated.get("identifier", "")
    findings: list[Finding] = []
    if record.get("tags"):
        stated[_KEYWORDS] = ",".join(record["tags"])
    if identifier and identifier not in own:
        stated.pop("identifier")
        findings.append(_other_identifier(number, identifier))
    if record.get("resources"):
        findings.append(_resources(number, len(record["resources"])))
    targets = tuple(name for name in mapping.targets if name in stated and name != RESOURCES)
    return MappedRow(
        number=number,
        unit_name="",
        unit_code=record.get("unit", ""),
        entry={name: value for name, value in stated.items() if name in targets},
        findings=tuple(findings),
        source=Row(number, {}),
        targets=targets,
    )


def _other_identifier(number: int, identifier: str) -> Finding:
    return warning(
        LEFT_OUT,
        "identifier",
        f"第 {number} 条记录的标识符 {identifier} 不是本节点分配的，按单位和名称匹配，"
        "新登记的由本节点另行分配",
        f"record {number}: identifier {identifier} was not given by this node; the record is "
        "matched by unit and title, a new one gets an identifier of this node",
    )


def _resources(number: int, count: int) -> Finding:
    return warning(
        LEFT_OUT,
        RESOURCES,
        f"第 {number} 条记录的 {count} 个在线资源未导入：RDF 不含真实地址，请另行挂接",
        f"record {number}: {count} resources were left out, as RDF holds no real address; mount "
        "them apart",
    )
