"""`/control/`: what a test or a demonstration changes in the register. Loopback callers only."""

import ipaddress
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from sim_spar.api import register
from sim_spar.faults import KINDS, Fault
from sim_spar.persons import Address, Person
from sim_spar.register import UnknownPersonError

CHANGEABLE = {
    *("given", "middle", "family", "called", "addresses"),
    *("secrecy", "protected_registration", "deregistered", "deregistered_on"),
}
NOTHING = ("", 204)

blueprint = Blueprint("control", __name__, url_prefix="/control")


def is_loopback(address: str | None) -> bool:
    """Tell whether an address, or `localhost`, is this machine."""
    if address == "localhost":
        return True
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback


@blueprint.before_request
def _guard() -> tuple[Response, int] | None:
    """Keep out other machines, and web pages in the developer's browser.

    A page can't send JSON to another origin unasked, and a name of its own that leads here (DNS rebinding) is refused.
    In a container callers on the host come by the bridge's address.
    """
    here = is_loopback(request.remote_addr) or register().settings.in_container
    if not here or not is_loopback(urlsplit(f"//{request.host}").hostname):
        return jsonify(error="only from this machine, by its loopback address"), 403
    if request.method != "GET" and not request.is_json:
        return jsonify(error="send application/json"), 415
    return None


@blueprint.errorhandler(UnknownPersonError)
def _unknown(_error: UnknownPersonError) -> tuple[Response, int]:
    return jsonify(error="no such person"), 404


@blueprint.errorhandler(TypeError)
@blueprint.errorhandler(KeyError)
@blueprint.errorhandler(ValueError)
@blueprint.errorhandler(BadRequest)
def _wrong(error: Exception) -> tuple[Response, int]:
    return jsonify(error=f"{type(error).__name__}: {error}"), 400


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
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


@blueprint.get("/faults")
def faults() -> Response:
    """Faults that remain."""
    return jsonify(faults=register().faults.listed())


@blueprint.post("/faults")
def add_fault() -> tuple[str, int]:
    """Order a fault; the fields of `faults.Fault`."""
    fault = Fault(**_body())
    if fault.kind not in KINDS:
        raise ValueError(fault.kind)
    register().faults.add(fault)
    return NOTHING


@blueprint.delete("/faults")
def clear_faults() -> tuple[str, int]:
    """No more faults; calls kept waiting go on."""
    register().faults.clear()
    return NOTHING


@blueprint.get("/calls")
def calls() -> Response:
    """Questions asked, oldest first."""
    return jsonify(calls=register().calls())


@blueprint.delete("/calls")
def forget_calls() -> tuple[str, int]:
    """Start the list anew."""
    register().forget_calls()
    return NOTHING


@blueprint.post("/reset")
def reset() -> tuple[str, int]:
    """Back to the data set."""
    register().reset()
    return NOTHING
