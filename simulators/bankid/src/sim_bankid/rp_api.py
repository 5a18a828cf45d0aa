"""The relying party API v6.0: what the system under test talks to."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Iterator
from http import HTTPStatus

from flask import Blueprint, Response, current_app, jsonify, request

from sim_bankid.domain.errors import RpError
from sim_bankid.domain.orders import Kind
from sim_bankid.faults import Fault, edited
from sim_bankid.validation import MAX_BODY, SHAPES, parse, request_for
from sim_bankid.world import Released, World

blueprint = Blueprint("rp", __name__, url_prefix="/rp/v6.0")
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@blueprint.route("/<path:endpoint>", methods=_ANY, provide_automatic_options=False, strict_slashes=True)
def call(endpoint: str) -> Response:
    """Any call: look for the endpoint, then the method, then an ordered fault, then do it."""
    world: World = current_app.extensions["world"]
    error: RpError | None = None
    ref: object = None
    try:
        _check_address(endpoint)
        body = request.stream.read(MAX_BODY + 1)
        release = world.release
        fault = world.faults.take(endpoint)
        if fault is None:
            answer = perform(world, endpoint, body)
            ref = answer.get("orderRef")
            response = jsonify(answer)
        else:
            response, ref = _faulty(world, endpoint, body, fault, release)
    except Released:
        return error_response(503, "Maintenance", "The simulator was reset")
    except RpError as caught:
        error = caught
        response = error_response(caught.status, caught.code, caught.details)
    world.calls.add(world.clock.now(), endpoint, response.status_code, error.code if error else None, ref)
    return response


def _check_address(endpoint: str) -> None:
    if endpoint not in SHAPES:
        raise RpError(404, "notFound", "No such resource")
    if request.method != "POST":
        raise RpError(405, "methodNotAllowed", "Only POST is allowed")


def perform(world: World, endpoint: str, body: bytes) -> dict[str, object]:
    """Carry out a call; the JSON of its 200 answer. Raises RpError."""
    fields = request_for(endpoint, parse(request.headers.get("Content-Type"), body))
    rp = _relying_party()
    if endpoint == "collect":
        return world.orders.collect(str(fields["orderRef"]), rp)
    if endpoint == "cancel":
        world.orders.cancel_by_rp(str(fields["orderRef"]), rp)
        return {}
    order = world.orders.start(Kind(endpoint), fields, rp)
    if order.kind.by_phone:
        return {"orderRef": order.ref}
    return {
        "orderRef": order.ref,
        "autoStartToken": order.auto_start_token,
        "qrStartToken": order.qr_start_token,
        "qrStartSecret": order.qr_start_secret,
    }


def error_response(status: int, code: str | None, details: str) -> Response:
    """An error in BankID's form; without a code the body is empty."""
    response = jsonify({"errorCode": code, "details": details}) if code else Response(b"")
    response.status_code = status
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = "POST"
    return response


def _faulty(
    world: World, endpoint: str, body: bytes, fault: Fault, release: threading.Event
) -> tuple[Response, object]:
    """Do and answer what the fault says, after its delay in real time."""
    answer: dict[str, object] = {}
    if fault.carry_out or fault.mode == "edit":
        answer = perform(world, endpoint, body)
    if release.wait(fault.seconds):
        raise Released
    if fault.mode == "slow" and not fault.carry_out:
        answer = perform(world, endpoint, body)
    response = _answer(fault, answer)
    response.headers.extend(fault.headers)
    return response, answer.get("orderRef")


def _answer(fault: Fault, answer: dict[str, object]) -> Response:
    match fault.mode:
        case "slow":
            response = jsonify(answer)
        case "edit":
            response = jsonify(edited(answer, fault))
        case "raw":
            response = Response(fault.text, fault.status, content_type=fault.content_type)
        case "huge":
            response = Response(_padding(fault.size), 200, content_type="application/json")
        case "redirect":
            response = Response(b"", fault.status, {"Location": fault.location})
        case "disconnect":
            _cut_connection()
            response = Response(b"", 500)
        case _:
            response = error_response(fault.status, fault.error_code, fault.details)
    return response


def _padding(size: int) -> Iterator[bytes]:
    """A correct JSON document of about `size` bytes, made while it is sent."""
    yield b'{"details":"'
    block = b"x" * 65_536
    for _ in range(size // len(block)):
        yield block
    yield b"x" * (size % len(block)) + b'"}'


def _connection() -> socket.socket | None:
    found = request.environ.get("gunicorn.socket")
    return found if isinstance(found, socket.socket) else None


def _cut_connection() -> None:
    """Hang up without an answer."""
    connection = _connection()
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)


def _relying_party() -> str | None:
    """Who calls: the fingerprint of its client certificate, None when TLS asks for none."""
    connection = _connection()
    certificate = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
    return hashlib.sha256(certificate).hexdigest() if certificate else None
