"""What nginx asks before every request: ``GET /check``."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import MethodNotAllowed

from chassis.errors import DomainError, Unauthenticated
from chassis.ids import utcnow
from gateway.api.decision import Permit, Policy, Question

blueprint = Blueprint("policy", __name__)


@blueprint.get("/check")
def check() -> Response:
    """Answer 204 with what to add to the request, or 401 or 403 with the code of the problem in ``X-Problem``.

    nginx hands on no other status, so its page for that problem says the rest. Where somebody whom we must ask is down
    the answer is ``service-unavailable``: never a yes.
    """
    policy: Policy = current_app.extensions["policy"]
    question = _question()
    try:
        permit = policy.decide(question)
    except MethodNotAllowed:
        return _refusal(403, "method-not-allowed")
    except DomainError as error:
        return _refusal(401 if isinstance(error, Unauthenticated) else 403, error.code)
    return _permission(permit)


def _question() -> Question:
    header = request.headers.get
    return Question(
        asked_at=utcnow(),
        method=header("X-Original-Method", ""),
        path=header("X-Original-Path", ""),
        expected=header("X-Question"),
        session=header("X-Session", ""),
        account=header("Minasidor-Account", ""),
        csrf_token=header("X-CSRF-Token", ""),
        origin=header("Origin"),
        fetch_site=header("Sec-Fetch-Site"),
        background=header("X-Background", "") == "1",
    )


def _permission(permit: Permit) -> Response:
    response = Response(status=204)
    response.headers["X-Service-Token"] = permit.token
    response.headers["X-Deadline"] = f"{permit.deadline:.3f}"
    if permit.sealed_personal_number:
        response.headers["X-Sealed-Personal-Number"] = permit.sealed_personal_number
    # An absolute second, so that nginx forgets the answer within one second of the question, not of the answer.
    response.headers["X-Accel-Expires"] = f"@{permit.good_through}" if permit.good_through else "0"
    return response


def _refusal(status: int, code: str) -> Response:
    response = Response(status=status)
    response.headers["X-Problem"] = code
    response.headers["X-Accel-Expires"] = "0"
    return response
