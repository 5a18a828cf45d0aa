"""`/oauth2/token` and `/oauth2/revoke`: client credentials, as WSO2 API Manager does them."""

import hmac

from flask import Blueprint, Response, current_app, jsonify, request

from sim_bolagsverket.register import Register

SCOPE = "foretagsinformation:read"

blueprint = Blueprint("oauth", __name__)


def _register() -> Register:
    register: Register = current_app.extensions["register"]
    return register


def _refused(status: int, error: str, description: str) -> Response:
    answer = jsonify(error=error, error_description=description)
    answer.status_code = status
    if status == 401:  # noqa: PLR2004
        answer.headers["WWW-Authenticate"] = 'Basic realm="oauth2"'
    return answer


def _client_refused() -> Response | None:
    """The client's id and secret, from the form or from Basic authentication (RFC 6749 2.3.1)."""
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        given = (basic.username or "", basic.password or "")
    else:
        given = (request.form.get("client_id", ""), request.form.get("client_secret", ""))
    settings = _register().settings
    same_id = hmac.compare_digest(given[0].encode(), settings.client_id.encode())
    same_secret = hmac.compare_digest(given[1].encode(), settings.client_secret.encode())
    if same_id and same_secret:
        return None
    return _refused(401, "invalid_client", "A valid OAuth client could not be found.")


@blueprint.post("/oauth2/token")
def token() -> Response:
    """Issue a token. A scope the client isn't entitled to becomes `default`; calls then get 403."""
    refused = _client_refused()
    if refused is not None:
        return refused
    grant = request.form.get("grant_type")
    if grant is None:
        return _refused(400, "invalid_request", "Missing grant_type parameter value")
    if grant != "client_credentials":
        return _refused(400, "unsupported_grant_type", "Unsupported grant_type value")
    granted = [scope for scope in request.form.get("scope", "").split() if scope == SCOPE]
    scopes = granted or ["default"]
    value, seconds = _register().issue_token(scopes)
    answer = jsonify(
        {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": seconds,
            "scope": " ".join(scopes),
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/oauth2/revoke")
def revoke() -> Response:
    """End a token; an unknown one is also answered 200 (RFC 7009)."""
    refused = _client_refused()
    if refused is not None:
        return refused
    given = request.form.get("token")
    if not given:
        return _refused(400, "invalid_request", "Missing token parameter value")
    _register().revoke(given)
    return Response(b"", 200)
