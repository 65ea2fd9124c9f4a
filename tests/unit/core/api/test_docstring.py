"""Docstrings of actions are read as people read them."""

from __future__ import annotations

from ckanext.fjgov.core.api.docstring import read

TEXT = """List things (列表),
in two lines.

More of it.

:param q: words
    to look for
:type q: string
:param offset, after: where to go on

Returned in pages.

:returns: `count` and
    `results`
:rtype: dictionary
"""


def test_a_docstring_is_taken_apart() -> None:
    told = read(TEXT)
    assert told.summary == "List things (列表), in two lines."
    assert told.detail == "More of it.\n\nReturned in pages."
    assert told.parameters == {
        "q": "words to look for",
        "offset": "where to go on",
        "after": "where to go on",
    }
    assert told.answer == "`count` and `results`"


def test_no_docstring_says_nothing() -> None:
    told = read(None)
    assert (told.summary, told.detail, told.parameters, told.answer) == ("", "", {}, "")
