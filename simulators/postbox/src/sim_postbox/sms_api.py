"""46elks' SMS API: `POST /a1/sms` and `GET /a1/sms/<id>`. Errors are plain text, as theirs are."""

import hmac
import re
import secrets
import socket
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request

from sim_postbox.faults import Fault
from sim_postbox.messages import Message, links_in, timestamp
from sim_postbox.state import State, current

E164: Final = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
SENDER: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{2,10}", re.ASCII)
FREE_NUMBER: Final = "+4670000000"
PART_COST: Final = 5200
"""Ten-thousandths of a krona for one part."""
LONGEST_PARTS: Final = 10
GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWO: Final = frozenset("^{}\\[~]|€")

blueprint = Blueprint("sms", __name__, url_prefix="/a1")


def parts_of(text: str) -> int:
    """How many SMS a text takes: 160/153 GSM 03.38 characters, or 70/67 UTF-16 units."""
    if set(text) <= GSM | GSM_TWO:
        length, one, many = sum(1 + (c in GSM_TWO) for c in text), 160, 153
    else:
        length, one, many = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // many)


def _plain(status: int, text: str) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8")


@blueprint.before_request
def _authenticate() -> Response | None:
    settings = current().settings
    given = request.authorization
    name = (given.username or "") if given else ""
    word = (given.password or "") if given else ""
    right = hmac.compare_digest(name.encode(), settings.sms_username.encode())
    if right and hmac.compare_digest(word.encode(), settings.sms_password.encode()):
        return None
    answer = _plain(401, "API access requires Basic HTTP authentication")
    answer.headers["WWW-Authenticate"] = 'Basic realm="46elks"'
    return answer


def _mistake(form: dict[str, str]) -> str | None:
    for name in ("from", "to", "message"):
        if not form.get(name):
            return f"Missing key {name}"
    if not E164.fullmatch(form["to"]):
        return f"Invalid to number {form['to']!r}"
    if not (E164.fullmatch(form["from"]) or SENDER.fullmatch(form["from"])):
        return f"Invalid sender {form['from']!r}"
    if parts_of(form["message"]) > LONGEST_PARTS:
        return "Message is too long"
    webhook = form.get("whendelivered")
    if webhook and (urlsplit(webhook).scheme not in {"http", "https"}):
        return "Invalid whendelivered"
    return None


def as_46elks(message: Message) -> dict[str, Any]:
    """The answer to a sent SMS, and to a question about one."""
    cost = 0 if message.recipients[0] == FREE_NUMBER else PART_COST * message.parts
    answer: dict[str, Any] = {
        "id": message.id,
        "status": message.status,
        "direction": "outgoing",
        "created": message.received_at.replace("+00:00", ""),
        "from": message.sender,
        "to": message.recipients[0],
        "message": message.text,
        "parts": message.parts,
        "cost": cost,
    }
    if message.delivered_at:
        answer["delivered"] = message.delivered_at
    return answer


@blueprint.post("/sms")
def send() -> Response:
    """Take an SMS. `created` at once; the webhook tells later what became of it."""
    state = current()
    form = request.form.to_dict()
    to = (form.get("to", ""),)
    fault = state.faults.take(*BEFORE, recipients=to)
    troubled = _troubled(state, fault) if fault else None
    if troubled is not None:
        return troubled
    mistake = _mistake(form)
    if mistake is not None:
        return _plain(400, mistake)
    message = state.box.put(
        Message(
            id="s" + secrets.token_hex(16),
            kind="sms",
            sender=form["from"],
            recipients=to,
            text=form["message"],
            links=tuple(links_in(form["message"])),
            status="created",
            webhook=form.get("whendelivered") or None,
            parts=parts_of(form["message"]),
            received_at=timestamp(),
        )
    )
    dropped = state.faults.take("sms.drop-after", recipients=to)
    answer = _cut() if dropped else jsonify(as_46elks(message))
    answer.call_on_close(lambda: state.delivery.begin(message.id))
    return answer


@blueprint.get("/sms/<sms>")
def show(sms: str) -> Response:
    """What became of an SMS."""
    message = current().box.get(sms)
    if message is None or message.kind != "sms":
        return _plain(404, "Not found")
    return jsonify(as_46elks(message))


BEFORE: Final = (
    "sms.status",
    "sms.slow",
    "sms.garbage",
    "sms.huge",
    "sms.redirect",
    "sms.drop",
)


def _troubled(state: State, fault: Fault) -> Response | None:
    match fault.kind:
        case "sms.slow":
            state.faults.released().wait(fault.seconds)
            return None
        case "sms.garbage":
            return Response(b'\xff{"id": <', 200, content_type="text/html")
        case "sms.huge":
            return Response(_padding(fault.size), 200, content_type="application/json")
        case "sms.redirect":
            return Response(b"", 302, {"Location": fault.text})
        case "sms.drop":
            return _cut()
        case _:
            return _plain(fault.code, fault.text)


def _padding(size: int) -> Iterator[bytes]:
    yield b"["
    left = size - 2
    while left > 0:
        yield b" " * min(left, 65536)
        left -= 65536
    yield b"]"


def _cut() -> Response:
    """Close the caller's connection under the feet of the server; the Response is never sent."""
    connection: socket.socket = request.environ["gunicorn.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response(b"", 500, {"Connection": "close"})
