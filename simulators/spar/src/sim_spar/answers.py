"""SPAR's answers in XML, schema 2023.1. Namespaces of single components: see README, what is known and what is not."""

import secrets
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

from sim_spar.persons import DEAD, FOR_EVER, Address, Person

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
BASE = "http://statenspersonadressregister.se/schema/"
QUESTION = BASE + "personsok/2023.1/personsokningfraga"
ANSWER = BASE + "personsok/2023.1/personsokningsvar"
IDENTIFICATION = BASE + "komponent/metadata/identifieringsinformationWs-1.1"
SEARCH = BASE + "komponent/sok/personsokningsokparametrar-1.2"
PERSON = BASE + "komponent/person/person-1.3"
TIME = BASE + "komponent/generellt/datumtid-1.1"
PROTECTION = BASE + "komponent/person/skyddadepersonuppgifter-1.1"
NAME = BASE + "komponent/person/namn/namn-1.0"
NAME_PARTS = BASE + "komponent/person/namn/deladenamnelement-1.0"
DETAILS = BASE + "komponent/person/persondetaljer-1.3"
DEREGISTRATION = BASE + "komponent/person/avregistrering-1.0"
ADDRESS_PARTS = BASE + "komponent/person/adress/deladeadresselement-1.1"
EXCEPTION = BASE + "komponent/sok/undantag-1.0"
COORDINATION_DAY = 60


def _add(parent: Element, namespace: str, name: str, text: str | None = None) -> Element:
    child = SubElement(parent, f"{{{namespace}}}{name}")
    child.text = text
    return child


def _yes(value: bool) -> str:  # noqa: FBT001 - one value, said in Swedish
    return "JA" if value else "NEJ"


def _envelope() -> tuple[Element, Element]:
    envelope = Element(f"{{{SOAP}}}Envelope")
    return envelope, _add(envelope, SOAP, "Body")


def _written(envelope: Element) -> bytes:
    return bytes(tostring(envelope, encoding="UTF-8", xml_declaration=True))


def found(number: str, persons: Iterable[Person], *, history: bool) -> bytes:
    """The answer to a search for `number`; without persons it has no post, and only says what was asked."""
    envelope, body = _envelope()
    answer = _add(body, ANSWER, "SPARPersonsokningSvar")
    _add(_add(answer, SEARCH, "PersonsokningFraga"), PERSON, "IdNummer", number)
    for person in persons:
        _post(answer, person, history=history)
    _identified(answer)
    return _written(envelope)


def exception(number: str, code: str, text: str) -> bytes:
    """The answer that says why there is none."""
    envelope, body = _envelope()
    answer = _add(body, ANSWER, "SPARPersonsokningSvar")
    _add(_add(answer, SEARCH, "PersonsokningFraga"), PERSON, "IdNummer", number)
    wrong = _add(answer, EXCEPTION, "Undantag")
    _add(wrong, EXCEPTION, "Kod", code)
    _add(wrong, EXCEPTION, "Beskrivning", text)
    _identified(answer)
    return _written(envelope)


def soap_fault(text: str) -> bytes:
    """A SOAP 1.1 fault; its elements have no namespace."""
    envelope, body = _envelope()
    fault = _add(body, SOAP, "Fault")
    SubElement(fault, "faultcode").text = "soap:Client"
    SubElement(fault, "faultstring").text = text
    return _written(envelope)


def _identified(answer: Element) -> None:
    h = secrets.token_hex(16)
    _add(answer, ANSWER, "UUID", "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:])))


def _post(answer: Element, person: Person, *, history: bool) -> None:
    post = _add(answer, ANSWER, "PersonsokningSvarspost")
    known = _add(post, PERSON, "PersonId")
    _add(known, PERSON, "IdNummer", person.number)
    coordination = int(person.number[6:8]) > COORDINATION_DAY
    _add(known, PERSON, "Typ", "SAMORDNINGSNUMMER" if coordination else "PERSONNUMMER")
    _marks(post, person)
    _add(post, PERSON, "SenasteAndringSPAR", "2026-02-03")
    if not person.is_protected:
        _name(post, person, history=history)
    _details(post, person, history=history)
    if person.is_protected or person.deregistered == DEAD:
        return
    for address in person.addresses:
        if history or address.until == FOR_EVER:
            _address(post, address, history=history)


def _marks(parent: Element, person: Person) -> None:
    mark = _add(parent, PROTECTION, "Sekretessmarkering", _yes(person.is_protected))
    if person.protected_registration and not person.secrecy:
        mark.set("sattAvSPAR", "JA")
    _add(parent, PROTECTION, "SkyddadFolkbokforing", _yes(person.protected_registration))


def _dates(parent: Element, since: str, until: str) -> None:
    _add(parent, TIME, "DatumFrom", since)
    _add(parent, TIME, "DatumTill", until)


def _name(post: Element, person: Person, *, history: bool) -> None:
    name = _add(post, NAME, "Namn")
    if history:
        _dates(name, "2019-12-02", FOR_EVER)
    short = " ".join(part for part in (person.middle, person.family) if part)
    parts = {
        "Aviseringsnamn": f"{short}, {person.given}"[:36],
        "Fornamn": person.given,
        "Tilltalsnamn": str(person.called) if person.called else None,
        "Mellannamn": person.middle,
        "Efternamn": person.family,
    }
    for part, text in parts.items():
        if text:
            _add(name, NAME_PARTS, part, text)


def _details(post: Element, person: Person, *, history: bool) -> None:
    details = _add(post, DETAILS, "Persondetaljer")
    if history:
        _dates(details, "2019-12-02", FOR_EVER)
    _marks(details, person)
    if person.deregistered:
        _add(details, DEREGISTRATION, "AvregistreringsorsakKod", person.deregistered)
        _add(details, DEREGISTRATION, "Avregistreringsdatum", person.deregistered_on)
        if person.deregistered == DEAD:
            _add(details, DEREGISTRATION, "Avlidendatum", person.deregistered_on)
    if not person.is_protected:
        born = person.number
        day = int(born[6:8]) % COORDINATION_DAY
        _add(details, DETAILS, "Fodelsedatum", f"{born[:4]}-{born[4:6]}-{day:02d}")
        _add(details, DETAILS, "Kon", "KVINNA" if int(born[10]) % 2 == 0 else "MAN")


def _address(post: Element, address: Address, *, history: bool) -> None:
    kind = _add(post, f"{BASE}komponent/person/adress/{address.kind.lower()}-1.1", address.kind)
    place = _add(kind, ADDRESS_PARTS, "InternationellAdress" if address.country else "SvenskAdress")
    if history:
        _dates(place, address.since, address.until)
    parts = {
        "CareOf": None if address.country else address.care_of,
        "Utdelningsadress1": address.line1,
        "Utdelningsadress2": address.line2,
        "Utdelningsadress3": address.line3 if address.country else None,
        "PostNr": None if address.country else address.postal_code,
        "Postort": None if address.country else address.town,
        "Land": address.country,
    }
    for part, text in parts.items():
        if text:
            _add(place, ADDRESS_PARTS, part, text)
