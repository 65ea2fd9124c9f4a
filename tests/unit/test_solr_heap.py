"""The Java heap of the index server, as operators write it."""

from __future__ import annotations

import pytest

from deploy.stack.process import StackError
from deploy.stack.solr import megabytes


@pytest.mark.parametrize(
    ("written", "expected"), [("512m", 512), ("1g", 1024), ("2G", 2048), ("64M", 64)]
)
def test_sizes_are_megabytes(written: str, expected: int) -> None:
    assert megabytes(written) == expected


@pytest.mark.parametrize("written", ["", "m", "512", "1.5g", "-1g", "1t", " 1g"])
def test_other_ways_of_writing_are_refused_by_name(written: str) -> None:
    with pytest.raises(StackError, match="FJGOV_SOLR_HEAP"):
        megabytes(written)
