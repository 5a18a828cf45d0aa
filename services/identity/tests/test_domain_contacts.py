"""Kinds of device, and changes of contact details, without a database."""

from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import new_id
from chassis.vault import Vault
from identity.domain import contacts
from identity.domain.devices import device_kind


# ---- devices
@pytest.mark.parametrize(
    ("agent", "swedish"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36", "Chrome på Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge på Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 OPR/106.0", "Opera på Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari på macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) CriOS/140 Safari/604.1", "Chrome på iPhone"),
        ("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) FxiOS/140 Safari/604.1", "Firefox på iPad"),
        ("Mozilla/5.0 (Linux; Android 16) SamsungBrowser/28.0 Chrome/130 Safari/537", "Samsung Internet på Android"),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0 Safari/537.36", "Chrome på ChromeOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0", "Firefox på Linux"),
        ("Something (Windows NT 10.0)", "Webbläsare på Windows"),
        ("Firefox/140.0", "Firefox"),
        ("curl/8.0", "Okänd enhet"),
        ("", "Okänd enhet"),
    ],
)
def test_B_19_a_device_is_named_coarsely_by_browser_and_system(agent, swedish):
    assert device_kind(agent).text("sv") == swedish
    assert device_kind(agent).text("en") == swedish.replace(" på ", " on ").replace("Webbläsare", "Browser").replace(
        "Okänd enhet", "Unknown device"
    )


# ---- contact changes (T67, J2)
ASKED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def change(**values):
    made = {
        "id": new_id(),
        "person_id": new_id(),
        "kind": "email",
        "status": "pending",
        "address_sealed": b"a",
        "code_mac": b"c",
        "tries": 0,
        "created_at": ASKED,
        "expires_at": ASKED + contacts.CODE_LIVES,
    }
    return contacts.ContactChange(**(made | values))


@given(st.integers(0, 10**6 - 1))
def test_FJ2_a_code_has_six_digits_whatever_number_was_drawn(number):
    with patch("identity.domain.contacts.secrets.randbelow", return_value=number):
        code = contacts.new_code()
    assert len(code) == 6
    assert int(code) == number


@pytest.mark.parametrize(
    ("values", "seconds", "status"),
    [
        ({}, 0, "pending"),
        ({}, 15 * 60 - 1, "pending"),
        ({}, 15 * 60, "expired"),
        ({"tries": 4}, 0, "pending"),
        ({"tries": 5}, 0, "locked"),
        ({"tries": 5}, 15 * 60, "expired"),
        ({"status": "confirmed", "tries": 5}, 15 * 60, "confirmed"),
        ({"status": "superseded"}, 15 * 60, "superseded"),
    ],
)
def test_FJ2_a_change_is_what_its_row_and_the_clock_say(values, seconds, status):
    assert change(**values).status_at(ASKED + timedelta(seconds=seconds)) == status


@pytest.mark.parametrize(("seconds", "fresh"), [(0, True), (15 * 60, True), (15 * 60 + 1, False)])
def test_FJ2_a_login_is_fresh_for_fifteen_minutes(seconds, fresh):
    assert contacts.login_is_fresh(ASKED, ASKED + timedelta(seconds=seconds)) is fresh


def test_FJ2_one_code_has_another_mac_in_each_change_and_none_without_the_pepper():
    one, other = Vault([b"k" * 32], b"p" * 32), Vault([b"k" * 32], b"q" * 32)
    macs = {
        one.index("contact-code", "1", "123456"),
        one.index("contact-code", "2", "123456"),
        other.index("contact-code", "1", "123456"),
    }
    assert len(macs) == 3
