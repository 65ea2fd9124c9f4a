"""The shrink guard: a truncated answer must not empty a catalog."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_SHARE = 0.1
DEFAULT_FLOOR = 20


@dataclass(frozen=True, slots=True)
class Allowed:
    """The withdrawals may be applied."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The withdrawals wait for a person; both texts say how many and what to do."""

    zh: str
    en: str


def check_shrink(
    current_count: int,
    withdrawals: int,
    *,
    share: float = DEFAULT_SHARE,
    floor: int = DEFAULT_FLOOR,
) -> Allowed | Stopped:
    """Decide whether a run may withdraw so many records of a node at once.

    Args:
        current_count: live records of the node before the run.
        withdrawals: how many of them the run would withdraw.
        share: largest share of `current_count` (0 to 1) that passes unasked.
        floor: this many pass unasked even when they are a larger share.

    Returns:
        Allowed or Stopped. A run that would empty a catalog of more than one record is stopped
        whatever the settings: an empty list with status 200 is the commonest fault of a source.

    Raises:
        ValueError: a count is negative or the share is not between 0 and 1.
    """
    if current_count < 0 or withdrawals < 0 or floor < 0 or not 0 <= share <= 1:
        raise ValueError("counts must not be negative and the share must be between 0 and 1")
    empties = withdrawals >= current_count > 1
    if not empties and withdrawals <= max(floor, share * current_count):
        return Allowed()
    return Stopped(
        f"本次同步将撤销 {withdrawals} 条、共 {current_count} 条，超过 {share:.0%} 的限度，"
        "已停止；请与对方核实后人工确认",
        f"the run would withdraw {withdrawals} of {current_count} records, more than the limit of "
        f"{share:.0%}; it has stopped: check with the node and confirm by hand",
    )
