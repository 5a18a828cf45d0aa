"""The bodies of Företagsinformation v4 (domain-facts 3.3), made from the data set.

Published by Bolagsverket: every field name, JA and NEJ, TILLSAMMANS, EJ_AKTIV_ORGANISATION, FM003.
Assumed here, because no list is published: ENSAM and LOPANDE as alternatives, the other reasons
for NEJ, the codes under `typ` and `organisationsstatusar`. A client must treat those as open.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any, Final

from sim_bolagsverket.companies import FORMS, ROLES, Company, Officer, Person, Rule

Json = dict[str, Any]

INFORMATION: Final = frozenset(
    {
        "ORGANISATIONSADRESSER",
        "FIRMATECKNING",
        "FUNKTIONARER",
        "HEMVISTKOMMUN",
        "RAKENSKAPSAR",
        "ORGANISATIONSDATUM",
        "VERKSAMHETSBESKRIVNING",
        "AKTIEINFORMATION",
        "SAMTLIGA_ORGANISATIONSNAMN",
        "ORGANISATIONSENGAGEMANG",
        "TILLSTAND",
        "OVRIG_ORGANISATIONSINFORMATION",
        "ORGANISATIONSMARKERINGAR",
        "BESTAMMELSER",
        "VAKANSER_OCH_UPPLYSNINGAR",
        "EKONOMISK_PLAN",
        "UTLANDSK_FILIALAGANDE_ORGANISATION",
        "FINANSIELLA_RAPPORTER",
        "DETALJERAD_STATUS",
        "UTLANDSKA_FILIALER",
    }
)
STATUSES: Final[Mapping[str, tuple[str, str]]] = {
    "DEREGISTERED": ("AVREGISTRERAD", "Avregistrerad"),
    "BANKRUPT": ("KONKURS", "Konkurs inledd"),
}


def error_body(*, status: int, title: str, detail: str, code: str, source: str, request_id: str, at: str) -> Json:
    """Bolagsverket's error body; `code` FM003 is the published one for a malformed identity."""
    return {
        "type": "urn:bolagsverket:error:validation",
        "instance": "validation.client",
        "status": status,
        "timestamp": at,
        "requestId": request_id,
        "title": title,
        "detail": detail,
        "code": code,
        "source": source,
    }


def _coded(code: str, text: str) -> Json:
    return {"kod": code, "klartext": text}


def _person_identity(number: str) -> Json:
    coordination = int(number[6:8]) > 60  # noqa: PLR2004 - day of birth + 60
    typ = ("SAMORDNR", "Samordningsnummer") if coordination else ("PERSNR", "Personnummer")
    return {"typ": _coded(*typ), "identitetsbeteckning": number}


def _named(person: Person) -> Json:
    return {
        "personnamn": {"fornamn": person.given, "efternamn": person.family},
        "identitet": _person_identity(person.number),
    }


def _roles(roles: tuple[str, ...]) -> list[Json]:
    return [_coded(role, ROLES.get(role, role)) for role in roles]


def _organisation(company: Company) -> Json:
    owner = company.form == "E"
    status = STATUSES.get(company.status)
    return {
        "identitet": _person_identity(company.number)
        if owner
        else {
            "typ": _coded("ORGNR", "Organisationsnummer"),
            "identitetsbeteckning": company.number,
        },
        "namnskyddslopnummer": company.serial,
        "organisationsnamn": {"typ": _coded("FORETAGSNAMN", "Företagsnamn"), "namn": company.name},
        "organisationsform": _coded(company.form, FORMS.get(company.form, company.form)),
        "organisationsstatusar": [{**_coded(*status), "typ": "ORGANISATIONSSTATUS", "datum": company.status_date}]
        if status
        else [],
    }


def _combination(company: Company, rule: Rule, people: Mapping[str, Person], order: int) -> Json:
    typ: tuple[str, str] = (rule.alternative, _rule_text(rule, people))
    if rule.persons == company.board and rule.count == len(company.board):
        typ = ("STYRELSEN", "Firman tecknas av styrelsen")
    held = {officer.person: officer.roles for officer in company.officers}
    roles = dict.fromkeys(role for number in rule.persons for role in held.get(number, ()))
    return {
        "typ": _coded(*typ),
        "ordning": order,
        "funktionarsroller": _roles(tuple(roles)),
        "funktionarer": [_named(people[number]) for number in rule.persons],
    }


def _rule_text(rule: Rule, people: Mapping[str, Person]) -> str:
    names = ", ".join(f"{people[n].given} {people[n].family}" for n in rule.persons)
    if rule.alternative == "ENSAM":
        return f"Firman tecknas var för sig av {names}"
    if rule.alternative == "LOPANDE":
        return f"{names} har rätt att teckna firman beträffande löpande förvaltningsåtgärder"
    words = {2: "två", 3: "tre"}
    return f"Firman tecknas {words.get(rule.count, rule.count)} i förening av {names}"


def signing_text(company: Company, people: Mapping[str, Person]) -> str:
    """The rules as the register writes them out, one sentence each."""
    if company.status != "ACTIVE":
        return ""
    first = ["Firman tecknas av styrelsen"] if company.board else []
    return " ".join(f"{s}." for s in [*first, *(_rule_text(r, people) for r in company.rules)])


def _officer(officer: Officer, people: Mapping[str, Person]) -> Json:
    return {**_named(people[officer.person]), "funktionarsroller": _roles(officer.roles)}


def organisation_answer(company: Company, wanted: set[str], people: Mapping[str, Person]) -> Json:
    """One element of `/organisationer`: always who it is, and of the rest what was asked for."""
    answer = _organisation(company)
    if "FIRMATECKNING" in wanted:
        rules = company.signing_rules()
        coded = [_combination(company, rule, people, i) for i, rule in enumerate(rules, 1)]
        text = signing_text(company, people)
        answer["firmateckning"] = {"kodad": [coded] if coded else [], "klartext": text}
    if "FUNKTIONARER" in wanted:
        answer["funktionarer"] = [_officer(officer, people) for officer in company.officers]
        deputies = sum("SU" in officer.roles for officer in company.officers)
        answer["antalValdaFunktionarer"] = {
            "ledamoter": len(company.board),
            "suppleanter": deputies,
        }
    if "ORGANISATIONSDATUM" in wanted:
        answer["organisationsdatum"] = {"registreringsdatum": company.registered}
    if "HEMVISTKOMMUN" in wanted:
        answer["hemvistkommun"] = {"typ": "KOMMUN", "kommun": _coded(*company.municipality)}
    if "VERKSAMHETSBESKRIVNING" in wanted:
        answer["verksamhetsbeskrivning"] = company.activity
    if "ORGANISATIONSADRESSER" in wanted:
        answer["organisationsadresser"] = {
            "postadress": {
                "adress": "Påhittade gatan 1",
                "postnummer": "99999",
                "postort": company.municipality[1].upper(),
            }
        }
    return answer


def _yes(company: Company, rule: Rule, person: str, people: Mapping[str, Person]) -> Json:
    combination = _combination(company, rule, people, 1)
    answer: Json = {
        "alternativ": rule.alternative,
        "firmateckningsutfallOrsak": {"firmateckningskombination": [combination]},
        "namnKanEjListas": False,
    }
    if rule.alternative == "TILLSAMMANS":
        others = [number for number in rule.persons if number != person]
        answer["firmateckningsutfallJatillsammansAlternativ"] = [
            [_named(people[number]) for number in group] for group in combinations(others, rule.count - 1)
        ]
    return answer


def verdict(company: Company, person: str, people: Mapping[str, Person]) -> Json:
    """`firmateckningssvar`: may this person sign, alone, with whom, or only day to day."""
    if company.status != "ACTIVE":
        return {"utfall": "NEJ", "firmateckningsutfallNejSvar": "EJ_AKTIV_ORGANISATION"}
    rules = [rule for rule in company.signing_rules() if person in rule.persons]
    if rules:
        yes = [_yes(company, rule, person, people) for rule in rules]
        return {"utfall": "JA", "firmateckningsutfallJaSvar": yes}
    listed = any(officer.person == person for officer in company.officers)
    reason = "EJ_FIRMATECKNARE" if listed else "EJ_FUNKTIONAR"
    return {"utfall": "NEJ", "firmateckningsutfallNejSvar": reason}


def signing_answer(company: Company, person: str, people: Mapping[str, Person]) -> Json:
    """One element of `firmateckningInformation` in the answer of `/firmateckningsalternativ`."""
    roles = next((o.roles for o in company.officers if o.person == person), ())
    organisation = _organisation(company)
    organisation["inneliggandeArenden"] = {"antal": company.pending_cases}
    return {
        "funktionar": {**_named(people[person]), "funktionarsroller": _roles(roles)},
        "firmateckningOrganisation": organisation,
        "firmateckningssvar": verdict(company, person, people),
    }
