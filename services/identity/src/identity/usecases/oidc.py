"""Logins by a second e-ID over OpenID Connect (A4). The provider is asked between transactions, never inside one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from identity.domain import oidc as rules
from identity.domain.errors import LoginNotFound, PublishedNumberRefused
from identity.domain.history import LoginResult
from identity.domain.logins import secret_hash
from identity.domain.messages import Message
from identity.domain.oidc import OidcFailure, OidcLogin, OidcPerson, Secrets
from identity.store import oidc
from identity.usecases import history, persons, register_entries, sessions
from identity.usecases.history import LoginOf
from identity.usecases.keys import Keys
from identity.usecases.logins import evidence_place
from identity.usecases.sessions import SessionView

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class WantOidcLogin:
    """Where on the site to go afterwards."""

    return_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReturnFromProvider:
    """What the provider has sent the browser back with."""

    state: str
    code: str | None = None
    error: str | None = None
    iss: str | None = None
    """RFC 9207: who says it; compared where it is there."""


@dataclass(frozen=True, kw_only=True)
class StartOidcLogin:
    """A login on its way to the provider."""

    login_id: UUID
    pre_token: str
    secrets: Secrets
    authorization_url: str
    return_path: str | None
    device_hash: str


@dataclass(frozen=True, kw_only=True)
class OidcStartView:
    """Where the browser is to go."""

    login_id: UUID
    authorization_url: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A login whose state has been used, and its secrets."""

    login: OidcLogin
    secrets: Secrets


@dataclass(frozen=True, kw_only=True)
class OidcView:
    """What has come of the login."""

    login_id: UUID
    status: str
    message: Message
    return_path: str | None
    session: SessionView | None = None


@dataclass(frozen=True, kw_only=True)
class OidcDone:
    """A view, and the new session's token where there is one."""

    view: OidcView
    session_token: str | None = None


def start(tx: Tx, keys: Keys, cmd: StartOidcLogin) -> OidcStartView:
    """Bind a login to the browser that holds ``pre_token``."""
    secrets = json.dumps({"nonce": cmd.secrets.nonce, "verifier": cmd.secrets.verifier})
    login = oidc.add(
        tx,
        {
            "id": cmd.login_id,
            "pre_hash": secret_hash(cmd.pre_token),
            "state_hash": secret_hash(cmd.secrets.state),
            "secrets_sealed": keys.vault.seal(secrets, place=_place(cmd.login_id)),
            "return_path": cmd.return_path,
            "device_hash": cmd.device_hash,
        },
    )
    return OidcStartView(login_id=login.id, authorization_url=cmd.authorization_url, expires_at=login.expires_at)


def cancel(tx: Tx, pre_token: str | None) -> None:
    """Cancel what this browser had under way."""
    if pre_token:
        oidc.cancel(tx, secret_hash(pre_token))


def spend(tx: Tx, keys: Keys, state: str, pre_token: str | None) -> Spent:
    """Use the state, committed before the provider is asked.

    Raises ``LoginNotFound`` for a wrong, used or old state, and for any other browser than the one that began (C16).
    """
    login_id = rules.login_of(state)
    login = None
    if login_id is not None and pre_token:
        login = oidc.spend(tx, login_id, secret_hash(pre_token), secret_hash(state))
    if login is None or login.secrets_sealed is None:
        raise LoginNotFound
    secrets = json.loads(keys.vault.open(bytes(login.secrets_sealed), place=_place(login.id)))
    return Spent(login=login, secrets=Secrets(state=state, nonce=secrets["nonce"], verifier=secrets["verifier"]))


def finish(
    tx: Tx, keys: Keys, login: OidcLogin, outcome: OidcPerson | OidcFailure, *, session_token: str | None, agent: str
) -> OidcDone:
    """Open a session for whom the provider has identified, in place of the one that this browser had."""
    if isinstance(outcome, OidcFailure):
        return _failed(tx, login, outcome.error_code)
    try:
        person_id = persons.recognise(tx, keys, outcome.personal_number, outcome.name)
    except PublishedNumberRefused:
        _keep(tx, keys, login, outcome, person_id=None, result="person-refused")
        return _failed(tx, login, "person-refused")
    done = oidc.complete(tx, login.id, person_id)
    if done is None:
        raise LoginNotFound
    _keep(tx, keys, login, outcome, person_id=person_id, result="accepted")
    of = LoginOf(id=login.id, device="same", device_hash=login.device_hash, method=rules.OIDC)
    history.note_login(tx, of, person_id, LoginResult.NOT_COMPLETED, agent)
    opened = sessions.open_session(
        tx, person_id, device_hash=login.device_hash, user_agent=agent, replaces=session_token
    )
    history.complete_login(tx, of, person_id, agent)
    register_entries.want(tx, keys, person_id)
    log.info("logged-in", login_id=str(login.id), session_id=str(opened.view.session_id), method=rules.OIDC)
    return OidcDone(view=_view(tx, done, session=opened.view), session_token=opened.token)


def _failed(tx: Tx, login: OidcLogin, error_code: str) -> OidcDone:
    log.warning("oidc-login-failed", login_id=str(login.id), code=error_code)
    failed = oidc.fail(tx, login.id, error_code)
    if failed is None:
        raise LoginNotFound
    return OidcDone(view=_view(tx, failed))


def _keep(tx: Tx, keys: Keys, login: OidcLogin, found: OidcPerson, *, person_id: UUID | None, result: str) -> None:
    evidence_id = new_id()
    sealed = keys.vault.seal(found.evidence, place=evidence_place(evidence_id))
    oidc.add_evidence(
        tx, evidence_id=evidence_id, login_id=login.id, person_id=person_id, outcome=result, sealed=sealed
    )


def _view(tx: Tx, login: OidcLogin, *, session: SessionView | None = None) -> OidcView:
    return OidcView(
        login_id=login.id,
        status=login.status,
        message=rules.message(login, tx.locale),
        return_path=login.return_path,
        session=session,
    )


def _place(login_id: UUID) -> str:
    return f"oidc_login.secrets:{login_id}"
