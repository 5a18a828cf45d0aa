"""Personsök as SPAR answers it."""

import ssl

import httpx2 as httpx
import pytest

from sim_bankid.certificates import make_certificates
from sim_spar import answers, persons
from sim_spar.testing import running

KARIN = "199908072391"


def texts(answer):
    """Local name -> its texts, in the order of the message."""
    found = {}
    for element in answer.iter():
        found.setdefault(element.tag.rpartition("}")[2], []).append((element.text or "").strip())
    return found


@pytest.mark.parametrize("person", persons.PERSONS, ids=lambda person: person.number)
def test_FJ3_every_test_person_is_there_with_name_and_address(caller, person):
    said = texts(caller.answer(person.number))
    assert said["IdNummer"] == [person.number, person.number], "the question comes back, then the post"
    assert said["Typ"] == ["PERSONNUMMER"]
    assert (said["Sekretessmarkering"], said["SkyddadFolkbokforing"]) == (["NEJ", "NEJ"], ["NEJ", "NEJ"])
    assert said["Fornamn"] == [person.given]
    assert said["Utdelningsadress2"] == [person.addresses[0].line2]
    assert "DatumFrom" not in said, "dates come only where the assignment has history"
    assert len(said["UUID"][0]) == 36


def test_FJ3_the_elements_stand_in_the_schemas_order(caller):
    post = caller.answer(KARIN).find(f"{{{answers.ANSWER}}}PersonsokningSvarspost")
    assert [child.tag.rpartition("}")[2] for child in post] == [
        *("PersonId", "Sekretessmarkering", "SkyddadFolkbokforing", "SenasteAndringSPAR"),
        *("Namn", "Persondetaljer", "Folkbokforingsadress"),
    ]


def test_FJ3_a_person_who_is_not_in_the_register_has_no_post(caller):
    said = texts(caller.answer("197010632391"))
    assert "PersonsokningSvarspost" not in said
    assert said["IdNummer"] == ["197010632391"]
    assert said["UUID"]


@pytest.mark.parametrize(("secrecy", "registration"), [(True, False), (False, True), (True, True)])
def test_FJ9_of_a_protected_person_there_are_marks_and_nothing_else(caller, control, secrecy, registration):
    control.protect(KARIN, secrecy=secrecy, registration=registration)
    answer = caller.answer(KARIN)
    said = texts(answer)
    assert set(said["Sekretessmarkering"]) == {"JA"}
    assert set(said["SkyddadFolkbokforing"]) == {"JA" if registration else "NEJ"}
    assert not {"Fornamn", "Aviseringsnamn", "SvenskAdress", "Fodelsedatum"} & set(said)
    by_spar = [each.get("sattAvSPAR") for each in answer.iter(f"{{{answers.PROTECTION}}}Sekretessmarkering")]
    assert set(by_spar) == {"JA" if registration and not secrecy else None}


def test_FJ3_who_has_moved_is_at_the_new_address_and_history_has_both(caller, control):
    control.move(KARIN, "Nya gatan 1", "11122", "STOCKHOLM")
    assert texts(caller.answer(KARIN))["Utdelningsadress2"] == ["Nya gatan 1"]
    control.set_history(history=True)
    said = texts(caller.answer(KARIN))
    assert said["Utdelningsadress2"] == ["Provgränd 3 lgh 1102", "Nya gatan 1"]
    assert said["DatumTill"][-2:] == ["2026-11-01", "9999-12-31"]


def test_FJ3_of_the_dead_there_is_no_address(caller, control):
    control.die(KARIN)
    said = texts(caller.answer(KARIN))
    assert said["AvregistreringsorsakKod"] == ["AV"]
    assert said["Avlidendatum"]
    assert "SvenskAdress" not in said
    assert said["Efternamn"] == ["Persson"]


def test_FJ3_other_addresses_come_in_their_own_elements(caller, control):
    special = {"kind": "SarskildPostadress", "care_of": "Ahl", "line2": "Box 7", "postal_code": "58101", "town": "X"}
    abroad = {"kind": "Utlandsadress", "line1": "1 Main St", "line2": "Springfield", "country": "USA"}
    control.change(KARIN, addresses=[special, abroad])
    said = texts(caller.answer(KARIN))
    assert (said["SarskildPostadress"], said["CareOf"], said["Land"]) == ([""], ["Ahl"], ["USA"])
    assert said["InternationellAdress"] == [""]


@pytest.mark.parametrize("number", ["000000000000", "9908072391", "199908072390", "", "'; DROP"])
def test_FJ3_a_number_that_breaks_the_schema_is_a_soap_fault(caller, number):
    answer = caller.ask(number)
    assert answer.status_code == 500
    assert "<faultcode>soap:Client</faultcode>" in answer.text


@pytest.mark.parametrize(
    "body", ["", "<a>", "<a/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'], ids=["empty", "cut", "other", "dtd"]
)
def test_FJ3_what_is_no_question_is_a_soap_fault(caller, body):
    assert "faultstring" in caller.send(body).text
    assert caller.send(body).status_code == 500


def test_FJ3_the_wrong_action_and_the_wrong_type_are_refused(caller):
    assert caller.send("<a/>", SOAPAction='"urn:other"').status_code == 500
    assert caller.send("<a/>", **{"Content-Type": "application/json"}).status_code == 415


@pytest.mark.parametrize("changes", [{"assignment": "638"}, {"delivery": "500244"}], ids=["assignment", "delivery"])
def test_FJ3_a_strangers_assignment_is_an_exception(caller, changes):
    answer = caller.ask(KARIN, **changes)
    assert answer.status_code == 200
    assert "OGILTIG_INPARAMETER" in answer.text
    assert "Persson" not in answer.text


def test_FJ3_who_asks_must_be_said(caller):
    assert caller.ask(KARIN, user="").status_code == 500


def test_FJ3_with_tls_nobody_asks_without_a_certificate_of_the_customers(tmp_path):
    files = make_certificates(tmp_path)
    told = {f"SIM_SPAR_TLS_{name}": str(files[file]) for name, file in (("CERT", "server.pem"), ("KEY", "server.key"))}
    with running(told | {"SIM_SPAR_TLS_CLIENT_CA": str(files["ca.pem"])}) as simulator:
        trusts = ssl.create_default_context(cafile=str(files["ca.pem"]))
        with httpx.Client(verify=trusts, trust_env=False) as http, pytest.raises(httpx.TransportError):
            http.get(simulator.url)
        trusts.load_cert_chain(files["rp.pem"], files["rp.key"])
        with httpx.Client(verify=trusts, trust_env=False) as http:
            assert http.get(simulator.url).status_code == 405
            assert http.get(simulator.url.replace("/2023.1/", "/control/calls")).status_code == 404
        assert simulator.control.calls() == []
