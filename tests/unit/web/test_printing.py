"""Pages as PDF: their text with fonts that hold it, nothing fetched, and what is said without."""

from __future__ import annotations

import http.server
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pypdf
import pytest

from ckanext.fjgov.web import printing

PAGE = (
    '<!DOCTYPE html><html lang="zh-Hans"><head><title>试验</title>{head}</head>'
    "<body><h1>政务信息共享实施申请书</h1><p>核对“救助情况”，罕用字㐀</p>{more}</body></html>"
)
STYLE = "application_sheet.css"


def read(made: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made))


def test_text_is_text_and_its_fonts_come_with_it() -> None:
    page = read(printing.pdf_of(PAGE.format(head="", more=""), STYLE, "http://site.invalid/"))
    text = page.pages[0].extract_text()
    assert "政务信息共享实施申请书" in text
    assert "核对“救助情况”" in text
    fonts = [one.get_object() for one in page.pages[0]["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        described = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(described)


def test_nothing_is_fetched() -> None:
    asked: list[str] = []

    class Watching(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Watching) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        head = (
            f'<link rel="stylesheet" href="{there}/a.css"><style>@import "{there}/b.css";'
            f"@font-face {{ font-family: x; src: url({there}/c.ttf) }}"
            f" p {{ font-family: x; background: url({there}/d.png) }}</style>"
        )
        more = (
            f'<img src="{there}/e.png"><img src="file:///etc/hostname"><object data="/f"></object>'
        )
        made = printing.pdf_of(PAGE.format(head=head, more=more), STYLE, f"{there}/")
        server.shutdown()
    assert asked == []
    assert "核对" in read(made).pages[0].extract_text()


def test_without_the_library_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(printing.PdfUnavailableError, match="make run"):
        printing.pdf_of(PAGE.format(head="", more=""), STYLE, "http://site.invalid/")


def test_without_a_chinese_font_no_empty_boxes_are_printed(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><fontconfig><dir>/usr/share/fonts/truetype</dir>'
        f"<cachedir>{tmp_path}</cachedir></fontconfig>"
    )
    code = (
        "import sys; from ckanext.fjgov.web import printing\n"
        "try: printing.pdf_of(sys.argv[1], sys.argv[2], 'http://site.invalid/')\n"
        "except printing.PdfUnavailableError as error: print(error.zh)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, PAGE.format(head="", more=""), STYLE],
        env=os.environ | {"FONTCONFIG_FILE": str(config), "PYTHONUTF8": "1"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "中文字体" in done.stdout
