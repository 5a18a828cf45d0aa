"""Puts the stand-in together."""

import re
from typing import Any

from flask import Flask, Response, g, render_template, request

from sim_common import web
from sim_common.memory import timestamp
from sim_spar import api, control_api
from sim_spar.register import Register

ASKED = re.compile(rb"<(?:\w+:)?IdNummer[^>]*>\s*([^<]*)")
USER = re.compile(rb"<(?:\w+:)?SlutAnvandarId[^>]*>\s*([^<]*)")


def register_app(register: Register, *, control: bool) -> Flask:
    """What the customer calls; with `control` also the page and the control interface."""
    app = web.bare(__name__, register)
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_blueprint(api.blueprint)
    if control:
        _with_control(app, register)
    return app


def control_app(register: Register) -> Flask:
    """The page and the control interface alone, for an address without TLS."""
    app = web.bare(__name__, register)
    _with_control(app, register)
    return app


def _with_control(app: Flask, register: Register) -> None:
    app.register_blueprint(control_api.blueprint)
    app.add_url_rule("/", "page", lambda: render_template("page.html", persons=register.persons()))

    @app.after_request
    def dress(response: Response) -> Response:
        if request.path != api.PATH:
            web.harden(response)
        return response


def _begin() -> Response | None:
    if request.path != api.PATH or request.method != "POST":
        return None
    known = api.register()
    fault = known.faults.take()
    # Listed when it arrives, so that a call kept waiting can be seen waiting.
    g.call = {
        "at": timestamp(),
        "number": _said(ASKED),
        "user": _said(USER),
        "fault": fault.kind if fault else None,
        "status": None,
    }
    known.record(g.call)
    return known.faults.apply(fault) if fault else None


def _said(pattern: re.Pattern[bytes]) -> str | None:
    found = pattern.search(request.get_data())
    return found[1].decode(errors="replace").strip() if found else None


def _finish(response: Response) -> Response:
    call: dict[str, Any] | None = g.get("call")
    if call is not None:
        call["status"] = response.status_code
    return response
