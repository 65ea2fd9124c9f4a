"""Foreign catalogs on local HTTP servers: the same records in four forms, and their faults."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import yaml

from tests.loopback import serving

EXAMPLES = Path(__file__).resolve().parents[2] / "harvesters" / "sources"
CODES = {"ckan": "350300", "dcat": "350400", "gbxml": "350500", "listing": "350600"}
PATHS = {"ckan": "", "dcat": "/catalog.jsonld", "gbxml": "/gb/", "listing": "/catalog.csv"}
THEMES = {
    "listing": "教育",
    "ckan": "education",
    "dcat": "https://data.example.org/theme/education",
}
UNIT = "示例教育局"
LOGIN = (200, "text/html; charset=utf-8", b"<!DOCTYPE html><title>login</title>")
HYDRA_PAGE = 5
Answer = tuple[int, str, bytes]
Row = dict[str, str]


def row(number: int, **changes: str) -> Row:
    """Give a record that keeps every rule of the profile."""
    plain = {
        "id": f"r-{number:05d}",
        "title": f"示例学校名录 {number}",
        "notes": "用于试验的目录摘要，说明内容和来源。",
        "unit": UNIT,
        "theme": "yes",
        "extra": "",
    }
    return plain | changes


@dataclass
class ForeignSite:
    """One catalog.

    Attributes:
        fault: one of "", `html`, `error`, `truncated`, `broken`, and `file` to give `file` instead.
        file: media type and body.
    """

    kind: str
    file: tuple[str, bytes] = ("", b"")
    rows: list[Row] = field(default_factory=list)
    fault: str = ""
    requests: int = 0
    port: int = 0

    @property
    def code(self) -> str:
        """Division code of its node."""
        return CODES[self.kind]

    def definition(self, **changes: Any) -> str:
        """Give the example file of its kind with this address, and consent that holds."""
        raw = yaml.safe_load((EXAMPLES / f"example-{self.kind}.yaml").read_text("utf-8"))
        raw["address"] = f"http://127.0.0.1:{self.port}{PATHS[self.kind]}"
        raw["allow"] = [f"127.0.0.1:{self.port}"]
        raw["consent"]["until"] = "2099-12-31"
        if self.kind == "ckan":
            raw["read"]["page_size"] = 4
        if self.kind == "ckan":
            fields = next(iter(raw["unit"]["known"].values()))
            raw["unit"]["known"] = {UNIT: fields}
        for path, value in changes.items():
            target = raw
            *outer, last = path.split("__")
            for name in outer:
                target = target[name]
            target[last] = value
        return yaml.safe_dump(raw, allow_unicode=True)

    def answer(self, target: str) -> Answer:
        """Answer one request, with the fault that is set."""
        self.requests += 1
        if self.fault == "html":
            return LOGIN
        if self.fault == "file":
            return 200, *self.file
        if self.fault == "error":
            return 500, "text/plain", b"out of order"
        status, media_type, body = getattr(self, f"_{self.kind}")(urlsplit(target))
        if self.fault == "broken":
            body = body[: len(body) * 2 // 3]
        return status, media_type, body

    def _theme(self, one: Row) -> str:
        return THEMES.get(self.kind, "ZNF00") if one["theme"] == "yes" else one["theme"]

    def _listing(self, _target: Any) -> Answer:
        header = (
            "编号,名称,摘要,关键字,主题,提供单位,单位代码,发布日期,更新周期,共享类型,格式,数据量"
        )
        lines = [header + (",预算" if any(one["extra"] for one in self.rows) else "")]
        for one in self.rows:
            cells = [
                one["id"], one["title"], one["notes"], "学校|教育", self._theme(one), one["unit"],
                "", "2024-03-01", "每月", "无条件共享", "csv|xlsx", "1,024",
            ]  # fmt: skip
            cells += [one["extra"]] if "预算" in lines[0] else []
            lines.append(",".join(f'"{cell}"' for cell in cells))
        text = "\n".join(lines)
        # A cut-off file ends inside its last row.
        text = text[: text.rindex('"无条件共享"')] if self.fault == "truncated" else text + "\n"
        return 200, "text/csv; charset=utf-8", text.encode()

    def _gbxml(self, target: Any) -> Answer:
        name = target.path.rpartition("/")[2]
        if not name:
            links = [f'<a href="{n:05d}.xml">{n}</a>' for n in range(len(self.rows))]
            page = f'<html><body><a href="../">up</a>{"".join(links)}</body></html>'
            return 200, "text/html", page.encode()
        one = self.rows[int(name.removesuffix(".xml"))]
        theme = self._theme(one)
        category = f"<cateStd>主题分类</cateStd><cateCode>{theme}</cateCode>" if theme else ""
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><metadata xmlns="urn:cn:gbt:21063.3:2007">'
            f"<resTitle>{escape(one['title'])}</resTitle><pubDate>2024-03-01</pubDate>"
            f"<abstract>{escape(one['notes'])}</abstract>"
            f"<idPoC><rpOrgName>{one['unit']}</rpOrgName></idPoC>"
            "<descKeys><keyword>学校</keyword><keyword>教育</keyword></descKeys>"
            f"<tpCat>{category}</tpCat><resID>{one['id']}</resID>"
            + (f"<budget>{one['extra']}</budget>" if one["extra"] else "")
            + "</metadata>"
        )
        body = text.encode()
        cut = self.fault == "truncated" and int(name.removesuffix(".xml")) == len(self.rows) - 1
        return 200, "application/xml", body[: len(body) // 2] if cut else body

    def _dcat(self, target: Any) -> Answer:
        page = int(parse_qs(target.query).get("page", ["1"])[0])
        start = (page - 1) * HYDRA_PAGE
        rows = self.rows[start : start + HYDRA_PAGE]
        graph: list[dict[str, Any]] = [self._dataset(one) for one in rows]
        view: dict[str, Any] = {"@type": "PartialCollectionView", "@id": f"?page={page}"}
        if start + HYDRA_PAGE < len(self.rows) and self.fault != "truncated":
            view["next"] = f"?page={page + 1}"
        graph.append({"@type": "Collection", "totalItems": len(self.rows), "view": view})
        contexts = ["http://www.w3.org/ns/hydra/context.jsonld", "http://www.w3.org/ns/dcat.jsonld"]
        document = {"@context": contexts, "@graph": graph}
        return 200, "application/ld+json", json.dumps(document, ensure_ascii=False).encode()

    def _dataset(self, one: Row) -> dict[str, Any]:
        found: dict[str, Any] = {
            "@id": f"https://data.example.org/dataset/{one['id']}" if one["id"] else "_:b",
            "@type": "Dataset",
            "title": one["title"],
            "description": one["notes"],
            "keyword": ["学校", "教育"],
            "issued": "2024-03-01",
            "accrualPeriodicity": (
                "http://publications.europa.eu/resource/authority/frequency/MONTHLY"
            ),
            "publisher": {"@type": "foaf:Agent", "name": one["unit"]},
            "distribution": {
                "@type": "Distribution",
                "title": "数据文件",
                "downloadURL": f"https://data.example.org/{one['id']}.csv",
            },
        }
        if self._theme(one):
            found["theme"] = self._theme(one)
        return found | ({"dct:rights": one["extra"]} if one["extra"] else {})

    def _ckan(self, target: Any) -> Answer:
        query = parse_qs(target.query)
        after = re.search(r'id:\{"([^"]*)"', query.get("fq", [""])[0])
        last = after[1] if after else ""
        found = sorted((one for one in self.rows if one["id"] > last), key=lambda one: one["id"])
        packages = [self._package(one) for one in found[: int(query["rows"][0])]]
        if self.fault == "truncated":
            packages = packages[:-1]
        body = {"success": True, "result": {"count": len(found), "results": packages}}
        return 200, "application/json", json.dumps(body).encode()

    def _package(self, one: Row) -> dict[str, Any]:
        return {
            "id": one["id"],
            "name": one["id"],
            "title": one["title"],
            "notes": one["notes"],
            "num_tags": 2,
            "organization": {"title": one["unit"], "name": "unit", "id": "o"},
            "tags": [{"name": "学校"}, {"name": "教育"}],
            "groups": [{"name": self._theme(one)}] if self._theme(one) else [],
            "extras": [
                {"key": "issued", "value": "2024-03-01"},
                {"key": "frequency", "value": "monthly"},
                *([{"key": "budget", "value": one["extra"]}] if one["extra"] else []),
            ],
            "resources": [
                {"id": f"f-{one['id']}", "name": "数据文件", "url": "https://data.example.org/f"}
            ],
        }


@contextmanager
def running_site(kind: str) -> Iterator[ForeignSite]:
    """Serve a catalog for the time of a block."""
    site = ForeignSite(kind)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, media_type, body = site.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with serving(Handler) as port:
        site.port = port
        yield site
