"""By which appointment a person takes a step; without one, why not.

Nobody is asked whether they are a technician of the platform: no step knows that role.
"""

from __future__ import annotations

from datetime import datetime

from ckanext.fjgov.core.cases.outcome import Refused
from ckanext.fjgov.core.cases.records import SYSTEM, Actor, Appointment, Case
from ckanext.fjgov.core.cases.roles import ROLES
from ckanext.fjgov.core.cases.table import CaseType, Row
from ckanext.fjgov.core.worktime.calendar import CHINA


def appointment_for(
    kind: CaseType, row: Row, case: Case, actor: Actor, now: datetime
) -> Appointment | Refused:
    """Find the appointment that lets an actor take a step today, in China."""
    event_zh, event_en = kind.events[row.event]
    if SYSTEM in row.roles:
        return Refused(
            f"“{event_zh}”由系统记录，不由人办理",
            f"“{event_en}” is written by the system only",
            by_right=True,
        )
    party = case.party(row.party)
    held = [
        one
        for role in row.roles
        for one in actor.appointments
        # A party at another node acts there: unit codes are compared within this node only.
        if one.role == role and party and party.unit and party.unit == one.unit
        if party.node == case.node
    ]
    today = now.astimezone(CHINA).date()
    current = next((one for one in held if one.is_current(today)), None)
    if current is not None:
        return current
    role_zh = "或".join(ROLES[role][0] for role in row.roles)
    role_en = " or ".join(ROLES[role][1].lower() for role in row.roles)
    unit = party.unit if party else ""
    if held:
        return Refused(
            f"您在单位 {unit} 的{role_zh}任命不在有效期内，不能“{event_zh}”，请联系单位负责人",
            f"your appointment as {role_en} of unit {unit} is not current; ask its head",
            by_right=True,
        )
    return Refused(
        f"“{event_zh}”须由单位 {unit} 现任的{role_zh}办理",
        f"“{event_en}” needs a current appointment as {role_en} of unit {unit}",
        by_right=True,
    )
