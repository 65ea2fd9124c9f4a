"""Every page opens in both languages, loads nothing from outside and uses our words only."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.api import client, create_entry, eventually, unique_title, unit_of
from tests.integration.directory_records import register
from tests.integration.mounting_cases import mounted_entry, sample_rows
from tests.integration.stack_env import StackInfo
from tests.integration.workbooks import filled
from tests.pages.conftest import Visitor
from tests.pages.every_page import KINDS, OFFICE, OFFICIAL, PUBLIC, REGISTRAR

# Bodies, topics and titles of entries may hold 组织 or 公开 as part of a longer word (群团组织,
# 政府信息公开); standing alone they are CKAN's words.
FORBIDDEN = re.compile(
    r"ckan|gravatar|数据集|群组|开放知识|(?:组织|公开|私有)列表"
    r"|(?<![\u4e00-\u9fff])(?:组织|公开|私有)(?![\u4e00-\u9fff])",
    re.IGNORECASE,
)
UNTRANSLATED = re.compile(r"Dataset|Organization[^a-z]|Powered by|Remember me|记住我")


def _fill(path: str, stack: StackInfo, node: str) -> str:
    """Put names of the node into a path; what nobody has yet is made."""
    return path.format_map(
        {name: NAMES[name](stack, node) for name in re.findall(r"{(\w+)}", path)}
    )


def _entry(stack: StackInfo, node: str) -> str:
    found = client(stack, node).action.package_search(q="", rows=1, sort="name asc")["results"]
    return str(found[0]["name"])


def _own(stack: StackInfo, node: str) -> str:
    fq = f'organization:"{unit_of(stack, node)}" AND home_node:"{stack.nodes[node].code}"'
    found = client(stack, node, "registrar").action.package_search(fq=fq, rows=1)["results"]
    return str(found[0]["name"])


def _case(stack: StackInfo, node: str) -> str:
    submit = client(stack, node, "registrar").action.fjgov_entry_submit
    return str(submit(id=create_entry(stack, node)["id"])["number"])


def _run(stack: StackInfo, node: str) -> str:
    nodes = client(stack, node, "staff").action.fjgov_node_list()
    return next(str(one["last_run"]["id"]) for one in nodes if one["last_run"])


def _upload(stack: StackInfo, node: str) -> str:
    site = client(stack, node, "registrar")
    made = site.action.fjgov_upload_create(
        unit=unit_of(stack, node), upload=io.BytesIO(filled(stack, unique_title()))
    )
    # While its job runs, the page loads itself anew.
    ready = eventually(
        lambda: site.action.fjgov_upload_show(id=made["id"]),
        lambda found: not found["is_running"],
        seconds=60,
    )
    assert ready["state"] == "checked"
    return str(made["id"])


def _mount(stack: StackInfo, node: str) -> str:
    return str(mounted_entry(stack, sample_rows(3), node=node)["resources"][0]["id"])


def _record(kind: str) -> Callable[[StackInfo, str], str]:
    return lambda stack, node: str(register(stack, kind, node)["name"])


NAMES: dict[str, Callable[[StackInfo, str], str]] = {
    "entry": _entry,
    "own": _own,
    "unit": unit_of,
    "me": lambda stack, node: str(stack.credentials[node]["registrar"]["user"]),
    "case": _case,
    "run": _run,
    "upload": _upload,
    "mount": _mount,
    **{kind: _record(kind) for kind in KINDS},
}


def _check(visitor: Visitor, path: str, status: int = 200) -> None:
    answer = visitor.open(path)
    assert answer.status == status
    language = visitor.page.locator("html").get_attribute("lang") or ""
    assert language.startswith("en" if path.startswith("/en") else "zh")
    shown = visitor.text()
    assert FORBIDDEN.findall(shown) == []
    assert UNTRANSLATED.findall(shown) == []
    assert "generator" not in visitor.source()
    policy: Any = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", PUBLIC)
@pytest.mark.parametrize("node", ["province", "fuzhou"])
def test_public_page_opens(
    visit: Callable[..., Visitor], stack: StackInfo, node: str, path: str, language: str
) -> None:
    _check(visit(node), language + _fill(path, stack, node))


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", OFFICIAL)
def test_official_page_opens(
    visit: Callable[..., Visitor], stack: StackInfo, path: str, language: str
) -> None:
    _check(visit("province", "registrar"), language + _fill(path, stack, "province"))


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", OFFICE)
def test_office_page_opens(
    visit: Callable[..., Visitor], stack: StackInfo, path: str, language: str
) -> None:
    _check(visit("province", "digital_office"), language + path)


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", REGISTRAR)
def test_registrar_page_opens(
    visit: Callable[..., Visitor], stack: StackInfo, path: str, language: str
) -> None:
    _check(visit("fuzhou", "registrar"), language + _fill(path, stack, "fuzhou"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/no-such-page", 404),
        ("/dataset/no-such-entry", 404),
        ("/dataset/new", 403),
        ("/fjgov/nodes", 403),
        ("/group/", 404),
        ("/user/register", 404),
        ("/dashboard/datasets", 200),
    ],
)
def test_refusing_page_keeps_our_look(
    visit: Callable[..., Visitor], path: str, status: int
) -> None:
    visitor = visit("fuzhou")
    _check(visitor, path, status)
    assert visitor.page.locator(".fj-brand").count() == 1


@pytest.mark.parametrize(
    "path", ["/", "/dataset/", "/organization/", "/dataset/{entry}", "/user/login"]
)
def test_page_has_the_landmarks_and_names_that_readers_need(
    visit: Callable[..., Visitor], stack: StackInfo, path: str
) -> None:
    visitor = visit("province")
    visitor.open(_fill(path, stack, "province"))
    _check_names(visitor)


@pytest.mark.parametrize("path", OFFICE)
def test_page_of_an_office_has_them_too(
    visit: Callable[..., Visitor], stack: StackInfo, path: str
) -> None:
    visitor = visit("province", "digital_office")
    visitor.open(path)
    _check_names(visitor)


def _check_names(visitor: Visitor) -> None:
    page = visitor.page
    assert page.locator("h1").count() == 1
    assert page.locator("main#content").count() == 1
    assert page.locator("a.fj-skip").get_attribute("href") == "#content"
    assert page.locator("table th:not([scope])").count() == 0
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
             .filter(f => !f.labels?.length && !f.getAttribute('aria-label')).length"""
    )
    assert nameless == 0
    repeated = page.evaluate(
        """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
                   return ids.filter((id, i) => ids.indexOf(id) !== i); }"""
    )
    assert repeated == []


@pytest.mark.parametrize("path", ["/", "/dataset/", "/dataset/{entry}", "/organization/{unit}"])
def test_text_has_enough_contrast(
    visit: Callable[..., Visitor], stack: StackInfo, path: str
) -> None:
    visitor = visit("province")
    visitor.open(_fill(path, stack, "province"))
    weak = visitor.page.evaluate(CONTRAST)
    assert weak == []


# WCAG 2.1 contrast of every element that holds text, against the nearest painted background.
CONTRAST = """() => {
  const parts = c => c.match(/[0-9.]+/g).map(Number);
  const light = c => { const [r, g, b] = parts(c).map(v => { v /= 255;
    return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const back = e => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor; const p = parts(c);
    if (p.length < 4 || p[3] > 0.99) return c; } return 'rgb(255,255,255)'; };
  const weak = new Set();
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length) continue;
    const a = light(getComputedStyle(e).color), b = light(back(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
  }
  return [...weak];
}"""
