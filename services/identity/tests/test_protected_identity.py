"""FJ9: what identity tells others of a person with protected identity, and what the person sees."""

import pytest

from chassis.testing import deliver, told
from contracts.activities import ActivityRecorded
from contracts.batch_billing import CustomerRegisteredV1

KARIN = "199908072391"


@pytest.fixture
def protected(database, events):
    """``protected()``: the billing system says that Karin's identity is protected."""

    def tell(version=1, **changes):
        values = {"customer_number": "K-1", "personal_number": KARIN, "name": "Karin Test Persson"}
        event = CustomerRegisteredV1(**(values | {"protected_identity": True} | changes))
        deliver(database, events, event, version=version)

    return tell


def test_FJ9_what_the_gateway_passes_on_to_others_has_no_name(browser, log_in, protected):
    log_in(browser)
    assert browser.resolve().json["name"] == "Karin Test Persson"
    protected()
    assert browser.resolve().json["name"] == "Skyddad identitet"
    protected(version=2, protected_identity=False)
    assert browser.resolve().json["name"] == "Karin Test Persson"


def test_FJ9_the_person_sees_the_own_name(browser, log_in, protected):
    protected(email="karin@exempel.se")
    done = log_in(browser).json
    assert done["session"]["person"]["name"] == "Karin Test Persson"
    assert browser.as_person("GET", "/session").json["person"]["name"] == "Karin Test Persson"
    me, prefill = browser.as_person("GET", "/me").json, browser.as_person("GET", "/prefill").json
    assert me["name"] == prefill["name"] == "Karin Test Persson"
    assert prefill["email"] == "karin@exempel.se"


def test_FJ9_no_event_but_the_sealed_ones_says_the_name(browser, log_in, protected, database):
    protected(email="karin@exempel.se", phone="+46701740605")
    log_in(browser)
    for event in [*told(database), *told(database, ActivityRecorded)]:
        said = repr(event)
        assert "Persson" not in said
        assert "exempel.se" not in said
        assert "701740605" not in said
