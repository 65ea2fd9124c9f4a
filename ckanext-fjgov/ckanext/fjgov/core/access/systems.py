"""Application systems (应用系统) as holders of grants and as callers with a token (Art. 24, 35).

A system is a record of the 政务应用系统目录 with its number in the 数字福建服务资源目录. What
speaks against it is said here once; forms, actions and the gateway ask.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ckanext.fjgov.core.cases.table import Words

# Codes of `system_status`: 试运行, 运行中; and 已停用.
IN_USE = frozenset({"trial", "running"})
STOPPED = "stopped"
LONGEST_NAME = 100
UNKNOWN_TOKEN: Words = ("系统令牌无效，请核对", "no such system token; check it")


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """What is known of a system.

    Attributes:
        number: its registration number; "" without one.
        status: code of `system_status`.
        unit: code of the unit in charge.
        is_listed: its record is published and kept at this node.
        is_alone: no other published record of the unit has the same number.
    """

    number: str
    status: str
    unit: str
    is_listed: bool
    is_alone: bool = True


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of a token that somebody showed.

    Attributes:
        number, unit: of its system when it was made.
        expires: from this moment on it is worth nothing.
        is_revoked: somebody took it back.
    """

    number: str
    unit: str
    expires: datetime
    is_revoked: bool = False


def why_no_holder(system: SystemFacts) -> Words | None:
    """Say why a system cannot be the holder (使用对象) of a grant; None when it can."""
    if not system.is_listed:
        return (
            "应用系统未在本节点的政务应用系统目录中发布，请先发布",
            "the system is not listed in the directory of this node; list it first",
        )
    if not system.number:
        return (
            "应用系统没有数字福建服务资源目录登记编号，请先登记并更新其目录（第三十五条）",
            "the system has no registration number; register it and update its record (Art. 35)",
        )
    if not system.is_alone:
        return (
            f"本单位另有应用系统使用登记编号 {system.number}，请先更正",
            f"another system of the unit has the number {system.number}; correct it first",
        )
    if system.status == STOPPED:
        return "应用系统已停用", "the system is out of use"
    return None


def why_no_token(system: SystemFacts) -> Words | None:
    """Say why a system gets no token, and why one that it has is worth nothing; None for neither.

    Stricter than `why_no_holder`: one may apply for a system that is still being built.
    """
    refused = why_no_holder(system)
    if refused is None and system.status not in IN_USE:
        return (
            "应用系统尚未投入使用（试运行或运行中），不能使用令牌",
            "the system is not in use yet (on trial or running)",
        )
    return refused


def why_refused(token: TokenFacts, system: SystemFacts | None, now: datetime) -> Words | None:
    """Say why a token that was shown is worth nothing; None when it stands for its system.

    Args:
        system: as its record is now; None when it is gone.
    """
    if token.is_revoked:
        return "系统令牌已作废，请重新申领", "the system token was revoked; ask for another"
    if now >= token.expires:
        return "系统令牌已过期，请重新申领", "the system token has expired; ask for another"
    if system is None:
        return "应用系统目录已撤销", "the record of the system was withdrawn"
    if (system.number, system.unit) != (token.number, token.unit):
        return (
            "应用系统的登记编号或主管单位已变更，请重新申领令牌",
            "number or unit of the system have changed; ask for another token",
        )
    return why_no_token(system)


def why_not_made(name: str, days: int, most_days: int) -> Words | None:
    """Say why a token cannot be made as it is asked for."""
    if not name or len(name) > LONGEST_NAME:
        return (
            f"请写明令牌用途，不超过 {LONGEST_NAME} 字",
            f"name says what the token is for, in {LONGEST_NAME} characters",
        )
    if not 1 <= days <= most_days:
        return f"有效期须为 1 至 {most_days} 天", f"days must be 1 to {most_days}"
    return None


def expiry(now: datetime, days: int) -> datetime:
    """Give the moment at which a token made now is worth nothing any more."""
    return now + timedelta(days=days)
