"""Names of collection items: folding, synonyms, roles, and data files that break their form."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.collection.words import load_word_book
from ckanext.fjgov.core.errors import InvalidVocabulary

WORDS = load_word_book()
NAMES = sorted(WORDS.codes)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("户籍地址", ":hukou_address"),
        (" 户籍 地址：", ":hukou_address"),
        ("户口所在地", ":hukou_address"),
        ("身份证号码", ":person_id"),
        ("居民身份证编码", ":person_id"),
        ("户主身份号码", ":person_id"),
        ("申请人的身份证号", ":person_id"),
        ("ＶＩＮ码", ":vin"),
        ("1. 车架号", ":vin"),
        ("（2）车架号", ":vin"),
        ("建筑面积（平方米）", ":floor_area"),
        ("注册资本(万元)", ":registered_capital"),
        ("车辆识别代号（VIN）", ":vin"),
        ("建筑面积（含地下室）", "建筑面积含地下室"),
        ("企业住所", ":registered_office"),
        # Last words that say the same are folded, also in names that are not listed.
        ("体检时间", "体检日期"),
        ("体检日期", "体检日期"),
        ("PM10", "pm10"),
        ("1.5米跳板成绩", "15米跳板成绩"),
        ("……", ""),
    ],
)
def test_word(name: str, word: str) -> None:
    assert WORDS.read(name).word == word


def test_digits_behind_a_chinese_name_are_kept_apart() -> None:
    read = WORDS.read("户籍地址2")
    assert (read.word, read.digits) == (":hukou_address", "2")
    assert WORDS.read("PM2.5").digits == ""


def test_a_role_is_kept_apart() -> None:
    read = WORDS.read("户主身份号码")
    assert (read.name, read.role) == ("户主身份号码", "户主")


@pytest.mark.parametrize("name", ["姓名", "地址", "联系电话", "申请人姓名", "手机号码", "企业名称"])
def test_names_every_form_asks_for_are_common(name: str) -> None:
    assert WORDS.read(name).use == "common"
    assert WORDS.read(name, "vehicle").use == "common"


@pytest.mark.parametrize("name", ["登记日期", "审批状态", "发证机关", "有效期至", "证件号码"])
def test_names_that_take_their_meaning_from_the_business_are_bound_to_it(name: str) -> None:
    assert WORDS.read(name).use == "by_line"


def test_a_concept_is_not_meant_when_the_item_states_another_object() -> None:
    assert WORDS.read("登记状态").word == ":entity_status"
    assert WORDS.read("登记状态", "legal_entity").word == ":entity_status"
    other = WORDS.read("登记状态", "natural_person")
    assert (other.word, other.use, other.business_object) == ("登记状态", "by_line", "")


def test_near_words_point_at_each_other() -> None:
    assert ":social_security_id" in WORDS.read("公民身份号码").near
    assert ":person_id" in WORDS.read("社保号").near


@pytest.mark.parametrize(
    ("line", "folded"), [("社会救助业务", "社会救助"), ("社会 救助", "社会救助"), ("管理", "管理")]
)
def test_line_of_business(line: str, folded: str) -> None:
    assert WORDS.fold_line(line) == folded


@given(st.sampled_from(NAMES), st.text(" 　\t-—:：_·", max_size=3))
def test_spaces_and_punctuation_around_a_listed_name_change_nothing(name: str, edge: str) -> None:
    assert WORDS.read(edge + name + edge) == WORDS.read(name)


@given(st.text(max_size=40), st.sampled_from(["", "natural_person", "vehicle"]))
def test_any_text_can_be_read(name: str, stated: str) -> None:
    read = WORDS.read(name, stated)
    assert not read.is_listed or read.word.startswith(":")
    assert read.is_listed or not read.word.startswith(":")


def test_a_node_adds_its_own_words(tmp_path: Path) -> None:
    write(
        tmp_path, "- {code: person_id, zh: 公民身份号码, also: 证号十八位, object: natural_person}"
    )
    words = load_word_book(tmp_path)
    assert words.read("证号十八位").word == ":person_id"
    assert words.read("户口所在地").word == ":hukou_address"


@pytest.mark.parametrize(
    ("concept", "message"),
    [
        ("{code: own, zh: 自有, near: nowhere}", "near 指向不存在的 nowhere"),
        ("{code: own, zh: 自有, object: ghost}", "业务对象 ghost 不存在"),
        ("{code: own, zh: 自有, use: always}", "use 无效"),
        ("{code: own, zh: 户籍地址}", "已列在 hukou_address 下"),
    ],
)
def test_a_broken_file_names_the_concept_and_the_fault(
    tmp_path: Path, concept: str, message: str
) -> None:
    write(tmp_path, f"- {concept}")
    with pytest.raises(InvalidVocabulary, match=message):
        load_word_book(tmp_path)


def write(folder: Path, concept: str) -> None:
    text = (
        "name: item_synonyms\nmode: extend\ntitle: {zh_Hans_CN: 本地}\nsource: 本地\n"
        f"version: '1'\nconcepts:\n{concept}\n"
    )
    (folder / "item_synonyms.yaml").write_text(text, encoding="utf-8")
