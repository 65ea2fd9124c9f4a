"""Limits of a job, as the settings say."""

from __future__ import annotations

from dataclasses import dataclass

import ckan.plugins.toolkit as tk

LEAST_MEMORY_MB = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    Attributes:
        seconds: from its beginning to its result.
        memory_mb: MiB of memory of its process.
        disk_mb: MiB of disk, for what it reads, works with and gives.
        threads: of DuckDB.
    """

    seconds: int
    memory_mb: int
    disk_mb: int
    threads: int

    @property
    def engine_mb(self) -> int:
        """Give what DuckDB may hold; the rest is for the process around it."""
        return max(LEAST_MEMORY_MB // 2, self.memory_mb * 7 // 10)


def limits() -> Limits:
    """Read the limits of a job."""
    return Limits(
        seconds=_at_least(1, "seconds"),
        memory_mb=_at_least(LEAST_MEMORY_MB, "memory_mb"),
        disk_mb=_at_least(1, "disk_mb"),
        threads=_at_least(1, "threads"),
    )


def keep_days() -> int:
    """Give the days that a result is kept."""
    return _at_least(1, "keep_days")


def most_open() -> int:
    """Give how many jobs of one unit may wait or be at work."""
    return _at_least(1, "open_jobs")


def _at_least(least: int, name: str) -> int:
    return max(least, int(tk.config.get(f"fjgov.processing.{name}")))
