"""How long and how much one fetch may take."""

from __future__ import annotations

from dataclasses import dataclass

ONE_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How long and how much one fetch may take.

    Attributes:
        connect_s, read_s: longest wait for a connection (with TLS) and for the next bytes.
        total_s: longest time for everything, repeats and redirects included.
        max_bytes: longest body, on the wire and unpacked.
        max_ratio: most unpacked bytes per received byte, once `ratio_floor` bytes came out.
        max_redirects: most redirects in a row.
        attempts: how often a read is tried when the fault may pass.
        backoff_s: wait before the second try; doubles with each further one.
    """

    connect_s: float = 5.0
    read_s: float = 15.0
    total_s: float = 120.0
    max_bytes: int = 64 * ONE_MIB
    max_ratio: float = 200.0
    ratio_floor: int = ONE_MIB
    max_redirects: int = 5
    attempts: int = 3
    backoff_s: float = 0.5

    def timeouts(self) -> dict[str, float]:
        """Give the limits of single steps as httpcore wants them."""
        return {"connect": self.connect_s, "read": self.read_s, "write": self.read_s}


DEFAULT_LIMITS = FetchLimits()
