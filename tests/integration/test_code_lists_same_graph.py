"""Each code list in each syntax says the same to every reader; needs no running site."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.export.fragments import SYNTAXES, fragment
from tests.rdf_kinds import code_lists, graph_of
from tests.rdf_parsers import differing

LISTS = code_lists()


@pytest.mark.parametrize("ending", SYNTAXES)
@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_the_same_to_every_reader(name: str, ending: str) -> None:
    triples = LISTS[name].triples
    document = b"".join(SYNTAXES[ending].document([fragment(iter(triples))]))
    assert differing(document, ending, graph_of(triples)) == []
