from dataclasses import dataclass

import pytest

from chassis.settings import Settings, SettingsError, load

BASE = {"ORG_REGISTRY_DATABASE_URL": "postgresql://a"}


@dataclass(frozen=True, kw_only=True)
class Own(Settings):
    cutoff_days: int = 90
    strict: bool = True


def test_the_services_own_setting_goes_before_the_shared_one():
    environ = BASE | {"MINASIDOR_LOG_LEVEL": "DEBUG", "ORG_REGISTRY_LOG_LEVEL": "ERROR"}
    assert load(Settings, "org-registry", environ).log_level == "ERROR"
    assert load(Settings, "org-registry", BASE | {"MINASIDOR_LOG_LEVEL": "DEBUG"}).log_level == "DEBUG"


def test_production_is_what_it_is_when_nobody_says_otherwise():
    assert load(Settings, "org-registry", BASE).is_production


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "url").write_text("postgresql://from-file\n")
    loaded = load(Settings, "billing", {"BILLING_DATABASE_URL_FILE": str(tmp_path / "url")})
    assert loaded.database_url == "postgresql://from-file"


def test_every_bad_setting_is_named_at_once_and_no_value_is_shown(tmp_path):
    environ = {
        "ORG_REGISTRY_CUTOFF_DAYS": "soon-secret",
        "ORG_REGISTRY_STRICT": "perhaps-secret",
        "MINASIDOR_ENVIRONMENT": "staging-secret",
        "MINASIDOR_AMQP_URL_FILE": str(tmp_path / "missing"),
    }
    with pytest.raises(SettingsError) as caught:
        load(Own, "org-registry", environ)
    text = str(caught.value)
    for name in ("DATABASE_URL", "CUTOFF_DAYS", "STRICT", "ENVIRONMENT", "AMQP_URL_FILE"):
        assert f"ORG_REGISTRY_{name}" in text or f"MINASIDOR_{name}" in text
    assert "secret" not in text


def test_numbers_and_truths_are_read_as_what_they_are():
    loaded = load(Own, "org-registry", BASE | {"ORG_REGISTRY_CUTOFF_DAYS": "30", "MINASIDOR_STRICT": "false"})
    assert (loaded.cutoff_days, loaded.strict) == (30, False)
