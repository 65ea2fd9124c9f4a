"""What may be contacted: fault list rows 1 to 6 and 8, before anything is sent."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ckanext.fjgov.core.federation.address import (
    AddressPolicy,
    AllowRule,
    check_url,
    node_policy,
    parse_allow,
    redact_url,
    resource_policy,
)
from ckanext.fjgov.core.federation.address_classes import AddressClass, class_of
from ckanext.fjgov.core.federation.errors import BadScheme, BlockedAddress

EVERYWHERE = [
    f"{network}:{port}" for network in ("0.0.0.0/0", "[::]/0") for port in (80, 443, 5432)
]

POLICY_CASES = [
    # address, without rule, resource with rules everywhere, node with rules everywhere
    ("8.8.8.8", True, True, True),
    ("2400:3200::1", True, True, True),
    ("10.0.0.1", False, True, True),
    ("::ffff:10.0.0.1", False, True, True),
    ("192.168.0.1", False, True, True),
    ("fd12::1", False, True, True),
    ("100.64.0.1", False, True, True),
    ("127.0.0.1", False, False, True),
    ("::1", False, False, True),
    ("::ffff:7f00:1", False, False, True),
    ("169.254.169.254", False, False, False),
    ("100.100.100.200", False, False, False),
    ("169.254.1.1", False, False, False),
    ("fe80::1", False, False, False),
    ("224.0.0.1", False, False, False),
    ("0.0.0.0", False, False, False),
    ("::", False, False, False),
    ("192.0.2.1", False, False, False),
    ("2002:7f00:1::", False, False, False),
    ("2001:0:7f00:1::", False, False, False),
    ("240.0.0.1", False, False, False),
]


def allowed(policy: AddressPolicy, host: str, port: int = 80) -> bool:
    try:
        policy.check("host.example", ip_address(host), port)
    except BlockedAddress:
        return False
    return True


class TestClassOf:
    @pytest.mark.parametrize(
        ("text", "kind"),
        [
            ("8.8.8.8", AddressClass.PUBLIC),
            ("223.5.5.5", AddressClass.PUBLIC),
            ("172.15.255.255", AddressClass.PUBLIC),
            ("172.32.0.0", AddressClass.PUBLIC),
            ("2400:3200::1", AddressClass.PUBLIC),
            ("::ffff:8.8.8.8", AddressClass.PUBLIC),
            ("64:ff9b::808:808", AddressClass.PUBLIC),
            ("10.0.0.0", AddressClass.INTRANET),
            ("172.16.0.1", AddressClass.INTRANET),
            ("172.31.255.255", AddressClass.INTRANET),
            ("192.168.1.1", AddressClass.INTRANET),
            ("fd12::1", AddressClass.INTRANET),
            ("fec0::1", AddressClass.INTRANET),
            ("::ffff:10.0.0.1", AddressClass.INTRANET),
            ("100.64.0.1", AddressClass.CGNAT),
            ("100.127.255.255", AddressClass.CGNAT),
            ("100.100.100.200", AddressClass.METADATA),
            ("169.254.169.254", AddressClass.METADATA),
            ("::ffff:169.254.169.254", AddressClass.METADATA),
            ("fd00:ec2::254", AddressClass.METADATA),
            ("127.0.0.1", AddressClass.LOOPBACK),
            ("127.255.255.254", AddressClass.LOOPBACK),
            ("::1", AddressClass.LOOPBACK),
            ("::ffff:7f00:1", AddressClass.LOOPBACK),
            ("64:ff9b::7f00:1", AddressClass.LOOPBACK),
            ("169.254.0.1", AddressClass.LINK_LOCAL),
            ("fe80::1", AddressClass.LINK_LOCAL),
            ("224.0.0.1", AddressClass.MULTICAST),
            ("ff02::1", AddressClass.MULTICAST),
            ("0.0.0.0", AddressClass.UNSPECIFIED),
            ("0.1.2.3", AddressClass.UNSPECIFIED),
            ("::", AddressClass.UNSPECIFIED),
            ("192.0.2.1", AddressClass.DOCUMENTATION),
            ("198.51.100.1", AddressClass.DOCUMENTATION),
            ("203.0.113.1", AddressClass.DOCUMENTATION),
            ("2001:db8::1", AddressClass.DOCUMENTATION),
            ("3fff::1", AddressClass.DOCUMENTATION),
            ("2002:7f00:1::", AddressClass.TUNNEL),
            ("2001:0:7f00:1::", AddressClass.TUNNEL),
            ("192.88.99.1", AddressClass.TUNNEL),
            ("::7f00:1", AddressClass.RESERVED),
            ("198.18.0.1", AddressClass.RESERVED),
            ("240.0.0.1", AddressClass.RESERVED),
            ("255.255.255.255", AddressClass.RESERVED),
            ("4000::1", AddressClass.RESERVED),
            ("2001:1::1", AddressClass.RESERVED),
        ],
    )
    def test_every_kind_of_address_is_known(self, text: str, kind: AddressClass) -> None:
        assert class_of(ip_address(text)) is kind


class TestPolicies:
    @pytest.mark.parametrize(("text", "bare", "resource", "node"), POLICY_CASES)
    def test_rules_open_only_what_the_flavour_permits(
        self, text: str, bare: bool, resource: bool, node: bool
    ) -> None:
        rules = [parse_allow(rule) for rule in EVERYWHERE]
        assert (
            allowed(resource_policy(), text),
            allowed(node_policy(), text),
            allowed(resource_policy(rules), text),
            allowed(node_policy(rules), text),
        ) == (bare, bare, resource, node)

    def test_a_rule_holds_for_its_network_and_port_only(self) -> None:
        policy = resource_policy([parse_allow("10.1.0.0/16:443")])
        assert allowed(policy, "10.1.255.1", 443)
        assert not allowed(policy, "10.1.255.1", 80)
        assert not allowed(policy, "10.2.0.1", 443)

    def test_a_host_rule_opens_the_intranet_for_that_name_only(self) -> None:
        policy = node_policy([parse_allow("node.example.gov.cn:8443")])
        policy.check("node.example.gov.cn", ip_address("10.9.9.9"), 8443)
        for host, address in [
            ("other.example.gov.cn", "10.9.9.9"),
            ("node.example.gov.cn", "127.0.0.1"),
            ("node.example.gov.cn", "169.254.169.254"),
        ]:
            with pytest.raises(BlockedAddress):
                policy.check(host, ip_address(address), 8443)

    def test_the_name_localhost_may_mean_this_machine(self) -> None:
        node_policy([parse_allow("localhost:5001")]).check("localhost", ip_address("::1"), 5001)

    def test_own_ports_are_refused_even_on_public_addresses_and_under_a_rule(self) -> None:
        policy = resource_policy([parse_allow("10.0.0.0/8:5432")], own_ports=[5432])
        assert not allowed(policy, "10.0.0.1", 5432)
        assert not allowed(policy, "8.8.8.8", 5432)

    def test_always_refused_networks_win_over_public(self) -> None:
        policy = AddressPolicy(always_refused=(ip_network("8.8.8.0/24"),))
        assert not allowed(policy, "8.8.8.8")
        assert not allowed(policy, "::ffff:8.8.8.8")
        assert allowed(policy, "8.8.4.4")

    def test_the_message_says_in_both_languages_what_to_do(self) -> None:
        with pytest.raises(BlockedAddress) as caught:
            resource_policy().check("h", ip_address("10.0.0.1"), 443)
        assert str(caught.value) == (
            "地址被拒绝：内网地址不在允许名单内，请管理员按“主机或网段:端口”登记 / "
            "blocked address: an intranet address needs an allow rule `host-or-network:port` "
            "(10.0.0.1:443)"
        )


class TestParseAllow:
    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("10.1.0.0/16:443", AllowRule("", ip_network("10.1.0.0/16"), 443)),
            (" 127.0.0.1:5001 ", AllowRule("", ip_network("127.0.0.1/32"), 5001)),
            ("[fd00::]/8:443", AllowRule("", ip_network("fd00::/8"), 443)),
            ("[fd00::/8]:443", AllowRule("", ip_network("fd00::/8"), 443)),
            ("[::1]:5001", AllowRule("", ip_network("::1/128"), 5001)),
            ("Node.Example.GOV.cn:8443", AllowRule("node.example.gov.cn", None, 8443)),
        ],
    )
    def test_written_rules(self, text: str, rule: AllowRule) -> None:
        assert parse_allow(text) == rule

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "10.0.0.0/8",
            "10.0.0.0/8:",
            "10.0.0.0/8:0",
            "10.0.0.0/8:65536",
            "10.0.0.1/8:443",
            "10.0.0.0/33:443",
            "::1:443",
            "*:443",
            "host name:443",
            "2130706433:80",
            "0x7f.1:80",
            "a/b:80",
        ],
    )
    def test_refused_rules(self, text: str) -> None:
        with pytest.raises(ValueError, match="/"):
            parse_allow(text)


class TestCheckUrl:
    def test_parts_of_a_url(self) -> None:
        target = check_url(
            "HTTPS://Data.Example.GOV.cn:8443/共享/a b.csv?名=值&x=%20".replace(" ", "")
        )
        assert (target.scheme, target.host, target.port, target.address) == (
            "https",
            "data.example.gov.cn",
            8443,
            None,
        )
        assert target.path_query == ("/%E5%85%B1%E4%BA%AB/ab.csv?%E5%90%8D=%E5%80%BC&x=%20")
        assert target.authority() == "data.example.gov.cn:8443"

    @pytest.mark.parametrize(
        ("url", "authority"),
        [
            ("http://example.cn", "example.cn"),
            ("https://example.cn:443/", "example.cn"),
            ("http://example.cn:443/", "example.cn:443"),
            ("http://example.cn./", "example.cn"),
            ("http://[2400:3200::1]/", "[2400:3200::1]"),
            ("http://[2400:3200:0::1]:81/", "[2400:3200::1]:81"),
            ("http://中国/", "xn--fiqs8s"),
        ],
    )
    def test_host_header(self, url: str, authority: str) -> None:
        assert check_url(url).authority() == authority

    @pytest.mark.parametrize(
        "url",
        [
            "file:///etc/hosts",
            "ftp://example.cn/",
            "gopher://example.cn/",
            "data:text/plain,x",
            "//example.cn/",
            "example.cn/x",
            "",
        ],
    )
    def test_other_schemes_are_refused(self, url: str) -> None:
        with pytest.raises(BadScheme):
            check_url(url)

    @pytest.mark.parametrize(
        "url",
        [
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0x7f.1/",
            "http://0x7f000001/",
            "http://127.1/",
            "http://１２７.0.0.1/",
            "http://①②⑦.0.0.1/",
            "http://[fe80::1%25eth0]/",
            "http://[::1/",
            "http://[127.0.0.1]/",
            "http://user:secret@example.cn/",
            "http://user@example.cn/",
            "http://@example.cn/",
            "http://example.cn:0/",
            "http://example.cn:99999/",
            "http://exa mple.cn/",
            "http://example.cn/\r\nX: y",
            "http://example.cn\\@10.0.0.1/",
            "http:///x",
            "http://-a.cn/",
            "http://a..cn/",
            "http://example.cn/" + "a" * 5000,
        ],
    )
    def test_disguised_and_malformed_addresses_are_refused(self, url: str) -> None:
        with pytest.raises(BlockedAddress) as caught:
            check_url(url)
        assert "secret" not in str(caught.value)


URL_WORDS = (
    "http https file : // / @ [ ] ::1 127.0.0.1 0x7f 1 . % %25 ? # \\ 福 ． １ xn-- - _ a :80"
)
URL_PIECES = st.sampled_from([*URL_WORDS.split(), "\0", "\n", " "])


@given(st.lists(URL_PIECES, max_size=10).map("".join) | st.text(max_size=30))
@example("http://[v1.x]/")
@example("http://xn--/")
@example("http://" + "a" * 64 + ".cn/")
def test_any_text_is_a_target_or_a_refusal(text: str) -> None:
    redact_url(text)
    for url in (text, "http://" + text):
        try:
            target = check_url(url)
        except (BadScheme, BlockedAddress):
            continue
        assert target.path_query.startswith("/")
        assert (target.path_query + target.authority()).isascii()
        assert not set(target.path_query) & set(" \r\n\0#\\")
        assert not set(target.authority()) & set(" \r\n\0#\\@/?%")


class TestRedactUrl:
    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://u:p@example.cn:81/secret?token=1#x", "http://example.cn:81"),
            ("https://u@[2400::1]/x", "https://[2400::1]"),
            ("mysql://root:pw@10.0.0.1:3306/db", "mysql://10.0.0.1:3306"),
            ("file:///etc/passwd", "file:"),
            ("not a url secret", "?:"),
            ("http://[broken", "?"),
            ("http://example.cn:99999/", "?"),
            ("http://ex<script>/", "http:"),
        ],
    )
    def test_nothing_but_scheme_host_and_port_is_shown(self, url: str, shown: str) -> None:
        assert redact_url(url) == shown
