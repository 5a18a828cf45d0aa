import base64

import pytest

from chassis.settings import SettingsError, load
from chassis.vault import CannotOpen, Vault
from chassis.worker import Worker
from invitations import app
from invitations.settings import Settings

FIRST, SECOND, PEPPER = (bytes([number]) * 32 for number in (1, 2, 3))
BASE = {"MINASIDOR_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}


def test_the_example_settings_build_an_application_and_a_worker():
    settings = load(Settings, "invitations", BASE | app.EXAMPLE_SETTINGS)
    assert "/v1/acceptances" in app.create_app(settings).extensions["openapi"]["paths"]
    assert isinstance(app.create_worker(settings), Worker)


@pytest.mark.parametrize("name", ["INVITATIONS_ADDRESS_KEY", "INVITATIONS_ADDRESS_PEPPER", "INVITATIONS_NOTIFY_JWKS"])
@pytest.mark.parametrize("value", [None, "", "c2VjcmV0", "secret!", '{"kty": "OKP", "d": "secret"}'])
def test_a_bad_key_ends_the_process_with_a_line_that_does_not_show_it(name, value):
    environ = {key: kept for key, kept in (BASE | app.EXAMPLE_SETTINGS | {name: value}).items() if kept is not None}
    with pytest.raises(SettingsError) as caught:
        load(Settings, "invitations", environ)
    assert name.removeprefix("INVITATIONS_").lower() in str(caught.value).lower()
    assert not value or value not in str(caught.value)


def test_what_is_sealed_opens_in_its_place_and_in_no_other():
    vault = Vault([FIRST], PEPPER)
    sealed = vault.seal("karin@exempel.se", place="address:1")
    assert b"karin" not in sealed
    assert vault.seal("karin@exempel.se", place="address:1") != sealed
    assert vault.open(sealed, place="address:1") == "karin@exempel.se"
    for broken, place in ((sealed, "address:2"), (sealed[:-1], "address:1"), (b"", "address:1")):
        with pytest.raises(CannotOpen):
            vault.open(broken, place=place)


def test_a_key_is_rotated_without_losing_what_the_old_one_sealed():
    keys = [base64.b64encode(key).decode() for key in (SECOND, FIRST)]
    pepper = base64.b64encode(PEPPER).decode()
    old, both = Vault([FIRST], PEPPER), Vault.from_settings(",".join(keys), pepper)
    assert both.open(old.seal("x", place="p"), place="p") == "x"
    with pytest.raises(CannotOpen):
        old.open(both.seal("x", place="p"), place="p")
    assert (
        both.index("mailbox", "karin@exempel.se")
        == old.index("mailbox", "karin@exempel.se")
        != Vault([FIRST], FIRST).index("mailbox", "karin@exempel.se")
    )


@pytest.mark.parametrize(("value", "signed"), [(None, False), ("false", False), ("true", True)])
def test_FC14_whether_approvals_must_be_signed_is_the_operators_choice(value, signed):
    chosen = {} if value is None else {"INVITATIONS_APPROVALS_SIGNED": value}
    settings = load(Settings, "invitations", BASE | app.EXAMPLE_SETTINGS | chosen)
    assert app.make_keys(settings).approvals_signed is signed


def test_FC14_B20_half_a_choice_stops_the_start():
    with pytest.raises(SettingsError, match="APPROVALS_SIGNED"):
        load(Settings, "invitations", BASE | app.EXAMPLE_SETTINGS | {"INVITATIONS_APPROVALS_SIGNED": "ja"})


@pytest.mark.parametrize("name", ["INVITATIONS_IDENTITY_ADDRESS", "INVITATIONS_PEER_PRIVATE_JWK"])
def test_FC2_B20_without_a_way_to_ask_identity_nothing_starts(name):
    settings = load(Settings, "invitations", BASE | app.EXAMPLE_SETTINGS | {name: ""})
    with pytest.raises(SettingsError, match="identity"):
        app.create_app(settings)
