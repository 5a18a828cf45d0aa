"""Requests and answers of logins and sessions."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, PageQuery, Strict
from identity.domain.logins import Device, ReturnMode, safe_return_path
from identity.usecases.history import RecordQuery
from identity.usecases.logins import WantLogin
from identity.usecases.sessions import LogOutEverywhere as EndSessions
from identity.usecases.sessions import Resolve


def _stays_here(path: str) -> None:
    if not safe_return_path(path):
        raise ma.ValidationError(
            Text("Ange en sökväg här på webbplatsen, som /fakturor.", "Enter a path on this site, such as /fakturor.")
        )


class ReturnPath(ma.fields.String):
    """A path on our own site (FA10)."""

    def __init__(self) -> None:
        super().__init__(load_default=None, validate=[validate.Length(1, 200), _stays_here])


class ReturnModes(ma.fields.String):
    """How a page wants the nonce back."""

    def __init__(self) -> None:
        super().__init__(
            load_default=ReturnMode.FRAGMENT.value,
            validate=validate.OneOf([str(each) for each in ReturnMode]),
            metadata={
                "description": "With device same: what the return address carries the nonce in. A page without a script"
                " needs query; a fragment reaches no server and no log."
            },
        )


class StartLogin(Strict):
    """Where the BankID is, and where on the site to go afterwards."""

    command = WantLogin

    device = ma.fields.String(required=True, validate=validate.OneOf([str(each) for each in Device]))
    return_path = ReturnPath()
    return_mode = ReturnModes()


class ReturnFromApp(Strict):
    """The nonce of the return address."""

    nonce = ma.fields.String(required=True, validate=validate.Length(1, 100))


class Message(Answer):
    """A text for the person, in the person's language."""

    code = ma.fields.String(required=True, metadata={"description": "BankID's message id (RFA1 …) or our own (MS1 …)"})
    text = ma.fields.String(required=True)


class PersonOfSession(Answer):
    """Who is logged in."""

    id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)


class Session(Answer):
    """The session of this browser."""

    session_id = ma.fields.UUID(required=True)
    person = ma.fields.Nested(PersonOfSession, required=True)
    registered = ma.fields.Boolean(required=True, metadata={"description": "False: ask to confirm (T14)"})
    account_id = ma.fields.UUID(required=True, allow_none=True)
    account_role = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "owner, signatory, delegate, or support: customer service looks, and changes nothing"},
    )
    staff = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "Roles of customer service; empty for customers"}
    )
    locale = ma.fields.String(required=True)
    csrf_token = ma.fields.String(required=True, metadata={"description": "Send it as X-CSRF-Token on every write"})
    idle_expires_at = Instant(required=True)
    expires_at = Instant(required=True, metadata={"description": "Eight hours after the login, whatever happens"})
    warn_at = Instant(required=True, metadata={"description": "When to ask: stay logged in?"})


class MySession(Answer):
    """One of my sessions."""

    id = ma.fields.UUID(required=True)
    created_at = Instant(required=True, metadata={"description": "The login; choosing an account does not renew it"})
    last_seen_at = Instant(required=True, metadata={"description": "Accurate to 15 seconds"})
    expires_at = Instant(required=True, metadata={"description": "When it ends unless it is used"})
    device = ma.fields.String(required=True, metadata={"description": "Coarse: Chrome på Windows"})
    account_id = ma.fields.UUID(required=True, allow_none=True)
    current = ma.fields.Boolean(required=True, metadata={"description": "The session of this very request"})


class MySessions(Answer):
    """All my open sessions; five at the most."""

    items = ma.fields.List(ma.fields.Nested(MySession), required=True)


class LogOutEverywhere(Strict):
    """What else ends."""

    command = EndSessions

    current = ma.fields.Boolean(
        load_default=False, truthy={"true"}, falsy={"false"}, metadata={"description": "True: this session too"}
    )


class LoginRecordQuery(PageQuery):
    """Which page of the history."""

    command = RecordQuery


class LoginRecord(Answer):
    """One of my logins."""

    id = ma.fields.UUID(required=True)
    at = Instant(required=True)
    device = ma.fields.String(required=True, metadata={"description": "Coarse: Chrome på Windows"})
    bankid_device = ma.fields.String(
        required=True, metadata={"description": "Where the BankID was: same or other device"}
    )
    method = ma.fields.String(required=True, metadata={"description": "bankid, or oidc for the other e-ID"})
    result = ma.fields.String(
        required=True,
        metadata={"description": "logged-in, not-completed (the browser never came back) or refused (high risk)"},
    )


class Login(Answer):
    """A login as its own browser sees it."""

    login_id = ma.fields.UUID(required=True)
    device = ma.fields.String(required=True)
    status = ma.fields.String(required=True, metadata={"description": "pending, awaiting-return, complete or failed"})
    hint_code = ma.fields.String(required=True, allow_none=True)
    message = ma.fields.Nested(Message, required=True)
    qr = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Text of the QR frame of this second; null when none may be shown"},
    )
    return_path = ma.fields.String(required=True, allow_none=True)
    expires_at = Instant(required=True)
    auto_start_token = ma.fields.String(required=True, allow_none=True)
    launch_url = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Starts the app on the same device; null with another, and when it has done its work"},
    )


class FollowedLogin(Login):
    """A login, and the session where this very answer completed it."""

    session = ma.fields.Nested(Session, required=True, allow_none=True)


class ResolveSession(Strict):
    """The gateway's question."""

    command = Resolve

    token = ma.fields.String(required=True, validate=validate.Length(1, 200))
    background = ma.fields.Boolean(load_default=False)
    seal_for = ma.fields.String(load_default=None, validate=validate.Length(1, 40))


class ResolvedSession(Answer):
    """Whose session it is."""

    session_id = ma.fields.UUID(required=True, attribute="session.id")
    person_id = ma.fields.UUID(required=True, attribute="session.person_id")
    account_id = ma.fields.UUID(required=True, allow_none=True, attribute="session.account_id")
    name = ma.fields.String(required=True, attribute="session.name")
    birth_year = ma.fields.Integer(required=True, attribute="session.birth_year")
    registered = ma.fields.Boolean(required=True, attribute="session.registered")
    locale = ma.fields.String(required=True, attribute="session.locale")
    staff = ma.fields.List(ma.fields.String(), required=True, attribute="session.staff")
    idle_expires_at = Instant(required=True, attribute="session.idle_expires_at")
    expires_at = Instant(required=True, attribute="session.expires_at")
    sealed_personal_number = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "JWE for the service of `seal_for`"}
    )
