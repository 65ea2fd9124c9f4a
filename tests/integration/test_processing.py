"""Processing to order (定制): from two grants to a result, and every way in which it ends early."""

from __future__ import annotations

import hashlib

from tests.integration.processing_cases import (
    AMOUNT,
    NAME,
    PERSON,
    ended,
    fetched,
    mounted,
    order,
    source,
)
from tests.integration.sharing_cases import People
from tests.integration.stack_env import StackInfo

ROWS = [
    (" 11010119900101123x", "甲", "10.50", "秘一"),
    ("350102199003070011", "乙", "20", "秘二"),
    ("350102199003070011", "乙", "21", "秘三"),
]


def test_one_table_is_filtered_and_given_as_a_file(stack: StackInfo, people: People) -> None:
    table = mounted(stack, people, ROWS, [PERSON, NAME, AMOUNT])
    number = order(
        people.asking,
        [source(table, PERSON, AMOUNT)],
        {"do": "filter", "filter": [{"item": AMOUNT, "op": "ge", "value": "20"}]},
        {"do": "select", "items": [AMOUNT]},
    )
    job = ended(people.asking, number)
    assert (job["state"], job["rows"]) == ("done", 2), job
    answer = fetched(stack, people.asking, number, "result.csv")
    assert answer.content.decode() == "缴存金额\n20\n21\n"
    assert answer.headers["X-Checksum-SHA256"] == hashlib.sha256(answer.content).hexdigest()
