import base64
import json
from dataclasses import dataclass

import pytest

from chassis.mailed_links import LinkKeys, LinkSettings, example_settings, mailbox, masked, token_hash
from chassis.sealing import Unsealer, generate_key, public_key
from chassis.settings import SettingsError, load

SERVICE = "org-registry"
KEY, PEPPER = (base64.b64encode(bytes(range(start, start + 32))).decode() for start in (0, 32))
NOTIFY = generate_key("notify")
BASE = {
    "MINASIDOR_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
    "MINASIDOR_PUBLIC_URL": "https://minasidor",
}
ADDRESS = "karin@exempel.se"


@dataclass(frozen=True, kw_only=True)
class Keys(LinkKeys):
    switch: bool = False


def keys(**more) -> Keys:
    given = {
        "MINASIDOR_NOTIFY_JWKS": json.dumps(public_key(NOTIFY)),
        "ORG_REGISTRY_ADDRESS_KEY": KEY,
        "ORG_REGISTRY_ADDRESS_PEPPER": PEPPER,
    }
    return Keys.from_settings(load(LinkSettings, SERVICE, BASE | given), "/delad", **more)


def test_only_the_first_letter_and_the_domain_of_an_address_are_shown():
    assert masked("karin.exempel@exempel.se") == "k***@exempel.se"
    assert masked("k@exempel.se") == "k***@exempel.se"


@pytest.mark.parametrize("address", ["Karin@exempel.se", "karin+a@exempel.se", "KARIN+b+c@EXEMPEL.se"])
def test_C28_case_and_tag_do_not_make_another_mailbox(address):
    assert mailbox(address) == ADDRESS
    assert keys().mailbox_hash(address) == keys().mailbox_hash(ADDRESS)


def test_an_address_that_begins_with_a_plus_is_a_mailbox_of_its_own():
    assert mailbox("+a@exempel.se") != mailbox("+b@exempel.se")


def test_what_is_stored_is_computed_as_it_always_was():
    """Rows that exist are found by these: another way of computing them loses links and limits."""
    assert keys().mailbox_hash(ADDRESS).hex() == "73648fb506670355dbf0eba66ab7d036efae7b139ee653544685a033014a9eb5"
    assert token_hash("t" * 43).hex() == "80383f974f22964fd6b7ae851b6ccc9180ed4e6fcb2e415bafcab6d822139238"


def test_address_and_link_are_for_notify_alone_and_the_stored_hash_is_that_of_the_links_secret():
    hashed, sealed = keys().new_link(ADDRESS)
    letter = Unsealer(json.dumps({"keys": [NOTIFY]})).unseal(sealed)
    page, _, token = letter.pop("link").partition("#")
    assert (letter, page) == ({"email": ADDRESS}, "https://minasidor/delad")
    assert token_hash(token) == hashed
    assert len(token) == 43
    assert token not in sealed
    assert keys().new_link(ADDRESS)[0] != hashed


def test_a_service_adds_fields_of_its_own():
    assert (keys().switch, keys(switch=True).switch) == (False, True)


def test_the_example_settings_are_whole():
    assert load(LinkSettings, SERVICE, BASE | example_settings(SERVICE)).service == SERVICE


@pytest.mark.parametrize("name", ["ADDRESS_KEY", "ADDRESS_PEPPER", "NOTIFY_JWKS"])
@pytest.mark.parametrize("value", [None, "", "c2VjcmV0", "secret!", '{"kty": "OKP", "d": "secret"}'])
def test_a_bad_key_ends_the_process_with_a_line_that_does_not_show_it(name, value):
    given = BASE | example_settings(SERVICE) | {f"ORG_REGISTRY_{name}": value}
    with pytest.raises(SettingsError) as caught:
        load(LinkSettings, SERVICE, {key: kept for key, kept in given.items() if kept is not None})
    assert name.lower() in str(caught.value).lower()
    assert not value or value not in str(caught.value)
