"""What can go wrong between nodes, each with a Chinese and an English text.

FederationError
├─ FetchError           a remote address could not be read
│  ├─ BlockedAddress    the address may not be contacted
│  ├─ BadScheme         neither http nor https, or a step down from https to http
│  ├─ FetchTimeout      a deadline passed
│  ├─ TooLarge          the answer is longer than allowed
│  ├─ RatioExceeded     the answer unpacks to suspiciously much
│  ├─ BadStatus         an HTTP status that was not asked for
│  ├─ BadContent        the answer is not what was asked for
│  ├─ TlsRefused        the certificate or protocol version is not acceptable
│  ├─ ConnectionFailed  nobody answers, or the connection breaks
│  └─ RedirectLoop      too many redirects
├─ SignatureRefused     a signed request or answer does not hold
├─ FeedRefused          a feed breaks its format
├─ JsonRefused          text is not interoperable JSON
├─ EpochChanged         the node was restored: its cursor no longer means what it meant
├─ KeyRefused           a key or a key file is not usable
└─ ScopeConflict        two nodes claim the same divisions
"""

# ruff: noqa: N818 - the names say what is wrong with what; the base class says that it is an error.

from __future__ import annotations

PASSING_STATUSES = frozenset({429, 502, 503, 504})
_SIGNATURE_TEXTS = {
    "missing": ("缺少签名", "the signature is missing"),
    "malformed": ("签名格式不正确", "the signature is malformed"),
    "unknown_sender": ("签名节点未登记", "the signing node is not registered"),
    "bad_signature": ("签名校验失败", "the signature does not verify"),
    "wrong_audience": ("签名的接收节点不是本节点", "the signature is meant for another node"),
    "expired": ("签名已过期，请检查两端时钟", "the signature has expired; check both clocks"),
    "not_yet": (
        "签名时间晚于本机时间，请检查两端时钟",
        "the signature is dated in the future; check both clocks",
    ),
    "altered_method": ("请求方法与签名不符", "the method differs from the signed one"),
    "altered_query": ("请求路径或参数与签名不符", "the path or query differs from the signed"),
    "altered_body": ("内容与签名不符", "the body differs from the signed one"),
    "altered_facts": ("结尾行与签名不符", "the closing facts differ from the signed ones"),
    "wrong_nonce": ("应答不属于本次请求", "the answer belongs to another request"),
    "replayed": ("同一签名请求已使用过", "the signed request was used before"),
}


class FederationError(Exception):
    """Base of every error here.

    Attributes:
        kind: short English word for machines and tables.
        zh: what happened and what to do, in Chinese.
        en: the same in English.
    """

    kind = "federation"

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class FetchError(FederationError):
    """A remote address could not be read.

    Attributes:
        url: scheme, host and port at most, as `address.redact_url` gives them; "" when unknown.
    """

    kind = "fetch"

    def __init__(self, zh: str, en: str, url: str = "") -> None:
        super().__init__(zh, en)
        self.url = url

    def __str__(self) -> str:
        return f"{self.zh} / {self.en} ({self.url})" if self.url else super().__str__()

    def may_pass(self) -> bool:
        """Tell whether a moment's wait may cure it."""
        return False


class BlockedAddress(FetchError):
    """The address may not be contacted."""

    kind = "blocked_address"


class BadScheme(FetchError):
    """The address is neither http nor https, or a redirect steps down from https to http."""

    kind = "bad_scheme"


class FetchTimeout(FetchError):
    """A connect, read or total deadline passed."""

    kind = "timeout"

    def may_pass(self) -> bool:
        """Say yes: the server may be busy."""
        return True


class TooLarge(FetchError):
    """The answer is longer than allowed."""

    kind = "too_large"


class RatioExceeded(FetchError):
    """The answer unpacks to more than the allowed multiple of what was received."""

    kind = "ratio"


class BadStatus(FetchError):
    """The server answered with a status that was not asked for."""

    kind = "bad_status"

    def __init__(self, zh: str, en: str, url: str = "", status: int = 0) -> None:
        super().__init__(zh, en, url)
        self.status = status

    def may_pass(self) -> bool:
        """Say yes for statuses of an overloaded or restarting server."""
        return self.status in PASSING_STATUSES


class BadContent(FetchError):
    """The answer is not what was asked for: a login page, an empty body, an unknown coding."""

    kind = "bad_content"


class TlsRefused(FetchError):
    """The certificate or the protocol version is not acceptable."""

    kind = "tls"


class ConnectionFailed(FetchError):
    """Nobody answers at the address, or the connection broke."""

    kind = "connection"

    def may_pass(self) -> bool:
        """Say yes: the server may be restarting."""
        return True


class RedirectLoop(FetchError):
    """The server redirects too often."""

    kind = "redirect_loop"


class SignatureRefused(FederationError):
    """A signed request or answer does not hold; `kind` says which part."""

    def __init__(self, kind: str, detail: str = "") -> None:
        zh, en = _SIGNATURE_TEXTS[kind]
        super().__init__(f"{zh}：{detail}" if detail else zh, f"{en}: {detail}" if detail else en)
        self.kind = kind


class FeedRefused(FederationError):
    """A feed breaks its format.

    Attributes:
        line: number of the line, counted from 1; 0 when no line is to blame.
        rule: short name of the broken rule.
    """

    kind = "feed"

    def __init__(self, line: int, rule: str, zh: str, en: str) -> None:
        super().__init__(f"第 {line} 行（{rule}）：{zh}", f"line {line} ({rule}): {en}")
        self.line = line
        self.rule = rule


class JsonRefused(FederationError):
    """Text is not interoperable JSON (RFC 7493); `rule` names what it breaks."""

    kind = "json"

    def __init__(self, rule: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.rule = rule


class EpochChanged(FederationError):
    """The node was restored or the checkpoint differs (HTTP 409): compare by buckets.

    Attributes:
        epoch: the node's present epoch.
        head: its highest sequence number.
        digest: the text form of its catalog digest.
    """

    kind = "epoch_changed"

    def __init__(self, epoch: str, head: int, digest: str) -> None:
        super().__init__(
            "对方节点已恢复或换代，游标失效，将按分桶摘要比对",
            "the node was restored: the cursor is void and buckets are compared instead",
        )
        self.epoch = epoch
        self.head = head
        self.digest = digest


class KeyRefused(FederationError):
    """A key or a key file is not usable."""

    kind = "key"


class ScopeConflict(FederationError):
    """Two nodes claim the same divisions for the same days."""

    kind = "scope"
