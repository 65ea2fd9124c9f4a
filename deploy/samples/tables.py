"""Made-up rows of the tables that sample entries are mounted as.

No value is anybody's: codes carry `EXMP`, names and places say 示例. The two tables of 厦门 share
some people by 身份号码, so that there is something to compare.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from typing import Any

from deploy.samples.expand import Samples

Row = dict[str, str]


def tables_of(node: str, samples: Samples) -> list[dict[str, Any]]:
    """Give the tables of a node, each with the title of its entry, its CSV and who mounts it."""
    entries = {entry["sample_key"]: entry for entry in samples.entries}
    found = []
    for key, make in _TABLES.items():
        entry = entries.get(key)
        if entry is None or not key.startswith(f"{node}/"):
            continue
        account = next(
            one["name"]
            for one in samples.accounts
            if one["role"] == "info_manager" and one["unit_name"] == entry["owner_org"]
        )
        name = key.partition("/")[2]
        found.append(
            {"title": entry["title"], "account": account, "filename": f"{name}.csv", "csv": make()}
        )
    return found


def _text(rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _person(number: int) -> str:
    return f"350203EXMP{number:08d}"


def _real_estate() -> str:
    kinds = ("国有建设用地使用权", "房屋所有权")
    return _text(
        [
            {
                "不动产单元号": f"350203EXMPGB{number:05d}F{number:08d}",
                "坐落": f"厦门市思明区示例路{number}号{1 + number % 18}01室",
                "权利人": f"示例权利人{number:03d}",
                "权利人身份号码": _person(number),
                "权利类型": kinds[number % 2],
                "建筑面积": f"{48 + number * 7 % 90}.{number % 10}",
                "登记日期": f"20{10 + number % 15}-{1 + number % 12:02d}-{1 + number % 28:02d}",
                "抵押状态": "是" if number % 3 == 0 else "否",
                "查封状态": "是" if number % 11 == 0 else "否",
            }
            for number in range(1, 41)
        ]
    )


def _xiamen_fund() -> str:
    return _text(
        [
            {
                "个人账号": f"XMEXMP{number:08d}",
                "缴存单位名称": f"示例单位{1 + number % 7}",
                "姓名": f"示例缴存人{number:03d}",
                "身份号码": _person(number),
                "缴存基数": f"{3000 + number * 137 % 9000}.00",
                "缴存比例": str(5 + number % 8),
                "缴存状态": ("正常", "正常", "正常", "封存")[number % 4],
                "缴至年月": f"2026{1 + number % 9:02d}",
            }
            for number in range(16, 61)
        ]
    )


def _fuzhou_fund() -> str:
    return _text(
        [
            {
                "个人账号": f"FZEXMP{number:08d}",
                "单位账号": f"FZEXMPU{1 + number % 5:05d}",
                "姓名": f"示例缴存人{number:03d}",
                "缴存基数": f"{3200 + number * 211 % 8000}.00",
                "缴存状态": ("正常", "封存")[number % 5 == 0],
                "缴至年月": f"2026{1 + number % 9:02d}",
            }
            for number in range(1, 31)
        ]
    )


_TABLES: Mapping[str, Callable[[], str]] = {
    "fuzhou/housing-fund": _fuzhou_fund,
    "xiamen/housing-fund": _xiamen_fund,
    "xiamen/realestate": _real_estate,
}
