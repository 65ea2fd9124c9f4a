"""The parser of every reader of XML that comes from outside: documents and parts of workbooks."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat


def parser_for(
    doctype: Callable[..., None],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> expat.XMLParserType:
    """Make a parser that gives names as `namespace name` and asks first about a DOCTYPE."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    return parser
