"""`/control/`: what every simulated register lets a test or a demonstration do. Loopback callers only."""

from collections.abc import Callable, Container
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from sim_common.faults import Fault
from sim_common.local_only import is_loopback
from sim_common.memory import current

NOTHING = ("", 204)


def blueprint(fault: Callable[..., Fault], kinds: Container[str]) -> Blueprint:
    """Guard, errors, faults, calls and reset; the register adds its own. `fault` makes one from the fields sent."""
    control = Blueprint("control", __name__, url_prefix="/control")
    control.before_request(guard)
    for error in (TypeError, KeyError, ValueError, BadRequest):
        control.register_error_handler(error, _wrong)

    @control.post("/faults")
    def add_fault() -> tuple[str, int]:
        """Order a fault; the fields of the simulator's `faults.Fault`."""
        ordered = fault(**body())
        if ordered.kind not in kinds:
            raise ValueError(ordered.kind)
        current().faults.add(ordered)
        return NOTHING

    control.get("/faults")(faults)
    control.delete("/faults")(clear_faults)
    control.get("/calls")(calls)
    control.delete("/calls")(forget_calls)
    control.post("/reset")(reset)
    return control


def guard() -> tuple[Response, int] | None:
    """Keep out other machines, and web pages in the developer's browser.

    A page can't send JSON to another origin unasked, and a name of its own that leads here (DNS rebinding) is refused.
    In a container callers on the host come by the bridge's address.
    """
    here = is_loopback(request.remote_addr) or current().in_container
    if not here or not is_loopback(urlsplit(f"//{request.host}").hostname):
        return jsonify(error="only from this machine, by its loopback address"), 403
    if request.method != "GET" and not request.is_json:
        return jsonify(error="send application/json"), 415
    return None


def _wrong(error: Exception) -> tuple[Response, int]:
    return jsonify(error=f"{type(error).__name__}: {error}"), 400


def body() -> dict[str, Any]:
    """The object sent; TypeError (answered 400) when it is none."""
    sent = request.get_json()
    if not isinstance(sent, dict):
        raise TypeError("an object is expected")
    return sent


def faults() -> Response:
    """Faults that remain."""
    return jsonify(faults=current().faults.listed())


def clear_faults() -> tuple[str, int]:
    """No more faults; calls kept waiting go on."""
    current().faults.clear()
    return NOTHING


def calls() -> Response:
    """Calls made, oldest first."""
    return jsonify(calls=current().calls())


def forget_calls() -> tuple[str, int]:
    """Start the list anew."""
    current().forget_calls()
    return NOTHING


def reset() -> tuple[str, int]:
    """Back to the data set."""
    current().reset()
    return NOTHING
