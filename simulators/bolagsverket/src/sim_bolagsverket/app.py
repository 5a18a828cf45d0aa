"""Puts the stand-in together."""

from typing import Any

from flask import Flask, Response, g, render_template, request

from sim_bolagsverket import api, control_api, oauth
from sim_bolagsverket.answers import signing_text, verdict
from sim_bolagsverket.companies import ASSOCIATION_NOT_IN_REGISTER, ROLES, Company
from sim_bolagsverket.register import Register
from sim_bolagsverket.settings import Settings
from sim_common import web
from sim_common.memory import timestamp

WATCHED = ("/oauth2/", "/foretagsinformation/")
STATUS_WORDS = {"ACTIVE": "Aktivt", "DEREGISTERED": "Avregistrerat", "BANKRUPT": "Konkurs"}
ANSWER_WORDS = {
    "ENSAM": "Ja, ensam",
    "TILLSAMMANS": "Ja, tillsammans med andra",
    "LOPANDE": "Ja, löpande förvaltning",
}


def create_app(settings: Settings) -> Flask:
    """The WSGI application with its own, fresh register."""
    register = Register(settings)
    app = web.bare(__name__, register)
    app.before_request(_begin)
    app.after_request(_finish)
    for blueprint in (oauth.blueprint, api.blueprint, control_api.blueprint):
        app.register_blueprint(blueprint)
    app.add_url_rule("/", "page", lambda: _page(register))
    return app


def _begin() -> Response | None:
    g.request_id = api.request_id()
    g.fault = None
    if not request.path.startswith(WATCHED):
        return None
    register: Register = _extension()
    fault = register.faults.take(request.path)
    _record(register, fault.kind if fault else None)
    return register.faults.apply(fault) if fault else None


def _extension() -> Register:
    return api._register()  # noqa: SLF001 - one accessor for the package


def _record(register: Register, fault: str | None) -> None:
    """The call is listed when it arrives, so that a call kept waiting can be seen waiting."""
    body = request.get_json(silent=True) if request.is_json else None
    g.call = {
        "at": timestamp(),
        "method": request.method,
        "path": request.path,
        "request_id": g.request_id,
        "body": body,
        "fault": fault,
        "status": None,
    }
    register.record(g.call)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    call: dict[str, Any] | None = g.get("call")
    if call is not None:
        call["status"] = response.status_code
    if not request.path.startswith(WATCHED):
        web.harden(response)
    return response


def _page(register: Register) -> str:
    people = register.people()

    def row(company: Company) -> dict[str, Any]:
        officers = []
        for officer in company.officers:
            answer = verdict(company, officer.person, people)
            ways = [ANSWER_WORDS[yes["alternativ"]] for yes in answer.get("firmateckningsutfallJaSvar", [])]
            officers.append(
                {
                    "person": people[officer.person],
                    "roles": ", ".join(ROLES.get(role, role) for role in officer.roles),
                    "answer": "; ".join(dict.fromkeys(ways)) or f"Nej ({answer['firmateckningsutfallNejSvar']})",
                }
            )
        return {
            "company": company,
            "status": STATUS_WORDS[company.status],
            "text": signing_text(company, people),
            "officers": officers,
        }

    return render_template(
        "page.html",
        rows=[row(company) for company in register.companies()],
        association=ASSOCIATION_NOT_IN_REGISTER,
    )
