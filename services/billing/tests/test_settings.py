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


@pytest.mark.parametrize("name", ["BILLING_ADDRESS_KEY", "BILLING_ADDRESS_PEPPER", "BILLING_NOTIFY_JWKS"])
@pytest.mark.parametrize("value", [None, "", "c2VjcmV0", "secret!", '{"kty": "OKP", "d": "secret"}'])
def test_a_bad_key_ends_the_process_with_a_line_that_does_not_show_it(name, value):
    environ = {key: kept for key, kept in (BASE | app.EXAMPLE_SETTINGS | {name: value}).items() if kept is not None}
    with pytest.raises(SettingsError) as caught:
        load(Settings, "billing", environ)
    assert name.removeprefix("BILLING_").lower() in str(caught.value).lower()
    assert not value or value not in str(caught.value)
