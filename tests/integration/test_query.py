"""The query service: who may ask, what of a table is given, and how pages and formats agree."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import psycopg2
import pytest
import redis
import requests
from ckanapi.errors import NotAuthorized, ValidationError
from hypothesis import given
from hypothesis import settings as hsettings
from hypothesis import strategies as st

from ckanext.fjgov.core.exchange import filters
from ckanext.fjgov.core.exchange.tables import Column
from ckanext.fjgov.core.exchange.typed_values import typed
from tests.integration.api import client, open_entry, sql
from tests.integration.sharing_cases import NODE, People, granted, step, uses_of
from tests.integration.stack_env import StackInfo
from tests.integration.table_cases import (
    COLUMNS,
    Mounted,
    ask,
    items_of,
    mounted,
    rows,
    some_rows,
)

NAMES = [name for name, *_rest in COLUMNS]
CLASS_1 = {"share_type": "1", "restriction_kind": None}


@pytest.fixture(scope="module")
def table(stack: StackInfo) -> Mounted:
    """A table of class 2."""
    return mounted(stack, some_rows(57))


@pytest.fixture(scope="module")
def unrestricted(stack: StackInfo) -> Mounted:
    return mounted(stack, some_rows(9), **CLASS_1)


@pytest.fixture(scope="module")
def grant(people: People, table: Mounted) -> dict[str, Any]:
    """A grant of three columns, of the rows of one area."""
    return narrow(people, table)


def narrow(people: People, table: Mounted, **change: Any) -> dict[str, Any]:
    target = {
        "kind": "entry",
        "id": table.entry["id"],
        "items": items_of(table.entry, "xm", "mj", "rq"),
        "filter": [{"item": items_of(table.entry, "xzqh")[0], "op": "eq", "value": "350200"}],
    }
    [made] = granted(people, mode="query", **({"targets": [target]} | change))
    return made


def said(answer: requests.Response, status: int) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()
    assert answer.status_code == status, found
    assert found["error"] == status
    assert found["zh"]
    assert found["en"]
    return found


def expected(table: Mounted, *names: str, area: str = "") -> list[dict[str, Any]]:
    """Give the rows that a query must give, as JSON has them."""
    return [
        {name: plain(row[NAMES.index(name)]) for name in names}
        for row in table.rows
        if area in ("", row[1])
    ]


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def read(answer: requests.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text[:500]
    found: dict[str, Any] = answer.json(parse_float=Decimal)
    return found


class TestWhoMayAsk:
    """Class, reader and grant decide; a refusal names its article."""

    @pytest.mark.parametrize(
        ("who", "status"),
        [("anonymous", 403), ("staff", 200), ("registrar", 200), ("sysadmin", 200)],
    )
    def test_staff_query_what_is_unrestricted(
        self, stack: StackInfo, unrestricted: Mounted, who: str, status: int
    ) -> None:
        answer = rows(stack, unrestricted.resource, client(stack, NODE, who))
        assert answer.status_code == status, answer.text

    @pytest.mark.parametrize("who", ["anonymous", "staff", "sysadmin", "platform_operator"])
    def test_nobody_queries_restricted_data_without_a_grant(
        self, stack: StackInfo, table: Mounted, who: str
    ) -> None:
        found = said(rows(stack, table.resource, client(stack, NODE, who)), 403)
        assert "第二十二条" in found["article"]

    def test_anybody_queries_what_is_open(self, stack: StackInfo) -> None:
        made = mounted(stack, some_rows(3), **open_entry())
        assert read(rows(stack, made.resource))["rows"] == expected(made, *NAMES)

    def test_what_is_not_shared_or_not_mounted(self, stack: StackInfo, people: People) -> None:
        made = mounted(stack, some_rows(1), share_type="3", restriction_kind=None)
        assert said(rows(stack, made.resource, people.asking), 403)["article"].startswith("第四条")
        assert rows(stack, made.resource).status_code == 404
        sql(stack, NODE, "DELETE FROM fjgov_mount WHERE resource = %s", made.resource)
        assert rows(stack, made.resource, people.registrar).status_code == 404
        assert rows(stack, "no-such-resource", people.asking).status_code == 404

    def test_stricter_items_of_an_unrestricted_entry_need_a_grant(
        self, stack: StackInfo, people: People
    ) -> None:
        basis = {
            "share_type": "2",
            "basis_title": "示例规定",
            "basis_number": "闽政〔2026〕1号",
            "basis_clause": "第一条",
            "basis_statement": "示例",
        }
        made = mounted(stack, some_rows(3), stricter={"mj": basis}, **CLASS_1)
        found = read(rows(stack, made.resource, people.asking))
        assert [one["name"] for one in found["fields"]] == [one for one in NAMES if one != "mj"]
        for params in ({"fields": "mj"}, {"mj__ge": "1"}, {"sort": "mj"}):
            refused = said(rows(stack, made.resource, people.asking, **params), 403)
            assert "mj" in refused["zh"]
        assert rows(stack, made.resource, people.registrar, fields="mj").status_code == 200

    def test_a_grant_that_is_taken_back_gives_nothing(
        self, stack: StackInfo, people: People, table: Mounted
    ) -> None:
        made = narrow(people, table)
        assert rows(stack, table.resource, people.asking, grant=made["number"]).status_code == 200
        assert rows(stack, table.resource, people.other, grant=made["number"]).status_code == 403
        step(people.providing, made["number"], "revoke")
        found = said(rows(stack, table.resource, people.asking, grant=made["number"]), 403)
        assert "收回" in found["zh"]


class TestWithinAGrant:
    """Columns and rows of the grant, whatever is asked."""

    def test_columns_and_rows(
        self, stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
    ) -> None:
        found = read(rows(stack, table.resource, people.asking))
        assert found["rows"] == expected(table, "xm", "mj", "rq", area="350200")
        assert found["total"] == found["count"] == len(found["rows"]) == 28
        assert found["grant"] == grant["number"]
        assert found["next"] is None

    @pytest.mark.parametrize(
        "params",
        [{"fields": "xm,rs"}, {"rs__ge": "0"}, {"sort": "-rs"}, {"xzqh": "350100"}],
    )
    def test_a_column_outside_is_refused_by_name(
        self, stack: StackInfo, people: People, table: Mounted, params: dict[str, str],
        grant: dict[str, Any],
    ) -> None:  # fmt: skip
        refused = said(rows(stack, table.resource, people.asking, **params), 403)
        assert "rs" in refused["zh"] or "xzqh" in refused["zh"]

    def test_conditions_are_added_to_those_of_the_grant(
        self, stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
    ) -> None:
        found = read(rows(stack, table.resource, people.asking, mj__ge="2.5", sort="-mj,xm"))
        wanted = [
            one
            for one in expected(table, "xm", "mj", "rq", area="350200")
            if one["mj"] is not None and one["mj"] >= Decimal("2.5")
        ]
        assert len(found["rows"]) == found["total"] == len(wanted) > 5
        assert [one["mj"] for one in found["rows"]] == sorted(
            (one["mj"] for one in wanted), reverse=True
        )

    def test_the_action_gives_the_same(
        self, stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
    ) -> None:
        params = {"fields": "mj,xm", "limit": 4, "mj__between": ["1", "4"]}
        by_page = rows(stack, table.resource, people.asking, **params).json()
        by_action = people.asking.action.fjgov_data_query(resource_id=table.resource, **params)
        for name in ("fields", "rows", "count", "total", "version", "grant"):
            assert by_action[name] == by_page[name]
        with pytest.raises(NotAuthorized, match="rs"):
            people.asking.action.fjgov_data_query(resource_id=table.resource, fields=["rs"])
        with pytest.raises(ValidationError, match="nonsense"):
            people.asking.action.fjgov_data_query(resource_id=table.resource, nonsense=1)

    def test_each_call_is_a_use(
        self, stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
    ) -> None:
        before = len(uses_of(people.providing, grant=grant["number"]))
        answer = rows(stack, table.resource, people.asking)
        rows(stack, table.resource, people.asking, fields="rs")
        found = uses_of(people.providing, grant=grant["number"])
        assert len(found) == before + 1
        assert found[0]["mode"] == "query"
        assert found[0]["outcome"] == "done"
        assert found[0]["size"] == len(answer.content)


class TestPagesAndFormats:
    """All rows, once each, in one order; JSON and CSV the same."""

    @pytest.mark.parametrize("more", [{}, {"sort": "xzqh"}, {"offset": "3"}])
    def test_pages_are_complete(
        self, stack: StackInfo, unrestricted: Mounted, people: People, more: dict[str, str]
    ) -> None:
        answer = rows(stack, unrestricted.resource, people.asking, limit=2, **more)
        whole = read(rows(stack, unrestricted.resource, people.asking, **more))["rows"]
        found: list[Any] = []
        while True:
            page = read(answer)
            found += page["rows"]
            assert page["total"] == 9
            if not page["next"]:
                break
            assert page["next"].startswith(stack.urls[NODE])
            assert len(page["rows"]) == 2
            answer = requests.get(
                page["next"], headers={"Authorization": people.asking.apikey}, timeout=60
            )
        assert found == whole
        assert len(found) == 9 - int(more.get("offset", 0))

    def test_pages_of_two_versions_are_not_mixed(
        self, stack: StackInfo, unrestricted: Mounted, people: People
    ) -> None:
        params = {"limit": 2, "after": 2, "version": 7}
        assert rows(stack, unrestricted.resource, people.asking, **params).status_code == 409

    def test_csv_has_the_same_rows(
        self, stack: StackInfo, unrestricted: Mounted, people: People
    ) -> None:
        as_json = read(rows(stack, unrestricted.resource, people.asking))["rows"]
        answer = rows(stack, unrestricted.resource, people.asking, format="csv", exact="true")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        [head, *lines] = csv.reader(io.StringIO(answer.content.decode(), newline=""))
        assert head == NAMES
        assert lines == [[cell(row[name]) for name in NAMES] for row in as_json]
        plain_text = rows(stack, unrestricted.resource, people.asking, format="csv").content
        assert plain_text.startswith("\ufeff".encode())
        assert "\n'=1+1," in plain_text.decode()
        assert "\n'-负号," in plain_text.decode()


def cell(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


class TestHostileParameters:
    """Whatever is sent is a value or refused, and never a statement."""

    @pytest.mark.parametrize(
        "value",
        [
            "' OR 1=1 --",
            "'; DROP TABLE x; --",
            "%s",
            "%(g0)s",
            ":x",
            "\\",
            '"',
            "𝕏" * 200,
            "a\u0000b",
        ],
    )
    def test_values(
        self, stack: StackInfo, unrestricted: Mounted, people: People, value: str
    ) -> None:
        answer = rows(stack, unrestricted.resource, people.asking, xm=value)
        if "\u0000" in value:
            said(answer, 400)
        else:
            assert read(answer)["rows"] == []
        assert read(rows(stack, unrestricted.resource, people.asking))["total"] == 9

    @pytest.mark.parametrize(
        "params",
        [
            {"fields": 'xm","rs'},
            {"fields": "xm; SELECT 1"},
            {"fields": "_id"},
            {"fields": "fjgov_version"},
            {"sort": "xm DESC; --"},
            {"sort": "(SELECT 1)"},
            {"limit": "0"},
            {"limit": "1e3"},
            {"limit": "99999999"},
            {"limit": ["1", "2"]},
            {"offset": "-1"},
            {"after": "1", "sort": "xm"},
            {"count": "perhaps"},
            {"format": "xml"},
            {"rs": "12; --"},
            {"rs__like": "1"},
            {"rs__between": "1"},
            {"rq__ge": "yesterday"},
            {"yx__lt": "true"},
            {"xm": "x" * 1001},
            {"xm; --": "1"},
            {"无此列": "1"},
            {"xm": ["a", "b"]},
        ],
    )
    def test_what_is_not_understood_is_refused(
        self, stack: StackInfo, unrestricted: Mounted, people: People, params: dict[str, Any]
    ) -> None:
        said(rows(stack, unrestricted.resource, people.asking, **params), 400)

    def test_what_is_unknown_is_told_with_what_is_known(
        self, stack: StackInfo, unrestricted: Mounted, people: People
    ) -> None:
        found = said(rows(stack, unrestricted.resource, people.asking, feilds="xm"), 400)
        for known in ("feilds", "fields", "xzqh"):
            assert known in found["zh"]
            assert known in found["en"]

    def test_it_only_answers_get(self, stack: StackInfo, unrestricted: Mounted) -> None:
        address = f"{stack.urls[NODE]}/share/{unrestricted.resource}/rows"
        for method in ("HEAD", "POST", "PUT", "DELETE"):
            assert requests.request(method, address, timeout=60).status_code in {400, 403, 405}


class TestService:
    """The service describes itself to each reader."""

    def test_examples_of_the_description_work(
        self, stack: StackInfo, people: People, table: Mounted, grant: dict[str, Any]
    ) -> None:
        answer = ask(stack, table.resource, "openapi.json", people.asking)
        document = answer.json()
        assert document["openapi"] == "3.1.0"
        operation = document["paths"]["/rows"]["get"]
        assert list(document["components"]["schemas"]["Row"]["properties"]) == ["xm", "mj", "rq"]
        assert "xzqh" not in answer.text
        names = {one["name"] for one in operation["parameters"]}
        server = document["servers"][0]["url"]
        examples = operation["x-examples"]
        assert len(examples) > 3
        for params in examples.values():
            assert set(params) <= names
            found = requests.get(
                f"{server}/rows",
                params=params,
                headers={"Authorization": people.asking.apikey},
                timeout=60,
            )
            assert found.status_code == 200, found.text
            assert found.headers["Content-Type"].split(";")[0] in {"application/json", "text/csv"}

    def test_it_is_described_to_nobody_else(self, stack: StackInfo, table: Mounted) -> None:
        assert ask(stack, table.resource, "openapi.json").status_code == 403

    def test_a_browser_gets_a_page_of_refusal(self, stack: StackInfo, table: Mounted) -> None:
        answer = ask(stack, table.resource, "rows", Accept="text/html,*/*;q=0.8")
        assert answer.status_code == 403
        assert answer.headers["Content-Type"].startswith("text/html")


class TestLimits:
    """How often, and how much in a day."""

    def test_a_quota_ends_and_says_until_when(
        self, stack: StackInfo, people: People, table: Mounted
    ) -> None:
        made = narrow(people, table, quota={"uses_per_day": 3, "rows_per_day": 15})
        params = {"grant": made["number"]}
        assert read(rows(stack, table.resource, people.asking, limit=10, **params))["count"] == 10
        found = said(rows(stack, table.resource, people.asking, limit=10, **params), 429)
        assert "还可取得 5 行" in found["zh"]
        assert found["article"] == "第二十二条"
        for _ in range(2):
            assert rows(stack, table.resource, people.asking, limit=2, **params).status_code == 200
        answer = rows(stack, table.resource, people.asking, limit=1, **params)
        assert "使用次数" in said(answer, 429)["zh"]
        assert 0 < int(answer.headers["Retry-After"]) <= 86_401
        by_action = requests.post(
            f"{stack.urls[NODE]}/api/3/action/fjgov_data_query",
            json={"resource_id": table.resource, **params},
            headers={"Authorization": people.asking.apikey},
            timeout=60,
        )
        assert by_action.status_code == 429
        assert 0 < int(by_action.headers["Retry-After"]) <= 86_401
        assert by_action.json()["error"]["__type"] == "Rate Limit Error"
        assert "使用次数" in by_action.json()["error"]["query"][0]
        assert len(uses_of(people.providing, grant=made["number"])) == 3

    def test_too_many_requests_in_a_minute(
        self, stack: StackInfo, unrestricted: Mounted, people: People
    ) -> None:
        """As many as are allowed have been counted; the turn of a minute may lie between once."""
        for _ in range(2):
            rows(stack, unrestricted.resource, people.other)
            for key in counters(stack):
                counters_of(stack).set(key, 120, keepttl=True)
            answer = rows(stack, unrestricted.resource, people.other)
            if answer.status_code == 429:
                break
        assert "过于频繁" in said(answer, 429)["zh"]
        assert 0 < int(answer.headers["Retry-After"]) <= 60
        counters_of(stack).delete(*counters(stack))
        assert rows(stack, unrestricted.resource, people.other).status_code == 200


def counters_of(stack: StackInfo) -> redis.Redis:
    url = next(
        line.partition("=")[2].strip()
        for line in stack.inis[NODE].read_text("utf-8").splitlines()
        if line.startswith("ckan.redis.url")
    )
    return redis.Redis.from_url(url)


def counters(stack: StackInfo) -> list[Any]:
    return list(counters_of(stack).scan_iter("fjgov:*:pace:*"))


FILTERED = [Column(name, f"item-{name}", title, kind) for name, title, kind, *_ in COLUMNS]
ITEMS = {column.item: column for column in FILTERED}
VALUES = {
    "text": st.sampled_from(["张三", "", "=1+1", "两\n行", "😀", "长", "O'Neil %s :x", "\\", "z"]),
    "decimal": st.integers(-4, 60).map(lambda n: str(Decimal(n) / 8)),
    "integer": st.integers(-1, 60).map(lambda n: n * 1_000_000_007),
    "date": st.dates(date(2026, 1, 1), date(2027, 1, 1)).map(date.isoformat),
    "moment": st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 30)).map(datetime.isoformat),
    "flag": st.booleans(),
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    column = draw(st.sampled_from(FILTERED))
    op = draw(st.sampled_from(filters.ops_of(column.kind)))
    one: dict[str, Any] = {"item": column.item, "op": op}
    values = VALUES[column.kind]
    if op == "is_null":
        return {**one, "value": draw(st.booleans())}
    if op == "between":
        return {**one, "values": [draw(values), draw(values)]}
    if op == "in":
        return {**one, "values": draw(st.lists(values, min_size=1, max_size=4))}
    return {**one, "value": draw(values)}


def holds(one: dict[str, Any], row: Any) -> bool:
    """Say what a condition means, apart from any database."""
    column = ITEMS[one["item"]]
    value, op = row[NAMES.index(column.name)], one["op"]
    if op == "is_null":
        return (value is None) is one["value"]
    if value is None:
        return False
    told = [typed(each, column.kind) for each in one.get("values", [one.get("value")])]
    return {
        "eq": lambda: value == told[0],
        "ne": lambda: value != told[0],
        "lt": lambda: value < told[0],
        "le": lambda: value <= told[0],
        "gt": lambda: value > told[0],
        "ge": lambda: value >= told[0],
        "in": lambda: value in told,
        "between": lambda: told[0] <= value <= told[1],
        "starts": lambda: value.startswith(told[0]),
    }[op]()


def test_a_filter_means_in_postgresql_what_it_means_here(stack: StackInfo, table: Mounted) -> None:
    url = stack.stack.sites.datastores.urls(stack.nodes[NODE])["DATASTORE_READ_URL"]
    link = psycopg2.connect(url)

    @hsettings(max_examples=150, deadline=None)
    @given(st.lists(conditions(), min_size=1, max_size=3))
    def compare(data: list[dict[str, Any]]) -> None:
        assert not filters.faults(data, ITEMS, {one.item: one.kind for one in FILTERED})
        sql_text, params = filters.clause(data, FILTERED)
        with link, link.cursor() as cursor:
            cursor.execute(
                f'SELECT _id FROM "{table.resource}" WHERE {sql_text} ORDER BY _id', params
            )
            found = [number for (number,) in cursor.fetchall()]
        wanted = [
            number
            for number, row in enumerate(table.rows, 1)
            if all(holds(one, row) for one in data)
        ]
        assert found == wanted

    try:
        compare()
    finally:
        link.close()


def test_the_province_sends_to_the_home_node(stack: StackInfo) -> None:
    """What a city keeps is asked there, with all that was asked."""
    code = stack.nodes[NODE].code
    found = client(stack, "province").action.package_search(fq=f"home_node:{code}", rows=100)
    resource = next(one["id"] for entry in found["results"] for one in entry["resources"])
    for tail in ("rows?limit=5&xm__in=a&xm__in=b", "table.csv?since=3", "openapi.json", "preview"):
        address = f"{stack.urls['province']}/share/{resource}/{tail}"
        answer = requests.get(address, timeout=60, allow_redirects=False)
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"{stack.urls[NODE]}/share/{resource}/{tail}"
