"""Roles of people in units, with their official words (see requirements, "Who acts")."""

from __future__ import annotations

from typing import Final

ROLES: Final[dict[str, tuple[str, str]]] = {
    "digital_office": ("数字办", "Digital office"),
    "platform_operator": ("平台运行单位", "Platform operator"),
    "unit_lead": ("单位负责人（授权人）", "Head of unit"),
    "registrar": ("目录登记人员", "Registrar"),
    "reviewer": ("目录审核人员", "Reviewer"),
    "info_manager": ("信息管理员", "Information administrator"),
    "staff": ("政务用户（机关单位工作人员）", "Member of staff"),
    "system": ("应用系统", "Application system"),
}
