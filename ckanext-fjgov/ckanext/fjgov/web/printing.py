"""Pages as PDF (WeasyPrint): what the site itself wrote, with the fonts of the machine.

Nothing is fetched: whatever a page refers to, from this site or another, stays away.
"""

from __future__ import annotations

import threading
from importlib.resources import files
from typing import Any

# The form is Chinese; a machine without these letters would print empty boxes.
_LETTERS = frozenset(map(ord, "政务信息共享实施申请书"))
# The libraries below keep state of their own, so that two threads take turns.
_ONE_AT_A_TIME = threading.Lock()


class PdfUnavailableError(Exception):
    """No PDF can be made here; `zh` and `en` say what the operator is to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh, self.en = zh, en


def pdf_of(html: str, style: str, base: str) -> bytes:
    """Make a PDF of a page, its fonts embedded.

    Args:
        html: a whole document.
        style: name of a style sheet in `assets`.
        base: address of the site, before relative links.

    Raises:
        PdfUnavailableError: a library or the Chinese font is missing on this machine.

    Cost: 0.3 s for a page; the first one in a process takes a second more and 80 MB.
    """
    weasyprint = _library()
    css = files("ckanext.fjgov").joinpath("web/assets", style).read_text("utf-8")
    with _ONE_AT_A_TIME:
        # No protocol is allowed, `file:` and `data:` neither.
        fetcher = weasyprint.urls.URLFetcher(allowed_protocols=(), allow_redirects=False)
        page = weasyprint.HTML(string=html, base_url=base, url_fetcher=fetcher)
        document = page.render(stylesheets=[weasyprint.CSS(string=css, url_fetcher=fetcher)])
        made: bytes = document.write_pdf()
    if any(_LETTERS.intersection(font.missing) for font in document.fonts.values()):
        raise PdfUnavailableError(
            "本机没有中文字体，请平台运行单位安装 fonts-noto-cjk 后重试；可先打印本页",
            "this machine has no Chinese font: the operator installs fonts-noto-cjk",
        )
    return made


def _library() -> Any:
    """Load the library when it is needed: it takes a second, and libraries of the system."""
    try:
        import weasyprint
        import weasyprint.urls
    except (ImportError, OSError) as error:
        raise PdfUnavailableError(
            "本机缺少生成 PDF 的组件，请平台运行单位重新安装（make run）后重试；可先打印本页",
            "a library for PDF is missing: the operator installs again (make run)",
        ) from error
    return weasyprint
