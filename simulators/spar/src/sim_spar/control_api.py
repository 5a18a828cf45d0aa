"""`/control/`: what a test or a demonstration changes in the register. Loopback callers only."""

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify

from sim_common import control_api
from sim_common.control_api import NOTHING
from sim_spar.api import register
from sim_spar.faults import KINDS, Fault
from sim_spar.persons import Address, Person
from sim_spar.register import UnknownPersonError

CHANGEABLE = {
    *("given", "middle", "family", "called", "addresses"),
    *("secrecy", "protected_registration", "deregistered", "deregistered_on"),
}

blueprint = control_api.blueprint(Fault, KINDS)


@blueprint.errorhandler(UnknownPersonError)
def _unknown(_error: UnknownPersonError) -> tuple[Response, int]:
    return jsonify(error="no such person"), 404


def _body() -> dict[str, Any]:
    body = control_api.body()
    if "addresses" in body:
        body["addresses"] = tuple(Address(**each) for each in body["addresses"])
    return body


@blueprint.get("/persons")
def persons() -> Response:
    """Everybody in the register as they are now."""
    return jsonify(persons=[asdict(person) for person in register().persons()])


@blueprint.put("/persons/<number>")
def put_person(number: str) -> tuple[str, int]:
    """Add or replace a person; the fields of `persons.Person`."""
    register().put(Person(**{**_body(), "number": number}))
    return NOTHING


@blueprint.patch("/persons/<number>")
def change_person(number: str) -> tuple[str, int]:
    """Change names, addresses, marks or deregistration."""
    body = _body()
    if not body or set(body) - CHANGEABLE:
        raise ValueError(sorted(CHANGEABLE))
    register().change(number, **body)
    return NOTHING


@blueprint.delete("/persons/<number>")
def remove_person(number: str) -> tuple[str, int]:
    """The register no longer knows the number."""
    register().remove(number)
    return NOTHING


@blueprint.patch("/assignment")
def change_assignment() -> tuple[str, int]:
    """`history` (true: answers have dates and what was before)."""
    body = _body()
    if set(body) != {"history"} or not isinstance(body["history"], bool):
        raise ValueError("give history: true or false")
    register().history = body["history"]
    return NOTHING
