"""Classification marks of Article 33: what is refused, and the lawful words that pass."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.secrecy import find_mark
from ckanext.fjgov.core.catalog.vocabulary import load_vocabulary

LAWFUL = frozenset(load_vocabulary("lawful_words").concepts)

MARKED = [
    ("绝密★", "绝密"),
    ("机密★10年", "机密"),
    ("秘密★5年 会议纪要", "秘密"),
    ("绝密级★长期", "绝密"),
    ("关于某事项的通知 机密 ★ 20年", "机密"),
    ("★秘密", "秘密"),
    ("机密☆", "机密"),
    ("机密*10年", "机密"),
    ("绝　密★", "绝密"),
    ("机\u200b密★", "机密"),
    ("机 密 ★", "机密"),
    ("机·密★", "机密"),
    ("絕密★", "绝密"),
    ("機密★10年", "机密"),
    ("秘密5年", "秘密"),
    ("秘密１０年", "秘密"),
    ("秘密六个月", "秘密"),
    ("绝密（30年）", "绝密"),
    ("机密：长期", "机密"),
    ("(机密)名单.xlsx", "机密"),
    ("（秘密）", "秘密"),
    ("名单【秘密】", "秘密"),
    ("〔绝密〕", "绝密"),
    ("[机密级]", "机密"),
    ("《机密》", "机密"),
    ("密级：机密", "机密"),
    ("密级:秘密", "秘密"),
    ("密 级 绝密", "绝密"),
    ("定密为秘密", "秘密"),
    ("绝密-名单.docx", "绝密"),
    ("机密_2026.xlsx", "机密"),
    ("秘密—会议纪要.pdf", "秘密"),
    ("秘密 会议纪要", "秘密"),
    ("机密：会议纪要", "机密"),
    ("附件/机密-名单.docx", "机密"),
    ("C:\\共享\\秘密 名单.docx", "秘密"),
    ("会议纪要-机密.docx", "机密"),
    ("名单_秘密", "秘密"),
    ("第一行\n机密★\n第三行", "机密"),
    ("机密", "机密"),
    ("国家秘密★10年", "秘密"),
]

LAWFUL_TEXTS = [
    "商业秘密保护示范企业名录",
    "商业秘密5年保护期企业名单",
    "（商业秘密）",
    "涉密资质单位名录",
    "福建省国家保密局",
    "国家秘密载体销毁定点单位",
    "保守国家秘密、商业秘密和个人隐私",
    "工作秘密 管理办法",
    "机密性、完整性和可用性",
    "系统应保证数据的机密性（加密存储）",
    "密级：绝密、机密、秘密三级",
    "密级取值为绝密/机密/秘密",
    "保密承诺书签订情况",
    "★重点企业名录",
    "五星级★★★★★饭店",
    "密切接触者信息",
    "人口密度",
    "密码应用安全性评估单位",
    "泄露秘密案件统计",
    "* 秘密窃取案件",
    "",
]


@pytest.mark.parametrize(("text", "level"), MARKED)
def test_a_mark_is_found(text, level):
    mark = find_mark(text, LAWFUL)
    assert mark is not None
    assert mark.zh == level


@pytest.mark.parametrize("text", LAWFUL_TEXTS)
def test_lawful_words_pass(text):
    assert find_mark(text, LAWFUL) is None


@pytest.mark.parametrize("word", sorted(LAWFUL))
@pytest.mark.parametrize(
    "form", ["{}", "{}信息", "关于{}的规定", "（{}）", "{}-清单.xlsx", "清单_{}"]
)
def test_every_listed_word_passes_in_every_usual_place(word, form):
    assert find_mark(form.format(word), LAWFUL) is None


def test_without_a_list_of_lawful_words_the_marks_are_the_same():
    assert find_mark("机密★", frozenset()).zh == "机密"


@given(st.text("绝机秘密★(【)】-_ .级年1510\n商业国家\u200b\u3000", max_size=40))
def test_an_unmistakable_mark_is_found_in_any_surroundings(text):
    assert find_mark(f"{text}甲机密★10年", LAWFUL) is not None


@pytest.mark.parametrize(
    "unit", ["秘密", "秘密 ", "秘密\n ", "机密级 ", "(秘密", "-秘密", "密级", "秘密、"]
)
def test_long_texts_take_linear_time(unit):
    started = time.perf_counter()
    find_mark(unit * (100_000 // len(unit)), LAWFUL)
    assert time.perf_counter() - started < 2
