from dataclasses import replace

import pytest

from chassis.settings import SettingsError, load
from notify.app import create_worker
from notify.settings import Settings

ENVIRON = {"NOTIFY_DATABASE_URL": "postgresql://x/y", "MINASIDOR_PUBLIC_URL": "https://mina.exempel.se"}


def test_the_sender_is_at_our_own_address_unless_told_otherwise():
    assert load(Settings, "notify", ENVIRON).sender_address == "no-reply@mina.exempel.se"
    told = ENVIRON | {"NOTIFY_SENDER_EMAIL": "svara-inte@exempel.se"}
    assert load(Settings, "notify", told).sender_address == "svara-inte@exempel.se"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "http://mail.exempel.se"),
        ("SMTP_URL", "smtp://"),
        ("LEASE_SECONDS", "20"),
        ("SMS_SENDER", "Mina sidor"),
        ("SMS_WEBHOOK_URL", "https://mina.exempel.se"),
    ],
)
def test_what_would_fail_at_the_first_message_fails_at_start(name, value):
    with pytest.raises(SettingsError):
        load(Settings, "notify", ENVIRON | {f"NOTIFY_{name}": value})


def test_in_production_sms_goes_over_https_only():
    told = ENVIRON | {"NOTIFY_SMS_USER": "u", "NOTIFY_SMS_URL": "http://sms.exempel.se"}
    with pytest.raises(SettingsError):
        load(Settings, "notify", told)


@pytest.mark.parametrize("key", ["", "{}", "no json", '{"keys": [{"kid": "a", "kty": "OKP"}]}'])
def test_a_worker_without_the_key_that_opens_addresses_does_not_start(settings, key):
    worker = create_worker(replace(settings, notify_private_jwks=key))
    with pytest.raises(SettingsError, match="NOTIFY_NOTIFY_PRIVATE_JWKS") as refused:
        worker.run(only="background", signals=False)
    assert not key or key not in str(refused.value)
