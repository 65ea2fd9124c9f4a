"""统一社会信用代码: published vectors, single-character faults, codes made for samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.fjgov.core.catalog.uscc import (
    ALPHABET,
    body_check_character,
    is_uscc,
    make_uscc,
    uscc_problems,
)
from ckanext.fjgov.core.errors import InvalidUscc

VALID = (
    "91110000600037341L",
    "11350000003591037R",
    "12350000003591037N",
    "11350100003591037Y",
    "11350000MB0000019N",
)
bodies = st.text(ALPHABET, min_size=8, max_size=8)


class TestPublishedVectors:
    @pytest.mark.parametrize("code", VALID)
    def test_valid_codes_hold(self, code):
        assert uscc_problems(code) == ()

    @pytest.mark.parametrize(
        ("code", "said"),
        [
            ("11350000003591037X", "校验码"),
            ("1135000000359103IR", "不允许的字符：I"),
            ("11350000003591037", "17位"),
            ("11350000003591037r", "不允许的字符：r"),
            ("１１350000003591037R", "不允许的字符"),
            ("18350000003591037R", "前两位 18"),
            ("Z1350000003591037R", "不允许的字符：Z"),
            ("1135000A003591037R", "行政区划"),
            ("", "0位"),
        ],
    )
    def test_invalid_codes_are_refused_with_the_reason(self, code, said):
        (problem,) = uscc_problems(code)
        assert problem.is_fatal
        assert said in problem.zh

    def test_organization_code_of_the_old_register(self):
        assert body_check_character("60003734") == "1"

    def test_wrong_inner_check_is_a_warning_only(self):
        # 003591037 with its ninth character raised by one, the outer character recomputed.
        code = next(
            head + last
            for head in ("11350000003591038",)
            for last in ALPHABET
            if not any(p.is_fatal for p in uscc_problems(head + last))
        )
        (problem,) = uscc_problems(code)
        assert not problem.is_fatal
        assert is_uscc(code)


class TestMadeCodes:
    @given(kind=st.sampled_from(["11", "12", "13", "19", "51", "N1", "Y1"]), body=bodies)
    def test_hold_in_every_part(self, kind, body):
        assert uscc_problems(make_uscc(kind, "350100", body)) == ()

    @given(body=bodies, position=st.integers(0, 17), other=st.sampled_from(ALPHABET))
    def test_one_changed_character_never_passes_unseen(self, body, position, other):
        code = make_uscc("11", "350100", body)
        changed = code[:position] + other + code[position + 1 :]
        assert (uscc_problems(changed) == ()) is (changed == code)

    @pytest.mark.parametrize(
        ("kind", "division", "body"),
        [("18", "350100", "MB000001"), ("11", "35010", "MB000001"), ("11", "350100", "MB00000I"),
         ("11", "35010A", "MB000001")],
    )  # fmt: skip
    def test_wrong_parts_are_refused(self, kind, division, body):
        with pytest.raises(InvalidUscc):
            make_uscc(kind, division, body)
