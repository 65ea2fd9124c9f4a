"""Reading a body within limits: size on the wire, size after unpacking, and their ratio."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from ckanext.fjgov.core.federation.errors import BadContent, RatioExceeded, TooLarge

_STEP = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


class LimitedBody:
    """Iterates decoded pieces of one body in constant memory.

    Attributes:
        received: bytes taken from the wire so far.
        produced: bytes given out so far.
    """

    def __init__(
        self,
        chunks: Iterable[bytes],
        encoding: str,
        *,
        max_bytes: int,
        max_ratio: float,
        ratio_floor: int,
    ) -> None:
        """Prepare reading.

        Args:
            chunks: the body as received, transfer coding removed.
            encoding: value of Content-Encoding, "" when there was none.
            max_bytes: most bytes, both on the wire and unpacked.
            max_ratio: most unpacked bytes per received byte ...
            ratio_floor: ... once so many bytes were unpacked.

        Raises:
            BadContent: a coding other than gzip, or several.
        """
        self.received = 0
        self.produced = 0
        self._chunks = chunks
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._ratio_floor = ratio_floor
        coding = encoding.strip().lower()
        if coding not in ("", "identity", "gzip", "x-gzip"):
            raise BadContent(
                f"不支持的内容编码：{coding[:40]}", f"unsupported content coding: {coding[:40]}"
            )
        self._packed = coding.endswith("gzip")

    def __iter__(self) -> Iterator[bytes]:
        return self._unpacked() if self._packed else self._limited()

    def _limited(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.received += len(chunk)
            self.produced += len(chunk)
            if self.received > self._max_bytes:
                raise TooLarge(
                    f"内容超过 {self._max_bytes} 字节，已中止",
                    f"the answer is longer than {self._max_bytes} bytes",
                )
            yield chunk

    def _unpacked(self) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(_GZIP)
        for chunk in self._limited():
            self.produced -= len(chunk)
            data = chunk
            while data:
                try:
                    piece = unpacker.decompress(data, _STEP)
                except zlib.error as error:
                    raise BadContent("压缩内容已损坏", "the gzip data are damaged") from error
                self._check_produced(len(piece))
                if piece:
                    yield piece
                data = unpacker.unconsumed_tail
            if unpacker.unused_data:
                raise BadContent("压缩内容之后还有数据", "there are data behind the gzip data")
        if not unpacker.eof:
            raise BadContent("压缩内容不完整", "the gzip data are cut off")

    def _check_produced(self, more: int) -> None:
        self.produced += more
        if self.produced > self._max_bytes:
            raise TooLarge(
                f"解压后超过 {self._max_bytes} 字节，已中止",
                f"the answer unpacks to more than {self._max_bytes} bytes",
            )
        if self.produced > max(self._ratio_floor, self._max_ratio * self.received):
            raise RatioExceeded(
                f"解压比超过 {self._max_ratio:g} 倍，已中止",
                f"the answer unpacks to more than {self._max_ratio:g} times its size",
            )
