"""Signing with BankID what another part of Mina sidor asks for: one person, one text, one time."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import jsonify, redirect, request

from portal.client import ApiError
from portal.pages.bankid import (
    DEVICES,
    GOING,
    NOT_FOUND,
    handed_over,
    problem,
    state_of,
    take_return,
    wanted_of,
    wants_json,
)
from portal.signed_text import blocks
from portal.web import Area, render, visit
from portal.web.paths import with_next

area = Area("sign")
HERE = "/skriv-under"
ORDERS = "/identity/v1/sign-orders"
BACKGROUND = {"Minasidor-Background": "true"}
"""Asking how it goes keeps nobody logged in."""
PURPOSES = frozenset({"case-submission", "mandate"})
"""Purposes with a name of their own on the page."""
LEADS_TO = {"mandate": "/behorigheter/inbjudningar/{}"}
"""Purpose -> the page of what was signed, by its id; others lead to the overview."""
ENDED = 401


@area.page(HERE + "/<uuid:order_id>", needs="person")
def show(order_id: UUID) -> Any:
    """What is to be signed, and how; or what became of it."""
    return _page(order_id, reason=request.args.get("orsak", ""))


@area.page(HERE, needs="anyone", methods=("POST",))
def start() -> Any:
    """Start an order at BankID that only this person can sign."""
    try:
        order_id = UUID(request.form.get("order", ""))
    except ValueError:
        raise ApiError(NOT_FOUND, "sign-order-not-found") from None
    device = request.form.get("device", "")
    if device not in DEVICES:
        return redirect(_address(order_id), 303)
    try:
        body = visit().send("POST", f"{ORDERS}/{order_id}/starts", wanted_of(device))
    except ApiError as error:
        if wants_json():
            return _problem(error, order_id)
        if error.status in {ENDED, 403, NOT_FOUND}:
            raise
        return _page(order_id, error=error), error.status
    if wants_json():
        return jsonify(_state(body, order_id) | {"id": str(order_id)})
    return redirect(_waiting(order_id), 303)


@area.page(HERE + "/<uuid:order_id>/pagar", needs="person")
def wait(order_id: UUID) -> Any:
    """How it goes, for a browser without JavaScript: the page comes anew every other second."""
    session = visit().session or {}
    # Asked by reading a page: nothing happens by it but that BankID is asked how it goes.
    headers = BACKGROUND | {
        "X-CSRF-Token": session["csrf_token"],
        "Origin": visit().settings.origin,
        "Sec-Fetch-Site": "same-origin",
    }
    try:
        body = visit().send("POST", f"{ORDERS}/{order_id}/polls", headers=headers)
    except ApiError as error:
        if error.status == NOT_FOUND:
            return redirect(_address(order_id), 303)
        raise
    state = _state(body, order_id)
    if state["go"]:
        return redirect(state["go"], 303)
    return render("sign/wait.html", order_id=order_id, state=state, going=state["status"] in GOING)


@area.page(HERE + "/<uuid:order_id>", needs="anyone", methods=("POST",))
def follow(order_id: UUID) -> Any:
    """How it goes, for the page's script."""
    try:
        return jsonify(_state(visit().send("POST", f"{ORDERS}/{order_id}/polls", headers=BACKGROUND), order_id))
    except ApiError as error:
        return _problem(error, order_id)


@area.page(HERE + "/<uuid:order_id>/avbryt", needs="anyone", methods=("POST",))
def leave(order_id: UUID) -> Any:
    """Stop this try here and in the app, by the button or by leaving; it can be signed later."""
    try:
        visit().send("DELETE", f"{ORDERS}/{order_id}/starts")
    except ApiError as error:
        if error.status != NOT_FOUND:  # no try under way: what was wanted
            raise
    if wants_json() or request.form.get("left"):
        return "", 204
    return redirect(f"{_address(order_id)}?orsak=avbruten", 303)


@area.page(HERE + "/<uuid:order_id>/avsta", needs="person", methods=("POST",))
def decline(order_id: UUID) -> Any:
    """Decline for good; whoever asked is told."""
    visit().send("DELETE", f"{ORDERS}/{order_id}")
    return redirect(_address(order_id), 303)


@area.page(HERE + "/retur", needs="anyone")
def come_back() -> str:
    """Where the app leads the browser; order and nonce are in the fragment, which only the script can read.

    For a browser without JavaScript they are in the query, and a button hands them in.
    """
    return render("sign/return.html", handed=handed_over(), missing=False)


@area.page(HERE + "/retur", needs="anyone", methods=("POST",))
def finish_return() -> Any:
    """Hand the nonce in; only the browser that began completes the signature (C16)."""

    def hand_in(order_id: UUID, nonce: dict[str, str]) -> tuple[dict[str, Any], str]:
        body = visit().send("POST", f"{ORDERS}/{order_id}/returns", nonce)
        return _state(body, order_id), _waiting(order_id)

    return take_return("sign/return.html", "sign-order-not-found", hand_in)


def _page(order_id: UUID, *, reason: str = "", error: ApiError | None = None) -> str:
    order = visit().get(f"{ORDERS}/{order_id}")
    purpose = order["purpose"] if order["purpose"] in PURPOSES else "other"
    return render(
        "sign/show.html",
        order=order,
        purpose=purpose,
        blocks=blocks(order["text"]),
        stopped=reason == "avbruten",
        error=error,
        back=_back(order),
    )


def _back(order: dict[str, Any]) -> str:
    """The page of what is signed; empty where there is none of its own."""
    return LEADS_TO[order["purpose"]].format(order["subject_id"]) if order["purpose"] in LEADS_TO else ""


def _state(body: dict[str, Any], order_id: UUID) -> dict[str, Any]:
    order = body["order"]
    done, over = order["status"] == "completed", order["status"] != "pending"
    return state_of(body["attempt"], ((done and _back(order)) or _address(order_id)) if over else "")


def _problem(error: ApiError, order_id: UUID) -> tuple[Any, int]:
    return problem(error, with_next("/logga-in", _address(order_id)) if error.status == ENDED else "")


def _address(order_id: UUID) -> str:
    return f"{HERE}/{order_id}"


def _waiting(order_id: UUID) -> str:
    """The page to wait on without JavaScript."""
    return f"{_address(order_id)}/pagar"


__all__ = ["area"]
