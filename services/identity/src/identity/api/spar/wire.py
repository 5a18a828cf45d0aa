"""SPAR's messages as they stand on the wire: strict in what we need, blind to what we do not know (B17).

What is known from SPAR's own pages, and what had to be taken from elsewhere, stands in docs/adr/0021.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from identity.domain.population_register import NoAnswer, Outcome, PostalAddress, RegisterAnswer, RegisterSilent

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
BASE = "http://statenspersonadressregister.se/schema/"
"""Every namespace of SPAR's begins so. An answer's single components (``.../person-1.3``) are not compared: their
numbers change without the elements that we read."""
ACTION = "http://skatteverket.se/spar/personsok/2023.1/PersonsokService/Personsok"
QUESTION = f"{{{BASE}personsok/2023.1/personsokningfraga}}"
IDENTIFICATION = f"{{{BASE}komponent/metadata/identifieringsinformationWs-1.1}}"
SEARCH = f"{{{BASE}komponent/sok/personsokningsokparametrar-1.2}}"
PERSON = f"{{{BASE}komponent/person/person-1.3}}"
YES, NO = "JA", "NEJ"
EXCEPTIONS = frozenset({"OGILTIG_INPARAMETER", "OVERSTIGER_MAX_ANTAL_TRAFFAR", "GENERELLT_FEL"})
POST_TO = ("SarskildPostadress", "Folkbokforingsadress", "Kontaktadress", "Utlandsadress")
"""Which address letters go to, the first that there is: whoever has a special one wants them there."""
LINES = ("Utdelningsadress1", "Utdelningsadress2", "Utdelningsadress3")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
POSTAL_CODE = re.compile(r"[1-9][0-9]{4}", re.ASCII)
CODE = re.compile(r"[A-Z]{1,2}", re.ASCII)
LONGEST = 200


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Who asks, as SPAR's order confirmation says."""

    customer_number: str
    delivery_number: str
    assignment_id: str
    user: str


def question(who: Customer, personal_number: str) -> bytes:
    """The SOAP envelope that asks about twelve digits. No wider rights than the basic ones are asked for."""
    envelope = Element(f"{SOAP}Envelope")
    asked = SubElement(SubElement(envelope, f"{SOAP}Body"), f"{QUESTION}SPARPersonsokningFraga")
    identification = SubElement(asked, f"{IDENTIFICATION}Identifieringsinformation")
    for name, text in (
        ("KundNrLeveransMottagare", who.delivery_number),
        ("KundNrSlutkund", who.customer_number),
        ("UppdragId", who.assignment_id),
        ("SlutAnvandarId", who.user),
    ):
        SubElement(identification, f"{IDENTIFICATION}{name}").text = text
    search = SubElement(asked, f"{SEARCH}PersonsokningFraga")
    SubElement(search, f"{PERSON}IdNummer").text = personal_number
    return bytes(tostring(envelope, encoding="UTF-8", xml_declaration=True))


def read(body: bytes, personal_number: str, today: date) -> RegisterAnswer:
    """What an answer says of exactly this person.

    Raises ``NoAnswer`` for a fault, an exception, or anything that is not such an answer; ``RegisterSilent`` where the
    register says that the fault is its own.
    """
    answer = _answer(_parse(body))
    asked = _one(answer, "PersonsokningFraga")
    if asked is not None and _text(asked, "IdNummer") not in {None, personal_number}:
        raise NoAnswer("another-person")
    if _one(answer, "OverstigerMaxAntalSvarsposter") is not None:
        raise NoAnswer("too-many")
    refused = _one(answer, "Undantag")
    if refused is not None:
        code = _text(refused, "Kod") or ""
        raise NoAnswer(f"exception {code}" if code in EXCEPTIONS else "exception")
    posts = list(_all(answer, "PersonsokningSvarspost"))
    if not posts:
        return RegisterAnswer(outcome=Outcome.UNKNOWN)
    if len(posts) > 1:
        raise NoAnswer("several-posts")
    return _post(posts[0], personal_number, today.isoformat())


def raise_fault(body: bytes) -> None:
    """Raise what a SOAP fault says; nothing where ``body`` is none."""
    try:
        fault = _parse(body).find(f"{SOAP}Body/{SOAP}Fault")
    except NoAnswer:
        return
    if fault is not None:
        raise _fault(fault)


def _fault(fault: Element) -> NoAnswer:
    own = (fault.findtext("faultcode") or "").strip().rpartition(":")[2] == "Server"
    return RegisterSilent("soap-fault") if own else NoAnswer("soap-fault")


def _parse(body: bytes) -> Element:
    try:
        # No document type at all: without one there are no entities to grow or to be read from elsewhere.
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        # Without "from": the parser may quote what it read. LookupError: an encoding that nobody knows.
        raise NoAnswer("not-xml") from None
    return root


def _answer(root: Element) -> Element:
    body = root.find(f"{SOAP}Body") if root.tag == f"{SOAP}Envelope" else None
    if body is None:
        raise NoAnswer("not-soap")
    fault = body.find(f"{SOAP}Fault")
    if fault is not None:
        raise _fault(fault)
    answer = _one(body, "SPARPersonsokningSvar")
    if answer is None:
        raise NoAnswer("not-an-answer")
    return answer


def _post(post: Element, personal_number: str, today: str) -> RegisterAnswer:
    known = _one(post, "PersonId")
    if known is None or _text(known, "IdNummer") != personal_number:
        raise NoAnswer("another-person")
    marks = [_text(post, name) for name in ("Sekretessmarkering", "SkyddadFolkbokforing")]
    if not set(marks) <= {YES, NO}:
        # Without both marks nobody may say that the person is not protected.
        raise NoAnswer("marks")
    details = [each for each in _all(post, "Persondetaljer") if _is_current(each, today)]
    inner = [_text(each, name) for each in details for name in ("Sekretessmarkering", "SkyddadFolkbokforing")]
    if YES in {*marks, *inner}:
        return RegisterAnswer(outcome=Outcome.PROTECTED)
    codes = [code for each in details if (code := _text(each, "AvregistreringsorsakKod")) and CODE.fullmatch(code)]
    names = [each for each in _all(post, "Namn") if _is_current(each, today)]
    return RegisterAnswer(
        outcome=Outcome.FOUND,
        name=_name(names[0]) if names else None,
        address=_address(post, today),
        deregistered=codes[0] if codes else None,
    )


def _name(name: Element) -> str | None:
    parts = (_text(name, part) for part in ("Fornamn", "Mellannamn", "Efternamn"))
    return " ".join(part for part in parts if part)[:LONGEST] or None


def _address(post: Element, today: str) -> PostalAddress | None:
    for kind in POST_TO:
        for each in _all(post, kind):
            for place in each:
                if _is(place, "SvenskAdress", "InternationellAdress") and _is_current(place, today):
                    return _place(place)
    return None


def _place(place: Element) -> PostalAddress:
    care_of = _text(place, "CareOf")
    if care_of and not care_of.lower().startswith("c/o"):
        care_of = f"c/o {care_of}"
    lines = tuple(line for line in (care_of, *(_text(place, name) for name in LINES)) if line)
    code = _text(place, "PostNr")
    return PostalAddress(
        lines=lines,
        postal_code=code if code and POSTAL_CODE.fullmatch(code) else None,
        town=_text(place, "Postort"),
        country=_text(place, "Land"),
    )


def _is_current(element: Element, today: str) -> bool:
    """Whether it holds today. Dates stand there only where the assignment has history; the last day is not of it."""
    since, until = _text(element, "DatumFrom"), _text(element, "DatumTill")
    if not all(day is None or DAY.fullmatch(day) for day in (since, until)):
        raise NoAnswer("dates")
    return (since is None or since <= today) and (until is None or until > today)


def _is(element: Element, *names: str) -> bool:
    namespace, _, name = str(element.tag).lstrip("{").partition("}")
    return name in names and namespace.startswith(BASE)


def _all(parent: Element, name: str) -> Iterator[Element]:
    return (child for child in parent if _is(child, name))


def _one(parent: Element, name: str) -> Element | None:
    return next(_all(parent, name), None)


def _text(parent: Element, name: str) -> str | None:
    """The text as one clean line; None where it is missing or empty."""
    found = _one(parent, name)
    if found is None or not found.text:
        return None
    clean = " ".join("".join(char if char.isprintable() else " " for char in found.text).split())
    return clean[:LONGEST] or None
