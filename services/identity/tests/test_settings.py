import base64
from dataclasses import replace

import pytest

from chassis.settings import SettingsError, load
from identity.app import make_keys
from identity.settings import Settings

KEY = base64.b64encode(b"k" * 32).decode()


def environ(**changes):
    values = {
        "MINASIDOR_ENVIRONMENT": "test",
        "MINASIDOR_DATABASE_URL": "postgresql://x",
        "IDENTITY_BANKID_URL": "http://127.0.0.1:8081",
        "IDENTITY_PERSONAL_NUMBER_KEY": KEY,
        "IDENTITY_PERSONAL_NUMBER_PEPPER": KEY,
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def test_a_simulator_without_tls_is_enough_outside_production():
    assert load(Settings, "identity", environ()).bankid_url == "http://127.0.0.1:8081"


def test_several_keys_are_taken_while_one_is_being_rotated():
    assert load(Settings, "identity", environ(IDENTITY_PERSONAL_NUMBER_KEY=f"{KEY},{KEY}"))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"IDENTITY_PERSONAL_NUMBER_KEY": None}, "IDENTITY_PERSONAL_NUMBER_KEY"),
        ({"IDENTITY_PERSONAL_NUMBER_PEPPER": None}, "IDENTITY_PERSONAL_NUMBER_PEPPER"),
        ({"IDENTITY_PERSONAL_NUMBER_KEY": "short"}, "personal_number_key"),
        ({"IDENTITY_PERSONAL_NUMBER_PEPPER": f"{KEY},{KEY}"}, "personal_number_pepper"),
        ({"MINASIDOR_ENVIRONMENT": "production"}, "bankid_url"),
        ({"IDENTITY_BANKID_URL": "https://appapi2.bankid.com"}, "bankid_ca_file"),
        (
            {
                "MINASIDOR_ENVIRONMENT": "production",
                "IDENTITY_BANKID_URL": "https://appapi2.bankid.com",
                "IDENTITY_BANKID_LAUNCH_URL": "http://localhost:8081/",
            },
            "bankid_launch_url",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_fail_at_the_first_login_fails_at_the_start(changes, named):
    with pytest.raises(SettingsError, match=named) as refused:
        load(Settings, "identity", environ(**changes))
    assert KEY not in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [{"notify_jwks": ""}, {"notify_jwks": "{}"}, {"seal_jwks": "[]"}, {"seal_jwks": '{"org-registry": 1}'}],
    ids=str,
)
def test_a_receivers_key_that_is_none_fails_at_the_start(settings, changes):
    assert make_keys(settings)
    with pytest.raises(SettingsError, match="seal_jwks"):
        make_keys(replace(settings, **changes))


OIDC = {
    "IDENTITY_OIDC_ISSUER": "https://eid.example",
    "IDENTITY_OIDC_CLIENT_ID": "minasidor",
    "IDENTITY_OIDC_CLIENT_SECRET": "hemligt",
    "IDENTITY_OIDC_NAME_SV": "Exempel-legitimation",
    "IDENTITY_OIDC_NAME_EN": "Example e-ID",
}


def test_FA4_a_second_e_id_is_a_matter_of_settings():
    assert load(Settings, "identity", environ()).oidc_issuer == ""
    assert load(Settings, "identity", environ(**OIDC)).oidc_issuer == "https://eid.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"IDENTITY_OIDC_CLIENT_ID": ""},
        {"IDENTITY_OIDC_CLIENT_SECRET": ""},
        {"IDENTITY_OIDC_NAME_EN": ""},
        {"IDENTITY_OIDC_PERSONAL_NUMBER_CLAIM": ""},
        {"IDENTITY_OIDC_SCOPE": "profile"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_FA4_half_a_second_e_id_fails_at_the_start(changes):
    with pytest.raises(SettingsError, match="oidc") as refused:
        load(Settings, "identity", environ(**(OIDC | changes)))
    assert "hemligt" not in str(refused.value)


def test_FA4_in_production_the_provider_speaks_https():
    secure = {
        "MINASIDOR_ENVIRONMENT": "production",
        "IDENTITY_BANKID_URL": "https://appapi2.bankid.com",
        "IDENTITY_BANKID_SIGNATURE_CA_FILE": "x",
        "IDENTITY_BANKID_CA_FILE": "x",
        "IDENTITY_BANKID_CERT_FILE": "x",
        "IDENTITY_BANKID_KEY_FILE": "x",
    }
    assert load(Settings, "identity", environ(**(secure | OIDC)))
    with pytest.raises(SettingsError, match="oidc_issuer"):
        load(Settings, "identity", environ(**(secure | OIDC | {"IDENTITY_OIDC_ISSUER": "http://eid.example"})))
    with pytest.raises(SettingsError, match="bankid_signature_ca_file"):
        load(Settings, "identity", environ(**(secure | {"IDENTITY_BANKID_SIGNATURE_CA_FILE": ""})))
