"""The tester's side as JSON: act as a person, order faults, move the clock."""

from __future__ import annotations

import ipaddress
import math

from flask import Blueprint, Response, current_app, jsonify, request

from sim_bankid.clock import iso
from sim_bankid.domain.errors import Refused
from sim_bankid.domain.orders import RISKS, Order, Outcome, Status
from sim_bankid.faults import fault_from
from sim_bankid.local_only import refuse_strangers
from sim_bankid.persons import PERSONS, Person
from sim_bankid.world import World

blueprint = Blueprint("control", __name__, url_prefix="/control")
blueprint.before_request(refuse_strangers)

_MAX_HINT = 100


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> tuple[Response, int]:
    """Answer a refusal as JSON."""
    return jsonify({"error": error.code, "message": error.message}), error.status


# ---- looking
@blueprint.get("/health")
def health() -> dict[str, object]:
    """Whether the simulator answers."""
    return {"status": "ok"}


@blueprint.get("/persons")
def persons() -> dict[str, object]:
    """The test persons."""
    return {"persons": [{"personalNumber": p.personal_number, "name": p.name} for p in PERSONS.values()]}


@blueprint.get("/orders")
def orders() -> dict[str, object]:
    """Orders, newest first, all or with one status."""
    status = request.args.get("status")
    if status is not None and status not in set(Status):
        raise Refused(400, "badRequest", "status must be pending, failed or complete")
    return {"orders": _world().orders.views(status)}


@blueprint.get("/orders/<ref>")
def order(ref: str) -> dict[str, object]:
    """One order."""
    return _view(_world().orders.get(ref))


@blueprint.get("/calls")
def calls() -> dict[str, object]:
    """The latest calls to the relying party API."""
    return {"calls": _world().calls.views()}


# ---- acting as a person
@blueprint.post("/scan")
def scan() -> dict[str, object]:
    """Read a QR code as a person."""
    body = _body({"qrData", "person"})
    return _view(_world().orders.scan(_text(body, "qrData"), _person(body)))


@blueprint.post("/open")
def open_order() -> dict[str, object]:
    """Open by autostart token or from the list; without a person only start the app."""
    body = _body({"autoStartToken", "orderRef", "person"})
    book = _world().orders
    if "orderRef" in body:
        return _view(book.open_ref(_person(body), _text(body, "orderRef")))
    token = _text(body, "autoStartToken")
    if "person" not in body:
        return _view(book.launch(token))
    return _view(book.open(_person(body), token=token))


@blueprint.patch("/orders/<ref>")
def prepare(ref: str) -> dict[str, object]:
    """Decide what a later approval will carry."""
    return _view(_world().orders.prepare(ref, _outcome(_body(_OUTCOME)) or Outcome()))


@blueprint.post("/orders/<ref>/approve")
def approve(ref: str) -> dict[str, object]:
    """Approve as the person who opened the order."""
    return _view(_world().orders.approve(ref, _outcome(_body(_OUTCOME))))


@blueprint.post("/orders/<ref>/cancel")
def cancel(ref: str) -> dict[str, object]:
    """Press Avbryt."""
    _body(set())
    return _view(_world().orders.fail(ref, "userCancel"))


@blueprint.post("/orders/<ref>/fail")
def fail(ref: str) -> dict[str, object]:
    """End an order with any hint code."""
    return _view(_world().orders.fail(ref, _hint(_body({"hintCode"}))))


@blueprint.post("/orders/<ref>/hint")
def hint(ref: str) -> dict[str, object]:
    """Show another pending hint code."""
    return _view(_world().orders.show_hint(ref, _hint(_body({"hintCode"}))))


# ---- faults, clock, reset
@blueprint.get("/faults")
def faults() -> dict[str, object]:
    """Faults still waiting for their calls."""
    return {"faults": _world().faults.views()}


@blueprint.post("/faults")
def add_fault() -> dict[str, object]:
    """Spoil the next calls."""
    fault = fault_from(_body(None))
    _world().faults.add(fault)
    return fault.view()


@blueprint.delete("/faults")
def clear_faults() -> dict[str, object]:
    """Forget the waiting faults."""
    _world().faults.clear()
    return {}


@blueprint.get("/clock")
def clock() -> dict[str, object]:
    """What time it is."""
    world = _world()
    now = world.clock.now()
    return {"now": now, "time": iso(now), "frozen": world.clock.frozen}


@blueprint.post("/clock/advance")
def advance() -> dict[str, object]:
    """Move the clock forward."""
    seconds = _body({"seconds"}).get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise Refused(400, "badRequest", "seconds must be a number")
    if not math.isfinite(seconds) or not 0 <= seconds <= 86_400 * 366:
        raise Refused(400, "badRequest", "seconds must be from 0 to one year")
    _world().clock.advance(seconds)
    return clock()


@blueprint.post("/clock/freeze")
def freeze() -> dict[str, object]:
    """Stop the clock."""
    _world().clock.freeze()
    return clock()


@blueprint.post("/clock/run")
def run() -> dict[str, object]:
    """Let the clock follow the machine again."""
    _world().clock.run()
    return clock()


@blueprint.post("/reset")
def reset() -> dict[str, object]:
    """Start afresh."""
    _world().reset()
    return {}


# ---- reading requests
_OUTCOME = {"risk", "ipAddress", "mrtd"}


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _view(found: Order) -> dict[str, object]:
    return _world().orders.view(found)


def _body(allowed: set[str] | None) -> dict[str, object]:
    body = request.get_json(silent=True) if request.content_length else {}
    if not isinstance(body, dict):
        raise Refused(400, "badRequest", "the body must be a JSON object")
    unknown = set() if allowed is None else body.keys() - allowed
    if unknown:
        raise Refused(400, "badRequest", f"unknown members: {', '.join(sorted(unknown))}")
    return body


def _text(body: dict[str, object], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Refused(400, "badRequest", f"{name} must be a text")
    return value


def _hint(body: dict[str, object]) -> str:
    value = _text(body, "hintCode")
    if len(value) > _MAX_HINT:
        raise Refused(400, "badRequest", "hintCode is too long")
    return value


def _person(body: dict[str, object]) -> Person:
    return person_of(_text(body, "person"))


def person_of(number: str) -> Person:
    """The test person with a personal number; Refused 400 noSuchPerson."""
    person = PERSONS.get(number)
    if person is None:
        raise Refused(400, "noSuchPerson", "Det finns ingen testperson med det numret.")
    return person


def _outcome(body: dict[str, object]) -> Outcome | None:
    if not body:
        return None
    mrtd = body.get("mrtd")
    if mrtd is not None and not isinstance(mrtd, bool):
        raise Refused(400, "badRequest", "mrtd must be true or false")
    return outcome_of(str(body.get("risk") or "low"), str(body.get("ipAddress") or ""), mrtd=mrtd)


def outcome_of(risk: str, ip_address: str, *, mrtd: bool | None = None) -> Outcome:
    """An outcome from texts; an empty address means the default. Refused 400 badRequest."""
    if risk not in RISKS:
        raise Refused(400, "badRequest", "Risken ska vara low, moderate eller high.")
    if ip_address:
        try:
            ipaddress.ip_address(ip_address)
        except ValueError:
            raise Refused(400, "badRequest", "IP-adressen är felaktig.") from None
    return Outcome(risk=risk, ip_address=ip_address or None, mrtd=mrtd)
