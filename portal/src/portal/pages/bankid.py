"""What a login and a signature with BankID have in common on their pages: the QR code, and answers to the script."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import segno
from flask import jsonify, redirect, request
from markupsafe import Markup

from portal.client import ApiError
from portal.web import render, visit

DEVICES = ("other", "same")
NOT_FOUND = 404
GOING = frozenset({"pending", "awaiting-return"})
"""States of an order at BankID that is not over."""


def state_of(order: dict[str, Any], go: str = "") -> dict[str, Any]:
    """What a page shows of an order at BankID; ``go``: where the browser is to go, when it is over."""
    return {
        "status": order["status"],
        "device": order["device"],
        "code": order["message"]["code"],
        "message": order["message"]["text"],
        "qr": draw(order["qr"]),
        "launch": order["launch_url"],
        "go": go,
    }


def wanted_of(device: str) -> dict[str, str]:
    """What an order at BankID is begun with. A page without its script reads the way back on the server (ADR 0024)."""
    return {"device": device} if wants_json() else {"device": device, "return_mode": "query"}


def handed_over() -> dict[str, str] | None:
    """What the app has sent with a browser without JavaScript, as fields; None where only the script can read it."""
    found, nonce = request.args.get("login") or request.args.get("order"), request.args.get("nonce")
    return {"login": found, "nonce": nonce} if found and nonce else None


def take_return(page: str, unknown: str, hand_in: Callable[[UUID, dict[str, str]], tuple[dict[str, Any], str]]) -> Any:
    """The browser is back, with or without the page's script.

    Args:
        page: the template of the way back, for whom nothing is found.
        unknown: the API's code for that.
        hand_in: gives the nonce (a request's body) to the API; returns the state and the page to wait on.

    """
    try:
        found = UUID(request.form.get("login", ""))
        state, waiting = hand_in(found, {"nonce": request.form.get("nonce", "")})
    except ValueError:
        error = ApiError(NOT_FOUND, unknown)
    except ApiError as refused:
        error = refused
    else:
        return jsonify(state | {"id": str(found)}) if wants_json() else redirect(state["go"] or waiting, 303)
    if wants_json():
        return problem(error)
    if error.status != NOT_FOUND:
        raise error
    return render(page, handed=None, missing=True), NOT_FOUND


def draw(text: str | None) -> str:
    """The QR code as SVG, black on white in every theme: cameras want it so."""
    if not text:
        return ""
    drawn = BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", xmldecl=False, scale=4, border=2, omitsize=True, nl=False)
    return Markup(drawn.getvalue().decode())  # noqa: S704 - segno's own drawing; the text is only in the picture


def problem(error: ApiError, go: str = "") -> tuple[Any, int]:
    """A refusal, for the page's script."""
    title = error.title or visit().t("login.failed_title")
    body = {"status": "error", "code": error.code, "title": title, "message": error.detail, "go": go}
    return jsonify(body), error.status


def wants_json() -> bool:
    """Whether it is the page's script that asks."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


__all__ = [
    "DEVICES",
    "GOING",
    "NOT_FOUND",
    "draw",
    "handed_over",
    "problem",
    "state_of",
    "take_return",
    "wanted_of",
    "wants_json",
]
