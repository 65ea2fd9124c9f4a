"""What is added to a text search before it goes to the index."""

import pytest

from ckanext.fjgov.logic.searching import FIELDS, MIN_MATCH, with_weights


def test_a_text_query_gets_weights():
    assert with_weights({"q": "登记"}) == {"q": "登记", "qf": FIELDS, "mm": MIN_MATCH}


@pytest.mark.parametrize("given", [{"q": "title:登记"}, {"q": "登记", "qf": "title"}])
def test_other_queries_are_left_alone(given):
    assert with_weights(dict(given)) == given


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("登记 AND", "登记"),
        ("OR 登记", "登记"),
        ("登记 AND AND 信息", "登记 AND 信息"),
        ("登记　NOT", "登记"),
        ("AND", ""),
        ("登记  信息", "登记  信息"),
        ("ANDROID 应用", "ANDROID 应用"),
    ],
)
def test_operators_that_join_nothing_are_dropped(query, sent):
    assert with_weights({"q": query})["q"] == sent
