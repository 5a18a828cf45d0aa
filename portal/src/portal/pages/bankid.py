"""What a login and a signature with BankID have in common on their pages: the QR code, and answers to the script."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from flask import jsonify, request
from markupsafe import Markup

from portal.client import ApiError
from portal.web import visit

DEVICES = ("other", "same")
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
        "go": go,
    }


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


__all__ = ["DEVICES", "GOING", "draw", "problem", "state_of", "wants_json"]
