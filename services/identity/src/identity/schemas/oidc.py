"""Requests and answers of the second e-ID."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import validate, validates_schema

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, Strict
from identity.schemas.sessions import Message, ReturnPath, Session
from identity.usecases import oidc


class LoginMethod(Answer):
    """One e-ID."""

    id = ma.fields.String(required=True, metadata={"description": "bankid: /logins; oidc: /oidc-logins"})
    name = ma.fields.String(required=True)
    default = ma.fields.Boolean(required=True)


class LoginMethods(Answer):
    """All of them, the first one first."""

    items = ma.fields.List(ma.fields.Nested(LoginMethod), required=True)


class StartOidcLogin(Strict):
    """Where on the site to go afterwards."""

    command = oidc.WantOidcLogin

    return_path = ReturnPath()


class StartedOidcLogin(Answer):
    """Where the browser is to go."""

    login_id = ma.fields.UUID(required=True)
    authorization_url = ma.fields.String(required=True)
    expires_at = Instant(required=True)


class ReturnFromProvider(Strict):
    """The parameters of the address that the browser came back to."""

    command = oidc.ReturnFromProvider

    state = ma.fields.String(required=True, validate=validate.Length(1, 200))
    code = ma.fields.String(load_default=None, validate=validate.Length(1, 4000))
    error = ma.fields.String(load_default=None, validate=validate.Length(1, 100))
    iss = ma.fields.String(load_default=None, validate=validate.Length(1, 500))

    @validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("code") is None) == (data.get("error") is None):
            raise ma.ValidationError(Text("Skicka antingen code eller error.", "Send either code or error."), "code")


class FollowedOidcLogin(Answer):
    """What has come of it, and the session where it went well."""

    login_id = ma.fields.UUID(required=True)
    status = ma.fields.String(required=True, metadata={"description": "complete or failed"})
    message = ma.fields.Nested(Message, required=True)
    return_path = ma.fields.String(required=True, allow_none=True)
    session = ma.fields.Nested(Session, required=True, allow_none=True)
