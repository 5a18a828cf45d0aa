import pytest

from billing import app
from billing.settings import Settings
from chassis.settings import SettingsError, load
from chassis.worker import Worker

BASE = {"MINASIDOR_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}


def test_the_example_settings_build_an_application_and_a_worker():
    settings = load(Settings, "billing", BASE | app.EXAMPLE_SETTINGS)
    assert "/v1/shared-invoices" in app.create_app(settings).extensions["openapi"]["paths"]
    assert isinstance(app.create_worker(settings), Worker)


def test_a_bad_key_ends_the_process():
    with pytest.raises(SettingsError, match="address_key"):
        load(Settings, "billing", BASE | app.EXAMPLE_SETTINGS | {"BILLING_ADDRESS_KEY": "c2VjcmV0"})
