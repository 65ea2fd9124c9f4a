"""信息资源标识符 and URL names, 信息资源代码: grammar, and proofs over arbitrary values."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.guide_code import (
    GuideCode,
    code_path,
    is_class_path,
    numbered_guide_code,
    parse_guide_code,
)
from ckanext.fjgov.core.catalog.identifier import (
    Identifier,
    has_registered_prefix,
    identifier_of_slug,
    is_identifier,
    numbered_identifier,
    parse_identifier,
    slug_of,
)
from ckanext.fjgov.core.errors import InvalidGuideCode, InvalidIdentifier

UPPER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CKAN_NAME = re.compile(r"[a-z0-9_-]{2,100}")
identifiers = st.builds(
    lambda prefix, first, rest: Identifier(prefix, first + rest),
    st.text(UPPER, min_size=5, max_size=6),
    st.sampled_from(UPPER),
    st.text(UPPER + "._-", max_size=63),
)


class TestGrammar:
    @pytest.mark.parametrize(
        ("text", "stored"),
        [
            ("35100/000001", "35100/000001"),
            ("11000/A00034VG345", "11000/A00034VG345"),
            (" 350a1/x_1.b-2 ", "350A1/X_1.B-2"),
            ("120001/1", "120001/1"),
        ],
    )
    def test_identifiers_are_read_and_stored_in_upper_case(self, text, stored):
        assert str(parse_identifier(text)) == stored

    @pytest.mark.parametrize(
        "text",
        ["", "35100", "35100/", "/000001", "3510/000001", "3510000/1", "35100/_1", "35100/-1",
         "35100/1/2", "35100/1 2", "35100/" + "1" * 65, "３５100/000001", "35100/ı1", "35100/1\n2",
         "35100/1\u202e"],
    )  # fmt: skip
    def test_other_texts_are_refused(self, text):
        with pytest.raises(InvalidIdentifier):
            parse_identifier(text)

    @given(identifiers)
    def test_reading_back_gives_the_same(self, identifier):
        assert parse_identifier(str(identifier)) == identifier
        assert is_identifier(str(identifier))

    @given(st.text(max_size=40))
    def test_any_text_is_read_or_refused(self, text):
        try:
            assert is_identifier(str(parse_identifier(text)))
        except InvalidIdentifier:
            assert not is_identifier(text)

    def test_numbers_have_six_digits_and_grow_beyond(self):
        assert str(numbered_identifier("35100", 1)) == "35100/000001"
        assert str(numbered_identifier("35100", 1_234_567)) == "35100/1234567"

    @pytest.mark.parametrize(("prefix", "number"), [("35100", 0), ("35100", -1), ("351", 1)])
    def test_wrong_numbers_and_prefixes_are_refused(self, prefix, number):
        with pytest.raises(InvalidIdentifier):
            numbered_identifier(prefix, number)

    def test_prefix_must_be_registered(self):
        identifier = parse_identifier("35100/000001")
        assert has_registered_prefix(identifier, {"35100"})
        assert not has_registered_prefix(identifier, {"35200"})


class TestSlug:
    @pytest.mark.parametrize(
        ("identifier", "slug"),
        [
            ("35100/000001", "35100-000001"),
            ("35A00/A-1", "35a00-a-1"),
            ("35100/A.B_C", "35100-a_db_uc"),
            ("35100/A_D", "35100-a_ud"),
        ],
    )
    def test_is_prefix_and_escaped_suffix(self, identifier, slug):
        assert slug_of(parse_identifier(identifier)) == slug

    @given(identifiers)
    def test_is_a_name_ckan_accepts_and_gives_back_its_identifier(self, identifier):
        assume(len(identifier.suffix) <= 46)
        slug = slug_of(identifier)
        assert CKAN_NAME.fullmatch(slug)
        assert identifier_of_slug(slug) == identifier

    @given(identifiers, identifiers)
    def test_two_identifiers_never_share_a_name(self, one, other):
        assume(one != other)
        assume(max(len(one.suffix), len(other.suffix)) <= 46)
        assert slug_of(one) != slug_of(other)

    def test_longer_than_ckan_allows_is_refused(self):
        assert len(slug_of(Identifier("35100", "A" * 64))) == 70
        with pytest.raises(InvalidIdentifier, match="100"):
            slug_of(Identifier("35100", "A" + "." * 63))

    @pytest.mark.parametrize(
        "slug", ["", "35100", "35100-", "35100-a_x", "35100-A", "abc-1", "35100-_d"]
    )
    def test_other_names_have_no_identifier(self, slug):
        with pytest.raises(InvalidIdentifier):
            identifier_of_slug(slug)


class TestGuideCode:
    @pytest.mark.parametrize(
        "text",
        ["303084122704/000001", "303021070100/000003", "3070010370/000066", "307021022100/000009"],
    )
    def test_national_records_are_strict(self, text):
        code = parse_guide_code(text)
        assert str(code) == text
        assert code.is_strict
        assert code.item == text[:3]

    @pytest.mark.parametrize("text", ["00247017X/000709", "abc/1", "307/1", "407021/000001"])
    def test_codes_of_other_platforms_are_lenient_only(self, text):
        with pytest.raises(InvalidGuideCode):
            parse_guide_code(text)
        path, _, sequence = text.partition("/")
        assert parse_guide_code(text, lenient=True) == GuideCode(path, sequence, is_strict=False)

    @pytest.mark.parametrize(
        "text", ["", "307021", "307021/", "307021/1/2", "福建/1", "３０７021/1"]
    )
    def test_other_texts_are_refused_even_leniently(self, text):
        with pytest.raises(InvalidGuideCode):
            parse_guide_code(text, lenient=True)

    def test_a_class_without_category_takes_the_provinces(self):
        assert code_path("307", "035") == "307035"
        assert code_path("307021001", "035") == "307021001"
        assert str(numbered_guide_code("307035", 12)) == "307035/000012"

    @pytest.mark.parametrize(
        ("path", "mu"), [("307", ""), ("407", "035"), ("307", "3"), ("30", "035")]
    )
    def test_incomplete_paths_are_refused(self, path, mu):
        with pytest.raises(InvalidGuideCode):
            code_path(path, mu)

    def test_number_must_be_positive(self):
        with pytest.raises(InvalidGuideCode):
            numbered_guide_code("307035", 0)

    @pytest.mark.parametrize(
        ("path", "holds"),
        [("307", True), ("307021", True), ("3070210", True), ("3070", False), ("30", False),
         ("407", False), ("30702a", False)],
    )  # fmt: skip
    def test_class_paths(self, path, holds):
        assert is_class_path(path) is holds
