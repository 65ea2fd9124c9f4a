"""Compress a document on its way."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator


def gzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress pieces on their way (RFC 1952). Cost: memory of a window."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
