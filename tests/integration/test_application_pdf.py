"""政务信息共享实施申请书 as a PDF: what the page says, for whoever may see the page (Art. 25)."""

from __future__ import annotations

import io
from datetime import datetime

import pypdf
import requests
from ckanapi import RemoteCKAN

from ckanext.fjgov.logic.clock import LOCAL_ZONE
from tests.integration.sharing_cases import NODE, People, filed, restricted, shown, step, submitted
from tests.integration.stack_env import StackInfo


def ask(
    stack: StackInfo, site: RemoteCKAN | None, number: str, more: str = ""
) -> requests.Response:
    headers = {"Authorization": str(site.apikey)} if site else {}
    return requests.get(
        f"{stack.urls[NODE]}{more}/fjgov/applications/{number}/form.pdf",
        headers=headers,
        timeout=60,
        allow_redirects=False,
    )


def text_of(answer: requests.Response) -> str:
    """Give the text of a PDF without the breaks of its lines."""
    pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text() for page in pages).split())


def test_the_pdf_says_what_the_page_says(stack: StackInfo, people: People) -> None:
    entry = restricted(stack)
    number = filed(people, entry)
    answer = ask(stack, people.providing, number)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert "no-store" in answer.headers["Cache-Control"]
    found, case = text_of(answer), shown(people.providing, number)
    names = {one["role"]: one["name"] for one in case["parties"]}
    terms = case["terms"]
    told = [
        "政务信息共享实施申请书",
        number,
        names["applicant"],
        names["provider"],
        # 应用业务, 使用对象, 所需信息, 共享模式, 截止时间; and 使用目的.
        terms["business"],
        "本单位现任人员",
        entry["title"],
        *terms["targets"][0]["item_names"],
        "直接交换（数据下载）",
        f"{terms['until']}24:00",
        terms["purpose"],
        "第三十、三十一条",
    ]
    for row in case["deliveries"]:
        sent = datetime.fromisoformat(row["sent"]).astimezone(LOCAL_ZONE)
        told.append(sent.strftime("%Y-%m-%d%H:%M:%S"))
    assert len(case["deliveries"]) >= 3
    for words in told:
        assert "".join(words.split()) in found, words
    assert "审批" not in found.replace("备案不是审批", "")


def test_the_pdf_is_for_whoever_sees_the_page(stack: StackInfo, people: People) -> None:
    number = submitted(people, restricted(stack))
    assert ask(stack, people.asking, number).status_code == 200
    assert ask(stack, people.asking, number, "/en").status_code == 200
    for site in (people.providing, people.other, people.operator):
        assert ask(stack, site, number).status_code == 403
    assert ask(stack, None, number).status_code == 302
    assert ask(stack, people.asking, "SQ-2026-999999").status_code == 404
    step(people.manager, number, "approve")
    assert ask(stack, people.providing, number).status_code == 200
    assert ask(stack, people.other, number).status_code == 403
