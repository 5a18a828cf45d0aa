"""The data set answers as domain-facts 3.3 and 3.5 say."""

import pytest
from organisationsnummer import organisationsnummer
from personnummer import personnummer

from sim_bolagsverket import companies as data
from sim_bolagsverket.companies import (
    ASA,
    EBBA,
    ERIK,
    GUNVOR,
    KARIN,
    LINNEA,
    MARTA,
    SARA,
    TOLVAN,
)


def alternatives(verdict):
    return [yes["alternativ"] for yes in verdict.get("firmateckningsutfallJaSvar", [])]


@pytest.mark.parametrize(
    ("company", "person", "expected"),
    [
        (data.ALONE, TOLVAN, ["ENSAM"]),
        (data.TWO_TOGETHER, ERIK, ["TILLSAMMANS"]),
        (data.TWO_TOGETHER, ASA, ["TILLSAMMANS"]),
        (data.MANAGING_DIRECTOR, EBBA, ["LOPANDE"]),
        (data.MANAGING_DIRECTOR, SARA, ["TILLSAMMANS"]),
        (data.DEPUTY_AND_AUDITOR, KARIN, ["ENSAM"]),
        (data.PENDING_CASE, ASA, ["ENSAM"]),
        (data.PARTNERSHIP, MARTA, ["ENSAM"]),
        (data.SOLE_TRADER, KARIN, ["ENSAM"]),
    ],
)
def test_a_signatory_gets_yes_and_how(api, company, person, expected):
    verdict = api.verdict(person.number, company)
    assert verdict["utfall"] == "JA"
    assert alternatives(verdict) == expected
    assert "firmateckningsutfallNejSvar" not in verdict


@pytest.mark.parametrize(
    ("company", "person"),
    [
        (data.ALONE, GUNVOR),
        (data.DEPUTY_AND_AUDITOR, LINNEA),
        (data.DEPUTY_AND_AUDITOR, GUNVOR),
        (data.PENDING_CASE, SARA),
    ],
)
def test_a_listed_deputy_or_auditor_gets_no(api, company, person):
    body = {
        "identitetsbeteckning": company,
        "organisationInformationsmangd": ["FUNKTIONARER"],
    }
    [organisation] = api.post("organisationer", body).json()
    listed = [o["identitet"]["identitetsbeteckning"] for o in organisation["funktionarer"]]
    assert person.number in listed
    verdict = api.verdict(person.number, company)
    assert verdict == {"utfall": "NEJ", "firmateckningsutfallNejSvar": "EJ_FIRMATECKNARE"}


def test_somebody_of_another_company_gets_no(api):
    verdict = api.verdict(ERIK.number, data.ALONE)
    assert verdict == {"utfall": "NEJ", "firmateckningsutfallNejSvar": "EJ_FUNKTIONAR"}


@pytest.mark.parametrize(
    ("company", "person", "status"),
    [(data.DEREGISTERED, TOLVAN, "AVREGISTRERAD"), (data.BANKRUPT, ERIK, "KONKURS")],
)
def test_nobody_signs_for_an_inactive_company(api, company, person, status):
    [found] = api.may_sign(person.number, company).json()["firmateckningInformation"]
    assert found["firmateckningssvar"] == {
        "utfall": "NEJ",
        "firmateckningsutfallNejSvar": "EJ_AKTIV_ORGANISATION",
    }
    [given] = found["firmateckningOrganisation"]["organisationsstatusar"]
    assert given["kod"] == status


def test_two_together_names_the_other_one(api):
    [yes] = api.verdict(ERIK.number, data.TWO_TOGETHER)["firmateckningsutfallJaSvar"]
    assert yes["namnKanEjListas"] is False
    [[other]] = yes["firmateckningsutfallJatillsammansAlternativ"]
    assert other["personnamn"] == {"fornamn": ASA.given, "efternamn": ASA.family}
    assert other["identitet"]["identitetsbeteckning"] == ASA.number
    [combination] = yes["firmateckningsutfallOrsak"]["firmateckningskombination"]
    assert len(combination["funktionarer"]) == 2


def test_a_pending_case_is_counted(api):
    for company, antal in ((data.PENDING_CASE, 1), (data.TWO_TOGETHER, 0)):
        [found] = api.may_sign(ASA.number, company).json()["firmateckningInformation"]
        assert found["firmateckningOrganisation"]["inneliggandeArenden"] == {"antal": antal}


def test_a_sole_traders_number_may_hold_two_firms(api):
    body = api.may_sign(LINNEA.number, data.SOLE_TRADER_TWO_FIRMS).json()
    found = [
        (
            one["firmateckningOrganisation"]["namnskyddslopnummer"],
            one["firmateckningssvar"]["utfall"],
        )
        for one in body["firmateckningInformation"]
    ]
    assert found == [(1, "JA"), (2, "NEJ")]
    one = {"identitetsbeteckning": data.SOLE_TRADER_TWO_FIRMS, "namnskyddslopnummer": "2"}
    [organisation] = api.post("organisationer", one).json()
    assert organisation["organisationsnamn"]["namn"] == "Åkerlunds Kafé"
    assert organisation["identitet"]["typ"]["kod"] == "PERSNR"


def test_every_number_of_the_data_set_is_well_formed_and_of_a_made_up_series():
    numbers = {company.number for company in data.COMPANIES} | {data.ASSOCIATION_NOT_IN_REGISTER}
    for number in numbers:
        assert organisationsnummer.valid(number)
        if len(number) == 10:
            assert number.startswith(("5520000", "8920000", "9920000"))
    for person in data.PERSONS:
        assert len(person.number) == 12
        assert personnummer.valid(person.number)
    known = {person.number for person in data.PERSONS}
    for company in data.COMPANIES:
        assert {o.person for o in company.officers} <= known
        assert {p for rule in company.rules for p in rule.persons} <= known
