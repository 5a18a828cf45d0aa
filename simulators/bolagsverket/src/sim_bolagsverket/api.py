"""Företagsinformation v4: the two calls Minasidor makes (domain-facts 3.3)."""

import re
import secrets
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request

from sim_bolagsverket.answers import (
    INFORMATION,
    error_body,
    organisation_answer,
    signing_answer,
)
from sim_bolagsverket.companies import Company
from sim_bolagsverket.oauth import SCOPE
from sim_bolagsverket.register import Register
from sim_common.memory import timestamp

PREFIX = "/foretagsinformation/v4"
NOT_SUBSCRIBED = {
    "code": "900908",
    "message": "Resource forbidden ",
    "description": "User is NOT authorized to access the Resource. API Subscription validation failed.",
}
IDENTITY = re.compile(r"[0-9]{10}([0-9]{2})?", re.ASCII)
LONG = 12

blueprint = Blueprint("foretagsinformation", __name__, url_prefix=PREFIX)


class RefusedError(Exception):
    """Ends a call with Bolagsverket's error body."""

    def __init__(self, status: int, title: str, detail: str, code: str, source: str) -> None:
        super().__init__(code)
        self.status, self.title, self.detail = status, title, detail
        self.code, self.source = code, source


def _register() -> Register:
    register: Register = current_app.extensions["register"]
    return register


@blueprint.before_request
def _begin() -> Response | None:
    """Order of the real gateway: token, subscription, scope; only then the service itself."""
    register = _register()
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    scopes = register.token_scopes(value.strip()) if scheme.lower() == "bearer" else None
    if scopes is None:
        return Response(b"", 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
    if not register.subscribed:
        answer = jsonify(NOT_SUBSCRIBED)
        answer.status_code = 403
        return answer
    if SCOPE not in scopes:
        return Response(b"", 403)
    return None


@blueprint.errorhandler(RefusedError)
def _refused(error: RefusedError) -> tuple[Response, int]:
    body = error_body(
        status=error.status,
        title=error.title,
        detail=error.detail,
        code=error.code,
        source=error.source,
        request_id=g.request_id,
        at=timestamp(),
    )
    return jsonify(body), error.status


def request_id() -> str:
    """The caller's `X-Request-Id`, or one of ours in the same form."""
    h = secrets.token_hex(16)
    return request.headers.get("X-Request-Id") or "-".join((h[:8], h[8:12], h[12:16], h[16:20], h[20:]))


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise RefusedError(400, "Fel format", "Anropet är inte giltig JSON", "FM001", "body")
    return body


def _identity(body: dict[str, Any], field: str, source: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not IDENTITY.fullmatch(value):
        detail = f"Identitetsbeteckning måste vara 10 eller 12 siffror: {value}"
        raise RefusedError(400, "Fel format", detail, "FM003", source)
    return value


def _companies(identity: str, source: str) -> list[Company]:
    """Registrations of a 10-digit number, its form with prefix 16, or an owner's 12 digits."""
    register = _register()
    number = identity[2:] if len(identity) == LONG and identity.startswith("16") else identity
    found = register.companies(number)
    if not found and len(number) < LONG:  # an owner's number without its century
        found = [c for c in register.companies() if c.form == "E" and c.number[2:] == number]
    if not found:
        detail = f"Organisationen saknas i registret: {identity}"
        raise RefusedError(404, "Saknas", detail, "FM404", source)
    if any(company.down for company in found):
        raise RefusedError(503, "Tillfälligt fel", "Uppgiften kan inte hämtas", "FM503", source)
    return found


@blueprint.post("/firmateckningsalternativ")
def signing_alternatives() -> Response:
    """May this person sign for this organisation? Every new account asks this (B5, D10)."""
    body = _body()
    person = _identity(body, "funktionarIdentitetsbeteckning", "funktionarIdentitetsbeteckning")
    organisation = _identity(body, "organisationIdentitetsbeteckning", "organisationIdentitetsbeteckning")
    companies = _companies(organisation, "organisationIdentitetsbeteckning")
    people = _register().people()
    number = next((n for n in people if person in (n, n[2:])), None)
    if number is None:
        detail = f"Personen saknas i registret: {person}"
        raise RefusedError(404, "Saknas", detail, "FM404", "funktionarIdentitetsbeteckning")
    answers = [signing_answer(company, number, people) for company in companies]
    return jsonify(firmateckningInformation=answers)


@blueprint.post("/organisationer")
def organisations() -> Response:
    """Facts about an organisation, of the sets in `organisationInformationsmangd`, as of today."""
    body = _body()
    number = _identity(body, "identitetsbeteckning", "identitetsbeteckning.identitet.id")
    wanted = body.get("organisationInformationsmangd", [])
    if not isinstance(wanted, list) or not all(isinstance(w, str) for w in wanted):
        wanted = ["?"]
    unknown = sorted(set(wanted) - INFORMATION)
    if unknown:
        detail = f"Okänd informationsmängd: {', '.join(unknown)}"
        raise RefusedError(400, "Fel format", detail, "FM001", "organisationInformationsmangd")
    found = _companies(number, "identitetsbeteckning.identitet.id")
    serial = body.get("namnskyddslopnummer")
    if serial is not None:
        found = [company for company in found if str(company.serial) == str(serial)]
        if not found:
            detail = f"Namnskyddslöpnummer saknas: {serial}"
            raise RefusedError(404, "Saknas", detail, "FM404", "namnskyddslopnummer")
    people = _register().people()
    return jsonify([organisation_answer(company, set(wanted), people) for company in found])
