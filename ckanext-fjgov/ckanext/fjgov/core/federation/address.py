"""Whether an address may be contacted: decided on the address that is really connected.

There is no global switch. What is not public must be named by a rule of host or network with its
port, and some kinds of address no rule can open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import NoReturn
from urllib.parse import SplitResult, quote, urlsplit

from .address_classes import AddressClass, IPAddress, IPNetwork, class_of, unwrapped
from .errors import BadScheme, BlockedAddress

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL_CHARS = 4096
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*")
# `2130706433`, `0177.0.0.1` and `0x7f.1` are numbers to a resolver although they are no address.
_NUMERIC_HOST = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*")
_RULE = re.compile(r"(?P<host>\[[^\]]+\](?:/[0-9]{1,3})?|[^:\[\]]+):(?P<port>[0-9]{1,5})")
_SAFE_IN_PATH = "/%:=&?~+!$,;'@()*-._[]"


@dataclass(frozen=True, slots=True)
class AllowRule:
    """One exception: a host name or a network, with its port.

    Attributes:
        host: host name in lower case, or "" when the rule names a network.
        network: or None when the rule names a host.
        port: TCP port.
    """

    host: str
    network: IPNetwork | None
    port: int


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """What may be contacted besides public addresses.

    Attributes:
        allow: exceptions for addresses that are not public.
        coverable: kinds of address that an exception may open.
        always_refused_ports: ports that are refused at every address: the services of the stack
            itself (database, queue, index), never 80 or 443.
        always_refused: networks that are refused whatever the rules say.
    """

    allow: tuple[AllowRule, ...] = ()
    coverable: frozenset[AddressClass] = frozenset({AddressClass.INTRANET, AddressClass.CGNAT})
    always_refused_ports: frozenset[int] = frozenset()
    always_refused: tuple[IPNetwork, ...] = ()

    def check(self, host: str, address: IPAddress, port: int) -> None:
        """Accept one address about to be connected, or the connected one.

        Args:
            host: host of the URL in lower case, for rules that name hosts.
            address: what the host resolved to, or the peer of the connected socket.
            port: TCP port.

        Raises:
            BlockedAddress: says what kind of address it is and how it could be opened.
        """
        plain = unwrapped(address)
        kind = class_of(address)
        shown = _shown(address, port)
        if port in self.always_refused_ports:
            _refuse(f"端口 {port} 不允许访问", f"port {port} may not be contacted", shown)
        if any(plain.version == net.version and plain in net for net in self.always_refused):
            _refuse("该网段不允许访问", "the network may not be contacted", shown)
        if kind is AddressClass.PUBLIC:
            return
        if kind not in self.coverable:
            _refuse(
                f"{kind.value}不允许访问", f"a {_english(kind)} address is never contacted", shown
            )
        if not any(_covers(rule, host, plain, port, kind) for rule in self.allow):
            _refuse(
                f"{kind.value}不在允许名单内，请管理员按“主机或网段:端口”登记",
                f"an {_english(kind)} address needs an allow rule `host-or-network:port`",
                shown,
            )


def resource_policy(
    allow: Iterable[AllowRule] = (), own_ports: Iterable[int] = ()
) -> AddressPolicy:
    """Give the policy for registered resource addresses, which any unit can write.

    Loopback, link-local and the stack's own ports stay refused even under a rule.
    """
    return AddressPolicy(allow=tuple(allow), always_refused_ports=frozenset(own_ports))


def node_policy(allow: Iterable[AllowRule] = ()) -> AddressPolicy:
    """Give the policy for nodes and sources, which only an operator registers.

    A rule may open loopback, so that several nodes can run on one machine.
    """
    opened = {AddressClass.INTRANET, AddressClass.CGNAT, AddressClass.LOOPBACK}
    return AddressPolicy(allow=tuple(allow), coverable=frozenset(opened))


def parse_allow(text: str) -> AllowRule:
    """Read `10.1.0.0/16:443`, `node.example.gov.cn:8443` or `[fd00::/8]:443`.

    Raises:
        ValueError: says in Chinese and English what is wrong with the rule.
    """
    match = _RULE.fullmatch(text.strip().lower())
    port = int(match["port"]) if match else 0
    if match is None or not 1 <= port <= 65535:
        raise ValueError(
            f"允许规则应写作“主机或网段:端口” / expected host-or-network:port: {text!r}"
        )
    host = match["host"].replace("[", "").replace("]", "")
    # Bits to the right of the mask are refused: 10.1.2.3/8 is more often a slip than a wish.
    if "/" in host or ":" in host or _NUMERIC_HOST.fullmatch(host):
        try:
            return AllowRule("", ip_network(host), port)
        except ValueError as error:
            raise ValueError(f"网段格式不正确 / not a network: {text!r}") from error
    if _HOST.fullmatch(host) is None:
        raise ValueError(f"主机名格式不正确 / not a host name: {text!r}")
    return AllowRule(host, None, port)


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart for one request.

    Attributes:
        scheme: `http` or `https`.
        host: host name in lower case ASCII, or an IP address without brackets.
        port: TCP port.
        path_query: path with query as sent, ASCII.
        address: the IP address when the host is one, else None.
    """

    scheme: str
    host: str
    port: int
    path_query: str
    address: IPAddress | None

    def authority(self) -> str:
        """Give the value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def origin(self) -> tuple[str, str, int]:
        """Give what decides whether two URLs belong to one site."""
        return self.scheme, self.host, self.port

    def redacted(self) -> str:
        """Give scheme, host and port for logs and messages: no user, path or query."""
        return f"{self.scheme}://{self.authority()}"


def check_url(url: str) -> Target:
    """Take a URL apart, or refuse it before anything is resolved or sent.

    Raises:
        BadScheme: not http or https.
        BlockedAddress: user name or password inside, an IPv4 address in a disguised spelling, a
            host or port that is none, blanks or control characters.
    """
    if len(url) > MAX_URL_CHARS or any(c <= " " or c in '\\\x7f"<>^`{|}' for c in url):
        _refuse("地址含有空白或不允许的字符", "the URL contains a blank or a forbidden character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        _refuse("地址格式不正确", "the URL is malformed")
    if parts.scheme not in DEFAULT_PORTS:
        raise BadScheme(
            "只支持 http 和 https 地址", "only http and https are supported", redact_url(url)
        )
    if parts.username is not None or parts.password is not None:
        _refuse(
            "地址中不得包含用户名或密码",
            "the URL must not hold a user or password",
            redact_url(url),
        )
    if port == 0:
        _refuse("端口不正确", "the port is wrong", redact_url(url))
    host, address = _host(parts, url)
    path = quote(parts.path or "/", safe=_SAFE_IN_PATH)
    query = "?" + quote(parts.query, safe=_SAFE_IN_PATH) if parts.query else ""
    return Target(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], path + query, address)


def redact_url(url: str) -> str:
    """Give scheme, host and port of any text that may be a URL; nothing else of it is shown.

    Users and passwords are secrets, and paths and queries of registered addresses are addresses
    that not everybody may see.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "?"
    scheme = parts.scheme if re.fullmatch(r"[a-z][a-z0-9+.-]{0,20}", parts.scheme) else "?"
    if not re.fullmatch(r"[\w.:%-]{1,253}", host):
        return f"{scheme}:"
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + (f":{port}" if port else "")


def _host(parts: SplitResult, url: str) -> tuple[str, IPAddress | None]:
    host = (parts.hostname or "").removesuffix(".")
    bracketed = parts.netloc.rpartition("@")[2].startswith("[")
    try:
        address: IPAddress | None = ip_address(host)
    except ValueError:
        address = None
    if bracketed != (address is not None and address.version == 6) or "%" in host:
        _refuse("主机格式不正确", "the host is malformed", redact_url(url))
    if address is not None:
        return str(address), address
    if _NUMERIC_HOST.fullmatch(host):
        _refuse(
            "IP 地址必须写成常规的四段十进制",
            "an IPv4 address must be written as four decimal numbers",
            redact_url(url),
        )
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_host = ""
    # A name such as `１２７.0.0.1` becomes numeric only here, where IDNA folds full-width digits.
    if _HOST.fullmatch(ascii_host) is None or _NUMERIC_HOST.fullmatch(ascii_host):
        _refuse("主机名格式不正确", "the host name is malformed", redact_url(url))
    return ascii_host, None


def _covers(rule: AllowRule, host: str, address: IPAddress, port: int, kind: AddressClass) -> bool:
    if rule.port != port:
        return False
    if rule.network is not None:
        return rule.network.version == address.version and address in rule.network
    # A name in somebody's zone must not be able to point at this machine itself.
    return rule.host == host and (kind is not AddressClass.LOOPBACK or host == "localhost")


def _shown(address: IPAddress, port: int) -> str:
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"


def _english(kind: AddressClass) -> str:
    return kind.name.lower().replace("_", "-")


def _refuse(zh: str, en: str, url: str = "") -> NoReturn:
    raise BlockedAddress(f"地址被拒绝：{zh}", f"blocked address: {en}", url)
