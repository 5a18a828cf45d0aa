"""`/control/`: what a test or a demonstration changes in the register. Loopback callers only."""

from dataclasses import asdict
from typing import Any

from flask import Response, current_app, jsonify

from sim_bolagsverket.companies import Company, Officer, Rule
from sim_bolagsverket.faults import KINDS, Fault
from sim_bolagsverket.register import Register, UnknownCompanyError
from sim_common import control_api
from sim_common.control_api import NOTHING
from sim_common.control_api import body as _body

CHANGEABLE = {"name", "status", "status_date", "pending_cases", "down", "registered"}

blueprint = control_api.blueprint(Fault, KINDS)


def _register() -> Register:
    register: Register = current_app.extensions["register"]
    return register


@blueprint.errorhandler(UnknownCompanyError)
def _unknown(error: UnknownCompanyError) -> tuple[Response, int]:
    return jsonify(error=f"no such company: {error}"), 404


def _rules(given: list[dict[str, Any]]) -> tuple[Rule, ...]:
    rules = tuple(Rule(**{**rule, "persons": tuple(rule["persons"])}) for rule in given)
    for rule in rules:
        least = 2 if rule.alternative == "TILLSAMMANS" else 1
        if rule.alternative not in {"ENSAM", "TILLSAMMANS", "LOPANDE"}:
            raise ValueError(rule.alternative)
        if not least <= rule.count <= len(rule.persons):
            raise ValueError(rule.count)
    return rules


@blueprint.get("/companies")
def companies() -> Response:
    """All registrations as they are now."""
    return jsonify(companies=[asdict(company) for company in _register().companies()])


@blueprint.put("/companies/<number>")
def put_company(number: str) -> tuple[str, int]:
    """Add or replace a registration; the fields of `companies.Company`."""
    body = {**_body(), "number": number}
    body["officers"] = tuple(
        Officer(officer["person"], tuple(officer["roles"])) for officer in body.get("officers", [])
    )
    body["rules"] = _rules(body.get("rules", []))
    if "municipality" in body:
        body["municipality"] = tuple(body["municipality"])
    _known(body["officers"], body["rules"])
    _register().put(Company(**body))
    return NOTHING


def _known(officers: tuple[Officer, ...], rules: tuple[Rule, ...]) -> None:
    people = {officer.person for officer in officers} | set(_register().people())
    for rule in rules:
        if not people.issuperset(rule.persons):
            raise ValueError("a rule names somebody who is neither officer nor known")


@blueprint.patch("/companies/<number>")
def change_company(number: str) -> tuple[str, int]:
    """Change name, status (ACTIVE, DEREGISTERED, BANKRUPT), pending_cases or down (503)."""
    body = _body()
    if not body or set(body) - CHANGEABLE:
        raise ValueError(sorted(CHANGEABLE))
    if body.get("status", "ACTIVE") not in {"ACTIVE", "DEREGISTERED", "BANKRUPT"}:
        raise ValueError(body["status"])
    _register().change(number, **body)
    return NOTHING


@blueprint.put("/companies/<number>/rules")
def put_rules(number: str) -> tuple[str, int]:
    """Replace the signing rules (the board together may sign whatever they say)."""
    rules = _rules(_body()["rules"])
    _known((), rules)
    _register().change(number, rules=rules)
    return NOTHING


@blueprint.put("/companies/<number>/officers/<person>")
def put_officer(number: str, person: str) -> tuple[str, int]:
    """List a person with `roles`; `given` and `family` name somebody new."""
    body = _body()
    name = (body["given"], body["family"]) if "given" in body else None
    _register().put_officer(number, Officer(person, tuple(body["roles"])), name=name)
    return NOTHING


@blueprint.delete("/companies/<number>/officers/<person>")
def remove_officer(number: str, person: str) -> tuple[str, int]:
    """Take a person out of the company and its rules (D12)."""
    _register().remove_officer(number, person)
    return NOTHING


@blueprint.patch("/access")
def change_access() -> tuple[str, int]:
    """`subscribed` (false: 403 code 900908), `token_seconds`, `expire_tokens` (true: all, now)."""
    body = _body()
    register = _register()
    if not body or set(body) - {"subscribed", "token_seconds", "expire_tokens"}:
        raise ValueError("give subscribed, token_seconds or expire_tokens")
    register.subscribed = bool(body.get("subscribed", register.subscribed))
    register.token_seconds = int(body.get("token_seconds", register.token_seconds))
    if body.get("expire_tokens"):
        register.revoke()
    return NOTHING
