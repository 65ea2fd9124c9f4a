"""Code lists: the shipped ones, and what a broken or an added file does."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.catalog.schema_model import load_schema
from ckanext.fjgov.core.catalog.vocabulary import (
    Concept,
    load_vocabulary,
    parse_vocabulary,
    vocabulary_names,
)
from ckanext.fjgov.core.errors import InvalidVocabulary, UnknownVocabulary

HEAD = "name: colours\ntitle: {zh_Hans_CN: 颜色, en: Colours}\nsource: 示例\nversion: '1'\n"


def parse(concepts: str, head: str = HEAD):
    return parse_vocabulary(f"{head}concepts:\n{concepts}", "colours", "colours.yaml", None)


class TestShippedLists:
    def test_every_file_loads(self):
        assert all(load_vocabulary(name).concepts for name in vocabulary_names())

    def test_topics_hold_21_and_133_classes_with_derived_codes(self):
        topics = load_vocabulary("topics")
        tops = topics.children(None)
        seconds = [c for c in topics.concepts.values() if c.parent]
        assert (len(tops), len(seconds)) == (21, 133)
        assert [topics.label(code) for code in ("ZAA00", "ZAB00", "ZAC00", "ZCC00")] == [
            "政务综合类",
            "方针政策",
            "中共党务",
            "矿藏",
        ]

    def test_a_topic_code_is_its_parent_and_a_letter_in_order(self):
        topics = load_vocabulary("topics")
        for top in topics.children(None):
            codes = [c.code for c in topics.children(top.code)]
            assert codes == [f"{top.code}{chr(65 + n)}00" for n in range(len(codes))]

    def test_divisions_hold_9_cities_84_counties_and_11_retired_codes(self):
        concepts = load_vocabulary("divisions").concepts.values()
        active = [c for c in concepts if c.status == "active" and c.code.isdigit()]
        levels = [c.extra["level"] for c in active]
        assert (levels.count("city"), levels.count("county")) == (9, 84)
        assert sum(c.status == "retired" for c in concepts) == 11

    def test_a_retired_division_names_its_successor(self):
        changle = load_vocabulary("divisions").get("350182")
        assert (changle.status, changle.replaced_by) == ("retired", "350112")

    def test_pingtan_stands_under_the_province_beside_its_county(self):
        divisions = load_vocabulary("divisions")
        assert divisions.path("350128") == ("350000", "350100", "350128")
        assert divisions.path("fjgov:pingtan") == ("350000", "fjgov:pingtan")
        assert divisions.get("fjgov:pingtan").extra["exact_match"] == "350128"

    def test_industries_hold_20_sections_and_97_divisions(self):
        industries = load_vocabulary("industries")
        sections = industries.children(None)
        assert [c.code for c in sections] == list("ABCDEFGHIJKLMNOPQRST")
        divisions = [c.code for c in industries.concepts.values() if c.parent]
        assert divisions == [f"{n:02d}" for n in range(1, 98)]

    def test_guide_classes_hold_the_local_macro_economy(self):
        classes = load_vocabulary("guide_classes")
        assert [len(classes.children(c)) for c in "123"] == [6, 12, 8]
        assert classes.label("190") == "宏观经济"

    def test_the_first_six_cycles_are_the_guides(self):
        cycles = load_vocabulary("cycles")
        assert [c.zh for c in cycles.choices()] == [
            "实时", "每日", "每周", "每月", "每季度", "每年", "每半年", "不定期", "其他",
        ]  # fmt: skip

    @pytest.mark.parametrize("schema", ["catalog_entry.yaml", "unit.yaml"])
    def test_every_list_a_schema_names_exists(self, schema):
        model = load_schema(schema)
        named = {field.codelist for field, _ in model.walk() if field.codelist}
        named |= {field.codelist for field in model.resource_fields if field.codelist}
        assert named <= set(vocabulary_names())

    def test_english_labels_are_given_where_people_read_them(self):
        for name in vocabulary_names():
            chinese = [
                c.code
                for c in load_vocabulary(name).concepts.values()
                if any("\u4e00" <= letter <= "\u9fff" for letter in c.en)
            ]
            assert chinese == [], name


class TestLookUps:
    def test_label_falls_back_to_the_code(self):
        assert load_vocabulary("yes_no").label("x", "en") == "x"

    def test_path_of_an_unknown_code_is_empty(self):
        assert load_vocabulary("yes_no").path("x") == ()

    def test_choices_leave_out_headings_and_retired_codes(self):
        codes = {c.code for c in load_vocabulary("divisions").choices()}
        assert "350112" in codes
        assert not codes & {"350182", "fjgov:pingtan"}


class TestBrokenFiles:
    @pytest.mark.parametrize(
        ("concepts", "named"),
        [
            ("- {code: 0101, zh: 甲}\n", "加引号"),
            ("- {code: 'a', zh: 甲}\n- {code: 'a', zh: 乙}\n", "代码重复：a"),
            ("- {code: 'a', zh: 甲, parent: 'b'}\n", "不存在的 b"),
            ("- {code: 'a', zh: 甲, exact_match: 'b'}\n", "本表代码或网址"),
            ("- {code: 'a', zh: 甲, exact_match: 'http://a b'}\n", "本表代码或网址"),
            ("- {code: 'a', zh: 甲, replaced_by: 'b'}\n", "不存在的 b"),
            ("- {code: 'a', zh: 甲, parent: 'b'}\n- {code: 'b', zh: 乙, parent: 'a'}\n", "成环"),
            ("- {code: 'a', zh: 甲, status: old}\n", "status"),
            ("- {code: 'a', zh: 甲, selectable: 'no'}\n", "selectable"),
            ("- {code: 'a', zh: ''}\n", "zh"),
            ("- {code: 'a', zh: 甲, days: 3}\n", "days"),
            ("- a\n", "不是映射"),
            ("- {code: 'a'\n", "YAML"),
        ],
    )
    def test_is_refused_with_file_code_and_reason(self, concepts, named):
        with pytest.raises(InvalidVocabulary, match=named) as caught:
            parse(concepts)
        assert "colours.yaml" in caught.value.zh
        assert "colours.yaml" in caught.value.en

    @pytest.mark.parametrize(
        "head",
        [
            HEAD.replace("colours", "other"),
            HEAD.replace("source: 示例\n", ""),
            HEAD.replace("'1'", "1"),
            HEAD.replace("zh_Hans_CN", "zh"),
        ],
    )
    def test_head_must_name_list_source_and_version(self, head):
        with pytest.raises(InvalidVocabulary):
            parse("- {code: 'a', zh: 甲}\n", head)

    def test_objects_of_the_language_are_not_built(self):
        with pytest.raises(InvalidVocabulary):
            parse("- {code: !!python/object/apply:os.getcwd [], zh: 甲}\n")

    @pytest.mark.parametrize("name", ["nothing", "../schemas/unit", "a.b", ""])
    def test_unknown_name_is_refused(self, name):
        with pytest.raises(UnknownVocabulary):
            load_vocabulary(name)


class TestOwnFolder:
    def write(self, folder, text):
        (folder / "yes_no.yaml").write_text(text, encoding="utf-8")

    def test_a_file_of_the_same_name_replaces_the_list(self, tmp_path):
        self.write(tmp_path, HEAD.replace("colours", "yes_no") + "concepts:\n- {code: x, zh: 甲}\n")
        assert list(load_vocabulary("yes_no", tmp_path).concepts) == ["x"]
        assert list(load_vocabulary("yes_no").concepts) == ["1", "0"]

    def test_extend_adds_and_overrides(self, tmp_path):
        head = HEAD.replace("colours", "yes_no") + "mode: extend\n"
        self.write(tmp_path, head + "concepts:\n- {code: '1', zh: 对}\n- {code: '2', zh: 不详}\n")
        concepts = load_vocabulary("yes_no", tmp_path).concepts
        assert [(c.code, c.zh) for c in concepts.values()] == [
            ("1", "对"),
            ("0", "否"),
            ("2", "不详"),
        ]
        assert concepts["2"] == Concept("2", "不详", "不详")

    def test_a_folder_may_bring_lists_of_its_own(self, tmp_path):
        (tmp_path / "colours.yaml").write_text(HEAD + "concepts:\n- {code: r, zh: 红}\n", "utf-8")
        assert "colours" in vocabulary_names(tmp_path)
        assert load_vocabulary("colours", tmp_path).label("r") == "红"
