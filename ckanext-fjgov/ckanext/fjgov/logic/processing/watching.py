"""Looks after a job on its way: cancelled, a grant ended, time, memory or disk used up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ckanext.fjgov.core.usage.events import Outcome
from ckanext.fjgov.logic.clock import utc_now
from ckanext.fjgov.logic.processing import files
from ckanext.fjgov.logic.processing.limits import Limits
from ckanext.fjgov.logic.sharing import access
from ckanext.fjgov.model import processing
from ckanext.fjgov.model.database import own_transaction

EVERY_SECONDS = 1.0
BROKEN = (
    "加工中出现故障，结果未生成；请重新提交，仍有故障请联系平台运行单位",
    "something failed and there is no result; order it again, or ask the platform operator",
)


class StoppedError(Exception):
    """A job ends without a result.

    Attributes:
        state: of the job, `failed` or `cancelled`.
        zh, en: why, and what to do.
        outcome: of the uses.
    """

    def __init__(self, zh: str, en: str, state: str = processing.FAILED) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en, self.state = zh, en, state
        self.outcome = Outcome.BROKEN


class GrantEndedError(StoppedError):
    """A grant was suspended, taken back or ended while a job read under it."""

    def __init__(self, number: str) -> None:
        super().__init__(
            f"授权 {number} 已暂停、收回或到期，加工已停止，结果未保留",
            f"grant {number} is in force no longer; the job was stopped and nothing kept",
        )
        self.outcome = Outcome.GRANT_ENDED


@dataclass
class Watch:
    """Asks every second whether a job may go on.

    Attributes:
        number: of the job.
        grants: numbers of the grants under which it reads.
        folder: in which it works.
    """

    number: str
    grants: Sequence[str]
    folder: Path
    limits: Limits
    done: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        self._begun = time.monotonic()
        self._looked = 0.0

    def look(self) -> None:
        """Look around when it is time to.

        Raises:
            StoppedError: the job may not go on.
        """
        now = time.monotonic()
        if now - self._looked < EVERY_SECONDS:
            return
        self._looked = now
        self.look_now()

    def look_now(self) -> None:
        """Do what `look` does, whatever the time.

        Raises:
            StoppedError: the job may not go on.
        """
        with own_transaction() as connection:
            goes_on = processing.note_progress(
                connection, self.number, self.done, self.total, utc_now()
            )
        if not goes_on:
            raise StoppedError("加工已取消", "the job was cancelled", processing.CANCELLED)
        for grant in self.grants:
            if not access.still_holds(grant):
                raise GrantEndedError(grant)
        if self.seconds_left() <= 0:
            raise out_of_time(self.limits)
        if files.used_bytes(self.folder) > self.limits.disk_mb << 20:
            raise StoppedError(
                f"加工所需磁盘空间超过 {self.limits.disk_mb} MB，请减少信息项或缩小范围",
                f"the job needs more than {self.limits.disk_mb} MB of disk;"
                " choose fewer items or rows",
            )

    def seconds_left(self) -> float:
        """Give the seconds that the job still has."""
        return self.limits.seconds - (time.monotonic() - self._begun)


def out_of_time(limits: Limits) -> StoppedError:
    """Give the end of a job whose time is over."""
    return StoppedError(
        f"加工超过 {limits.seconds} 秒的时限，已停止；请减少信息项或缩小范围",
        f"the job took longer than {limits.seconds} s and was stopped; choose fewer items or rows",
    )


def out_of_memory(limits: Limits) -> StoppedError:
    """Give the end of a job that needs too much memory."""
    return StoppedError(
        f"加工所需内存超过 {limits.memory_mb} MB 的限额，已停止；请减少信息项或缩小范围",
        f"the job needed more than {limits.memory_mb} MB of memory and was stopped;"
        " choose fewer items or rows",
    )
