"""Personsök, program to program: SOAP 1.1, one operation, search by number only."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from flask import Blueprint, Response, current_app, request

from sim_spar import answers
from sim_spar.register import Register

PATH = "/2023.1/"
ACTION = "http://skatteverket.se/spar/personsok/2023.1/PersonsokService/Personsok"
NUMBER = re.compile(r"[1-9][0-9]{11}", re.ASCII)
XML = "text/xml; charset=utf-8"

blueprint = Blueprint("personsok", __name__)


class BadQuestionError(Exception):
    """Ends a call with a SOAP fault."""


def register() -> Register:
    """The one register of this process."""
    known: Register = current_app.extensions["register"]
    return known


def fault(text: str) -> Response:
    """SOAP 1.1 wants 500 with a fault."""
    return Response(answers.soap_fault(text), 500, content_type=XML)


@blueprint.errorhandler(BadQuestionError)
def _bad(error: BadQuestionError) -> Response:
    return fault(str(error))


@blueprint.post(PATH)
def search() -> Response:
    """Answer PersonSok: zero posts or one for a number, or what was wrong with the question."""
    if request.mimetype != "text/xml":
        return Response(b"", 415)
    if request.headers.get("SOAPAction", "").strip('"') not in {"", ACTION}:
        raise BadQuestionError("SOAPAction")
    question = _question(request.get_data())
    number = _text(question, answers.SEARCH, "PersonsokningFraga", answers.PERSON, "IdNummer")
    if not NUMBER.fullmatch(number) or not _checks(number[2:]):
        raise BadQuestionError("Meddelandet följer inte schemat: IdNummer")
    known = register()
    if not _customer(question):
        body = answers.exception(number, "OGILTIG_INPARAMETER", "Uppdraget finns inte eller tillhör en annan kund")
        return Response(body, content_type=XML)
    person = known.person(number)
    found = answers.found(number, [person] if person else [], history=known.history)
    return Response(found, content_type=XML)


def _question(body: bytes) -> Element:
    try:
        envelope: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise BadQuestionError("Meddelandet är inte giltig XML") from None
    found = envelope.find(f"{{{answers.SOAP}}}Body/{{{answers.QUESTION}}}SPARPersonsokningFraga")
    if envelope.tag != f"{{{answers.SOAP}}}Envelope" or found is None:
        raise BadQuestionError("Meddelandet följer inte schemat: SPARPersonsokningFraga")
    return found


def _text(parent: Element, *path: str) -> str:
    steps = zip(path[::2], path[1::2], strict=True)
    return (parent.findtext("/".join(f"{{{namespace}}}{name}" for namespace, name in steps)) or "").strip()


def _customer(question: Element) -> bool:
    """The four that are obligatory; the user's id is logged by SPAR, so it may not be empty."""
    settings = register().settings
    wanted = {
        "KundNrLeveransMottagare": str(settings.customer_number),
        "KundNrSlutkund": str(settings.customer_number),
        "UppdragId": str(settings.assignment_id),
    }
    who = "Identifieringsinformation"
    given = {name: _text(question, answers.IDENTIFICATION, who, answers.IDENTIFICATION, name) for name in wanted}
    user = _text(question, answers.IDENTIFICATION, who, answers.IDENTIFICATION, "SlutAnvandarId")
    if not user or not all(given.values()):
        raise BadQuestionError("Meddelandet följer inte schemat: Identifieringsinformation")
    return given == wanted


def _checks(ten: str) -> bool:
    """The check digit of a personal number (Luhn)."""
    digits = [int(digit) * (2 - place % 2) for place, digit in enumerate(ten)]
    return sum(digit // 10 + digit % 10 for digit in digits) % 10 == 0
