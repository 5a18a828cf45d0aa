"""FJ9: a mark in the population register protects the identity; it takes an operator to lift that."""

import io
import json
from uuid import UUID

import pytest

from chassis import cli
from chassis.testing import deliver, told
from contracts.batch_billing import CustomerRegisteredV1
from contracts.identity import PersonNamedV1
from identity.usecases.names import tell_names

KARIN, ERIK = "199908072391", "199006022397"
DAY = 86_400


def me(browser):
    return browser.as_person("GET", "/me").json


def person_of(browser):
    return UUID(browser.resolve().json["person_id"])


# ---- protected identity
@pytest.fixture
def operator(settings, monkeypatch, capsys):
    """``operator(KARIN)``: the command that lifts; exit status and what was printed."""

    def run(number=KARIN):
        monkeypatch.setattr(cli, "settings_for", lambda _service: settings)
        monkeypatch.setattr("sys.stdin", io.StringIO(number))
        capsys.readouterr()
        status = cli.main(["identity", "admin", "lift-register-protection", "--reason", "Intyg från Skatteverket"])
        said = capsys.readouterr()
        assert not number or number not in said.out + said.err
        return status, json.loads(said.out) if said.out.strip() else None

    return run


@pytest.fixture
def billing_says(database, events):
    """``billing_says(protected=True, version=2)``: the billing system names Karin."""

    def tell(*, protected, version=1):
        values = {"customer_number": "K-1", "personal_number": KARIN, "name": "Karin Test Persson"}
        deliver(database, events, CustomerRegisteredV1(**values, protected_identity=protected), version=version)

    return tell


@pytest.mark.parametrize(("secrecy", "registration"), [(True, False), (False, True)], ids=["secrecy", "registration"])
def test_FJ3_FJ9_a_mark_protects_the_identity_and_nothing_is_kept(
    registered, ask, spar, database, keys, entry, secrecy, registration
):
    spar.protect(KARIN, secrecy=secrecy, registration=registration)
    browser = registered()
    assert browser.resolve().json["name"] == "Karin Test Persson"
    ask()
    assert browser.resolve().json["name"] == "Skyddad identitet"
    shown = me(browser)["population_register"]
    assert (shown["name"], shown["address"], shown["protected"]) == (None, None, True)
    assert me(browser)["name"] == "Karin Test Persson", "to oneself one keeps one's name"
    assert (entry()["outcome"], entry()["answer_sealed"]) == ("protected", None)
    with database.transaction() as tx:
        tell_names(tx, keys)
    [event] = told(database, PersonNamedV1)
    assert (event.protected_identity, event.sealed_name, event.sealed_for_org_registry) == (True, None, None)


def test_FJ3_FJ9_a_mark_takes_away_the_address_of_before(registered, new_browser, log_in, ask, spar, later, entry):
    browser = registered()
    ask()
    assert entry()["answer_sealed"] is not None
    spar.protect(KARIN)
    later(30 * DAY, bankid=False)
    log_in(browser)
    ask()
    assert entry()["answer_sealed"] is None
    assert browser.as_person("GET", "/prefill").json["address"] is None


def test_FJ9_the_billing_system_does_not_lift_what_the_register_protects(registered, ask, spar, billing_says):
    spar.protect(KARIN)
    browser = registered()
    ask()
    billing_says(protected=True)
    billing_says(protected=False, version=2)
    assert browser.resolve().json["name"] == "Skyddad identitet"


def test_FJ9_whom_the_billing_system_protects_keeps_no_address_either(
    registered, ask, billing_says, entry, later, log_in
):
    browser = registered()
    ask()
    billing_says(protected=True)
    assert entry()["answer_sealed"] is None
    assert me(browser)["population_register"]["protected"] is True
    later(30 * DAY, bankid=False)
    log_in(browser)
    ask()
    assert (entry()["outcome"], entry()["answer_sealed"]) == ("found", None)


def test_FJ9_a_mark_that_is_gone_lifts_nothing_until_an_operator_does(
    registered, log_in, ask, spar, later, operator, rows
):
    spar.protect(KARIN)
    browser = registered()
    ask()
    assert operator() == (1, {"person_id": str(person_of(browser)), "lifted": False, "still_protected": True})
    spar.protect(KARIN, secrecy=False)
    later(30 * DAY, bankid=False)
    log_in(browser)
    ask()
    assert browser.resolve().json["name"] == "Skyddad identitet"
    status, said = operator()
    assert (status, said["lifted"], said["still_protected"]) == (0, True, False)
    assert browser.resolve().json["name"] == "Karin Test Persson"
    assert me(browser)["population_register"] is None, "nothing was kept meanwhile"
    assert [row["action"] for row in rows("SELECT action FROM staff_access")] == ["lift"]
    assert operator()[0] == 1, "there is nothing more to lift"


def test_FJ9_what_the_billing_system_protects_an_operator_does_not_lift_here(
    registered, ask, spar, later, log_in, operator, billing_says
):
    spar.protect(KARIN)
    browser = registered()
    ask()
    billing_says(protected=True)
    spar.protect(KARIN, secrecy=False)
    later(30 * DAY, bankid=False)
    log_in(browser)
    ask()
    status, said = operator()
    assert (status, said["lifted"], said["still_protected"]) == (0, True, True)
    assert browser.resolve().json["name"] == "Skyddad identitet"


def test_FJ9_lifting_needs_a_person_and_a_number(operator):
    assert operator(ERIK)[0] != 0
    assert operator("")[0] != 0
