"""Many records of GB/T 21063.3 in one document, written piece by piece in constant memory.

The root `metadataSet` belongs to the binding that this product ships (`schemas/gbt21063_3.xsd`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ckanext.fjgov.core.export.facts import xml_text
from ckanext.fjgov.core.export.gbelements import missing_elements
from ckanext.fjgov.core.export.gbmetadata import GbMetadata
from ckanext.fjgov.core.export.gbxml import NAMESPACE, record_body

ROOT: Final = "metadataSet"
# So many characters go out together, at least.
_PIECE: Final = 32 * 1024


def write_set(records: Iterable[GbMetadata]) -> Iterator[bytes]:
    """Give the document as pieces of UTF-8.

    A record that lacks a mandatory element has no valid form: it is left out, and a comment in its
    place names its identifier and the elements, so that nobody takes the set for complete.

    Cost: memory of one piece, whatever the number of records.
    """
    waiting = [f'<?xml version="1.0" encoding="UTF-8"?>\n<{ROOT} xmlns="{NAMESPACE}">\n']
    size = 0
    for record in records:
        missing = missing_elements(record)
        text = left_out(record, missing) if missing else f"<metadata>\n{record_body(record)}"
        waiting.append(text if missing else f"{text}</metadata>\n")
        size += len(waiting[-1])
        if size >= _PIECE:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    waiting.append(f"</{ROOT}>\n")
    yield "".join(waiting).encode()


def left_out(record: GbMetadata, missing: Iterable[str]) -> str:
    """Give the comment that stands for a record without mandatory elements."""
    name = record.identifier or record.md_id or record.title
    said = f"未列出 / left out: {name}；缺 / lacks {', '.join(missing)}"
    # Two hyphens would end the comment.
    return f"<!-- {re.sub('-(?=-)', '- ', xml_text(said))} -->\n"
