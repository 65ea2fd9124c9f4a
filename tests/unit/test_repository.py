"""Facts about the repository that no other tool checks."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
ONE_MIB = 1024 * 1024
MERGE_MARK = re.compile(r"^(<{7}|>{7}|={7}$)", re.MULTILINE)
BINARY = {".png", ".xlsx", ".mo"}
FIXED_TOP_LEVEL = {
    "ckanext-fjgov", "schemas", "vocabularies", "harvesters", "tests", "setup.py",
    "ckan.ini.template", "deploy", "pyproject.toml", "Makefile", "README.md", "README.zh_CN.md",
    "CHANGELOG.md",
}  # fmt: skip


def tracked() -> list[Path]:
    """List the files of the project, new ones included."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


FILES = tracked()
TEXTS = [path for path in FILES if path.suffix not in BINARY]


def test_top_level_holds_only_what_the_design_names() -> None:
    shown = {path.relative_to(ROOT).parts[0] for path in FILES}
    assert {name for name in shown if not name.startswith(".")} <= FIXED_TOP_LEVEL


def test_no_file_is_larger_than_a_mebibyte() -> None:
    assert [str(path) for path in FILES if path.stat().st_size > ONE_MIB] == []


def test_texts_end_with_a_line_feed_and_hold_no_merge_marks() -> None:
    faults = []
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            faults.append(f"{path}: no line feed at the end")
        if MERGE_MARK.search(text):
            faults.append(f"{path}: merge mark")
    assert faults == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "vocabularies").glob("*.yaml")), ids=lambda path: path.stem
)
def test_codes_are_quoted_texts(path: Path) -> None:
    concepts = yaml.safe_load(path.read_text(encoding="utf-8"))["concepts"]
    assert [row["code"] for row in concepts if not isinstance(row["code"], str)] == []
