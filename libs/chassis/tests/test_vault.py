import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.vault import CannotOpen, Vault, read_key

OLD, NEW, PEPPER = (bytes([number]) * 32 for number in (1, 2, 3))
VAULT = Vault([NEW, OLD], PEPPER)


@given(st.text(), st.text())
def test_what_was_sealed_for_a_place_opens_there_and_nowhere_else(value, place):
    sealed = VAULT.seal(value, place=place)
    assert VAULT.open(sealed, place=place) == value
    with pytest.raises(CannotOpen):
        VAULT.open(sealed, place=place + "x")


def test_an_older_key_still_opens_and_a_strangers_does_not():
    before = Vault([OLD], PEPPER).seal("199908072391", place="p")
    assert b"199908072391" not in before
    assert VAULT.open(before, place="p") == "199908072391"
    with pytest.raises(CannotOpen):
        Vault([OLD], PEPPER).open(VAULT.seal("x", place="p"), place="p")


def test_a_key_is_rotated_in_the_settings_without_losing_what_the_old_one_sealed():
    keys, pepper = [base64.b64encode(key).decode() for key in (NEW, OLD)], base64.b64encode(PEPPER).decode()
    old, both = Vault([OLD], PEPPER), Vault.from_settings(",".join(keys), pepper)
    assert both.open(old.seal("x", place="p"), place="p") == "x"
    with pytest.raises(CannotOpen):
        old.open(both.seal("x", place="p"), place="p")
    assert both.index("mailbox", "karin@exempel.se") == old.index("mailbox", "karin@exempel.se")


@given(st.binary(max_size=60))
def test_what_is_damaged_never_opens_and_never_fails_otherwise(garbage):
    with pytest.raises(CannotOpen):
        VAULT.open_bytes(garbage, place="p")


def test_the_same_value_is_sealed_differently_each_time_and_indexed_equally():
    assert VAULT.seal("x", place="p") != VAULT.seal("x", place="p")
    assert VAULT.index("number", "5520000018") == VAULT.index("number", "5520000018")
    assert VAULT.index("number", "5520000018") != VAULT.index("mailbox", "5520000018")
    assert VAULT.index("number", "5520000018") != Vault([NEW], OLD).index("number", "5520000018")


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_parts_cannot_be_moved_into_each_other(one, other):
    assert (VAULT.index("k", *one) == VAULT.index("k", *other)) == (one == other)


@pytest.mark.parametrize("text", ["", "abc", base64.b64encode(b"short").decode(), "å" * 44])
def test_a_key_that_is_none_is_refused_without_being_shown(text):
    with pytest.raises(ValueError, match="must be base64 of 32 bytes"):
        read_key(text)
