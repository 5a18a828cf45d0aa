import pytest

from chassis.settings import SettingsError, load
from chassis.worker import Worker
from invitations import app
from invitations.settings import Settings

BASE = {"MINASIDOR_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}


def test_the_example_settings_build_an_application_and_a_worker():
    settings = load(Settings, "invitations", BASE | app.EXAMPLE_SETTINGS)
    assert "/v1/acceptances" in app.create_app(settings).extensions["openapi"]["paths"]
    assert isinstance(app.create_worker(settings), Worker)


def test_a_bad_key_ends_the_process():
    with pytest.raises(SettingsError, match="address_key"):
        load(Settings, "invitations", BASE | app.EXAMPLE_SETTINGS | {"INVITATIONS_ADDRESS_KEY": "c2VjcmV0"})


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
