"""`/api/` to read the postbox, `/control/` to trouble and empty it. JSON both ways."""

from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from sim_postbox.faults import KINDS, Fault
from sim_postbox.local_only import guard_control
from sim_postbox.state import current

NOTHING = ("", 204)

reading = Blueprint("reading", __name__, url_prefix="/api")
control = Blueprint("control", __name__, url_prefix="/control")
control.before_request(guard_control)


@reading.errorhandler(ValueError)
@control.errorhandler(ValueError)
@control.errorhandler(TypeError)
@control.errorhandler(KeyError)
@control.errorhandler(BadRequest)
def _wrong(error: Exception) -> tuple[Response, int]:
    return jsonify(error=f"{type(error).__name__}: {error}"), 400


@reading.get("/messages")
def messages() -> Response:
    """Messages oldest first; `to`, `kind` (mail, sms) and `since` (a sequence number) limit them.

    `last` is the sequence number to give as `since` to see only what comes after this moment.
    """
    box = current().box
    last = box.last()
    found = box.find(
        to=request.args.get("to", ""),
        since=int(request.args.get("since") or 0),
        kind=request.args.get("kind", ""),
    )
    return jsonify(messages=[message.as_json() for message in found], last=last)


@reading.get("/messages/<message_id>")
def message(message_id: str) -> tuple[Response, int]:
    """One message."""
    found = current().box.get(message_id)
    if found is None:
        return jsonify(error="no such message"), 404
    return jsonify(found.as_json()), 200


@reading.get("/message-ids")
def message_ids() -> Response:
    """How many times each Message-ID was accepted (A4: a duplicate has the same Message-ID)."""
    return jsonify(counts=current().box.counts())


@reading.get("/webhooks")
def webhooks() -> Response:
    """Delivery webhook calls made, oldest first."""
    return jsonify(calls=current().delivery.made())


@control.get("/faults")
def faults() -> Response:
    """Faults that remain, and how often each kind has struck."""
    state = current()
    return jsonify(faults=state.faults.listed(), struck=state.faults.struck())


@control.post("/faults")
def add_fault() -> tuple[str, int]:
    """Order a fault; the fields of `faults.Fault`."""
    fault = Fault(**_body())
    if fault.kind not in KINDS:
        raise ValueError(fault.kind)
    current().faults.add(fault)
    return NOTHING


@control.delete("/faults")
def clear_faults() -> tuple[str, int]:
    """No more faults; whoever is kept waiting goes on."""
    current().faults.clear()
    return NOTHING


@control.post("/sms/<sms>/report")
def report(sms: str) -> tuple[Response | str, int]:
    """Send the delivery webhook of an SMS now, with `status` sent, delivered or failed."""
    status = _body()["status"]
    if status not in {"sent", "delivered", "failed"}:
        raise ValueError(status)
    if not current().delivery.report(sms, status):
        return jsonify(error="no such SMS"), 404
    return NOTHING


@control.post("/reset")
def reset() -> tuple[str, int]:
    """Forget messages, counts, faults and webhook calls. Sequence numbers go on."""
    current().reset()
    return NOTHING


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    return body
