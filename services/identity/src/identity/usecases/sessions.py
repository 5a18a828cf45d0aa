"""Sessions: opened by a login, resolved for the gateway, rotated, extended, ended (D20)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.ids import new_id, new_secret
from chassis.transaction import Tx
from identity.domain.devices import DeviceKind, device_kind
from identity.domain.errors import ReceiverUnknown, SessionEnded, SessionNotFound
from identity.domain.logins import secret_hash
from identity.domain.sessions import Session, csrf_token
from identity.store import sessions
from identity.usecases.keys import Keys
from identity.usecases.persons import personal_number


@dataclass(frozen=True, kw_only=True)
class PersonView:
    """Who is logged in."""

    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """What the portal needs to know of its session."""

    session_id: UUID
    person: PersonView
    registered: bool
    account_id: UUID | None
    account_role: str | None
    staff: list[str]
    locale: str
    csrf_token: str
    idle_expires_at: datetime
    expires_at: datetime
    warn_at: datetime


@dataclass(frozen=True, kw_only=True)
class MySession:
    """One of the own sessions (B-19). ``created_at``: the login, which choosing an account does not renew."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    device: str
    account_id: UUID | None
    current: bool


@dataclass(frozen=True, kw_only=True)
class LogOutEverywhere:
    """End the other sessions; with ``current`` that of this request too."""

    current: bool = False


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A new session and the only copy of its token."""

    token: str
    view: SessionView


@dataclass(frozen=True, kw_only=True)
class Resolve:
    """The gateway asks whose a cookie is. ``background``: no person's act, so the idle time goes on."""

    token: str
    background: bool = False
    seal_for: str | None = None
    """Also tell the personal number, sealed for this service (D23)."""


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """Whose the cookie is."""

    session: Session
    sealed_personal_number: str | None = None


def open_session(tx: Tx, person_id: UUID, *, device_hash: str | None, user_agent: str, replaces: str | None) -> Opened:
    """Begin a session with a new id; the one that this browser had (``replaces``, its cookie) ends."""
    sessions.hold(tx, person_id)
    if replaces:
        sessions.end_by_token(tx, secret_hash(replaces), "new-login")
    sessions.end_beyond_limit(tx, person_id)
    session_id, token = new_id(), new_secret()
    sessions.begin(
        tx,
        session_id=session_id,
        token_hash=secret_hash(token),
        person_id=person_id,
        device_hash=device_hash,
        kind=device_kind(user_agent),
    )
    return _opened(tx, session_id, token)


def show_session(tx: Tx, token: str | None) -> SessionView:
    """The session of this request; raises ``SessionEnded`` unless cookie and principal agree."""
    if not token or tx.principal is None or tx.principal.session_id is None:
        raise SessionEnded
    return _opened(tx, tx.principal.session_id, token).view


def extend_session(tx: Tx, token: str | None) -> SessionView:
    """Start the idle time anew: a person has asked to stay (B-03). The absolute end stays."""
    session_id = _session_id(tx)
    if not token or not sessions.extend(tx, session_id, secret_hash(token)):
        raise SessionEnded
    return _opened(tx, session_id, token).view


def select_account(tx: Tx) -> Opened:
    """Choose the account that the gateway has checked: a new session id, the old one is dead (C18)."""
    principal = tx.principal
    return _rotate(tx, principal.account_id if principal else None, principal.role if principal else None)


def leave_account(tx: Tx) -> Opened:
    """Go on without an account (FK9): a new session id here too, so that nothing goes on for the one that was left."""
    return _rotate(tx, None, None)


def _rotate(tx: Tx, account_id: UUID | None, account_role: str | None) -> Opened:
    old, person_id = _session_id(tx), _person_id(tx)
    sessions.hold(tx, person_id)
    if not sessions.end(tx, old, person_id, "account-selected"):
        raise SessionEnded
    session_id, token = new_id(), new_secret()
    sessions.begin(
        tx,
        session_id=session_id,
        token_hash=secret_hash(token),
        person_id=person_id,
        account_id=account_id,
        account_role=account_role,
        continues=old,
    )
    return _opened(tx, session_id, token)


def log_out(tx: Tx) -> None:
    """End the session on the server. One that has ended already is no error."""
    sessions.end(tx, _session_id(tx), _person_id(tx), "logout")


def list_sessions(tx: Tx) -> list[MySession]:
    """The person's open sessions, the one used last first (B-19); no token, no address."""
    current = _session_id(tx)
    return [
        MySession(
            id=each.id,
            created_at=each.authenticated_at,
            last_seen_at=each.last_seen_at,
            expires_at=each.idle_expires_at,
            device=DeviceKind(browser=each.browser, system=each.system).text(tx.locale),
            account_id=each.account_id,
            current=each.id == current,
        )
        for each in sessions.of_person(tx, _person_id(tx))
    ]


def end_session(tx: Tx, session_id: UUID) -> bool:
    """End one of the own sessions; True where it was that of this very request.

    Raises ``SessionNotFound`` where it is unknown, over, or another person's.
    """
    person_id = _person_id(tx)
    sessions.hold(tx, person_id)
    if not sessions.end(tx, session_id, person_id, "ended-by-person"):
        raise SessionNotFound
    return session_id == _session_id(tx)


def log_out_everywhere(tx: Tx, cmd: LogOutEverywhere) -> int:
    """End the person's sessions; returns how many. One that is being rotated meanwhile ends too."""
    current, person_id = _session_id(tx), _person_id(tx)
    sessions.hold(tx, person_id)
    return sessions.end_all(tx, person_id, "logout-everywhere", but=None if cmd.current else current)


def resolve_session(tx: Tx, keys: Keys, cmd: Resolve) -> Resolved:
    """Whose an open session is; one statement.

    Raises ``SessionEnded``; ``ReceiverUnknown`` where the personal number is wanted for a service without a key.
    """
    session = sessions.resolve(tx, secret_hash(cmd.token), background=cmd.background)
    if session is None:
        raise SessionEnded
    if cmd.seal_for is None:
        return Resolved(session=session)
    receiver = keys.receivers.get(cmd.seal_for)
    if receiver is None:
        raise ReceiverUnknown
    number = personal_number(keys, session.person_id, bytes(session.personal_number_sealed))
    sealed = receiver.seal({"person_id": str(session.person_id), "personal_number": number})
    return Resolved(session=session, sealed_personal_number=sealed)


def _person_id(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.person_id is None:
        raise SessionEnded
    return tx.principal.person_id


def _session_id(tx: Tx) -> UUID:
    if tx.principal is None or tx.principal.session_id is None:
        raise SessionEnded
    return tx.principal.session_id


def _opened(tx: Tx, session_id: UUID, token: str) -> Opened:
    session = sessions.get(tx, session_id, secret_hash(token))
    if session is None:
        raise SessionEnded
    view = SessionView(
        session_id=session.id,
        person=PersonView(id=session.person_id, name=session.name),
        registered=session.registered,
        account_id=session.account_id,
        account_role=session.account_role,
        staff=list(session.staff),
        locale=session.locale,
        csrf_token=csrf_token(token),
        idle_expires_at=session.idle_expires_at,
        expires_at=session.expires_at,
        warn_at=session.warn_at,
    )
    return Opened(token=token, view=view)
