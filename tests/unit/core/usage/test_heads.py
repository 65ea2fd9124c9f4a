"""What a node tells about its log of uses, and what the parent makes of it."""

from __future__ import annotations

import pytest

from ckanext.fjgov.core.federation.errors import SignatureRefused
from ckanext.fjgov.core.federation.keys import SigningKey, key_from_seed
from ckanext.fjgov.core.usage.heads import Told, compare, read_told, sign_told
from ckanext.fjgov.core.usage.sealing import Head

KEY, OTHER = key_from_seed(b"k" * 32), key_from_seed(b"o" * 32)
NODE, NONCE = "350100", "n" * 22
SEEN = Head(7, "seven")


def told(number: int, value: str, seen: int = 7, seen_hash: str = "seven") -> Told:
    return Told(Head(number, value), seen, seen_hash)


@pytest.mark.parametrize(
    "now",
    [told(7, "seven"), told(8, "eight"), told(900, "x"), told(8, "eight", seen=0, seen_hash="")],
    ids=["same", "next", "later", "asked without a number"],
)
def test_a_log_that_only_grew_fits(now: Told) -> None:
    assert compare(SEEN, now) is None
    assert compare(None, now) is None


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (told(6, "six", seen_hash=""), "被截断"),
        (told(0, "", seen_hash=""), "被截断"),
        (told(7, "another"), "不同"),
        # It was cut and has grown past the old end since.
        (told(9, "nine", seen_hash="another"), "不同"),
        (told(9, "nine", seen_hash=""), "不同"),
    ],
    ids=["shorter", "gone", "same number", "grown", "a gap"],
)
def test_what_was_cut_or_written_anew_is_named(now: Told, said: str) -> None:
    fault = compare(SEEN, now)
    assert fault is not None
    assert (fault.seal, fault.event) == (7, None)
    assert said in fault.zh
    assert "7" in fault.zh
    assert "7" in fault.en


def read(token: str, key: SigningKey = KEY, sender: str = NODE, nonce: str = NONCE) -> Told:
    return read_told(token, keys=[key.verifying()], sender=sender, nonce=nonce)


def test_what_is_signed_is_read_by_who_asked_and_by_nobody_else() -> None:
    said = told(8, "eight")
    token = sign_told(KEY, sender=NODE, nonce=NONCE, told=said)
    assert read(token) == said
    for name, change in (
        ("bad_signature", {"key": OTHER}),
        ("unknown_sender", {"sender": "350200"}),
        ("wrong_nonce", {"nonce": "m" * 22}),
    ):
        with pytest.raises(SignatureRefused) as caught:
            read(token, **change)  # type: ignore[arg-type]
        assert caught.value.kind == name
    with pytest.raises(SignatureRefused):
        read(token[:-4] + "AAAA")
