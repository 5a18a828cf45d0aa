"""Logins with BankID (reliability 4.2). BankID is asked between transactions, never inside one.

A poll is: ``claim_collect`` (who may ask), the call, ``follow_login`` (what came of it, for one winner).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import new_id
from chassis.telemetry import logger
from chassis.transaction import Tx
from identity.domain import logins as rules
from identity.domain.bankid import Completed, Failed, Order, Outcome, Pending, Renewed, Trouble
from identity.domain.errors import LoginNotFound, PublishedNumberRefused
from identity.domain.history import LoginResult
from identity.domain.logins import Device, Login, ReturnMode
from identity.domain.messages import Message
from identity.store import logins
from identity.usecases import history, persons, register_entries, sessions
from identity.usecases.keys import Keys
from identity.usecases.sessions import SessionView

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class WantLogin:
    """What the browser asks for."""

    device: str
    return_path: str | None = None
    return_mode: str = ReturnMode.FRAGMENT


@dataclass(frozen=True, kw_only=True)
class StartLogin:
    """A login whose BankID order has been started."""

    login_id: UUID
    pre_token: str
    nonce: str | None
    order: Order
    device: str
    platform: str
    locale: str
    visible_data: str
    return_path: str | None
    start_address: str
    device_hash: str
    launch_base: str


@dataclass(frozen=True, kw_only=True)
class FollowLogin:
    """A browser asks how its login goes. ``claim`` and ``outcome``: what BankID has just said, where it was asked."""

    login_id: UUID
    pre_token: str | None
    claim: Login | None = None
    outcome: Outcome | None = None
    session_token: str | None = None
    """The cookie of the session that this browser has had so far."""
    user_agent: str = ""
    """What the browser calls itself; a coarse kind of device is made of it, itself it is not kept."""
    launch_base: str = ""
    """Where the app is started, if not at BankID's own address."""


@dataclass(frozen=True, kw_only=True)
class LoginView:
    """What the browser is told of its login; never the order, never the QR secret."""

    login_id: UUID
    device: str
    status: str
    hint_code: str | None
    message: Message
    expires_at: datetime
    return_path: str | None
    qr: str | None = None
    auto_start_token: str | None = None
    launch_url: str | None = None
    session: SessionView | None = None


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A view, and the new session's token for the one caller that completed the login."""

    view: LoginView
    session_token: str | None = None


def start_login(tx: Tx, cmd: StartLogin) -> LoginView:
    """Bind a started order to the browser that holds ``pre_token``."""
    login = logins.add(tx, login_values(cmd), cmd.order)
    return view_of(tx, login, cmd.launch_base)


def login_values(cmd: StartLogin) -> dict[str, Any]:
    """The columns of a started login."""
    return {
        "id": cmd.login_id,
        "pre_hash": rules.secret_hash(cmd.pre_token),
        "device": cmd.device,
        "platform": cmd.platform,
        "locale": cmd.locale,
        "return_path": cmd.return_path,
        "visible_data": cmd.visible_data,
        "start_address": cmd.start_address,
        "device_hash": cmd.device_hash,
        "nonce_hash": rules.secret_hash(cmd.nonce) if cmd.nonce else None,
    }


def cancel_login(tx: Tx, pre_token: str | None, login_id: UUID | None = None) -> str | None:
    """Cancel the browser's running login; returns the BankID order to cancel, if any.

    Raises ``LoginNotFound`` where ``login_id`` is not this browser's.
    """
    if not pre_token:
        if login_id is not None:
            raise LoginNotFound
        return None
    pre_hash = rules.secret_hash(pre_token)
    if login_id is not None and logins.get(tx, login_id, pre_hash) is None:
        raise LoginNotFound
    return logins.cancel(tx, pre_hash, login_id)


def claim_collect(tx: Tx, login_id: UUID, pre_token: str | None) -> Login | None:
    """The right to ask BankID about this login now: at most each two seconds, one at a time."""
    return logins.claim_collect(tx, login_id, rules.secret_hash(pre_token)) if pre_token else None


def note_return(tx: Tx, login_id: UUID, pre_token: str | None, nonce: str) -> None:
    """The app has sent the browser back: nonce and cookie prove that it is the one that began (C16).

    Raises ``LoginNotFound`` for a wrong or used nonce, another browser, or a login that no longer runs.
    """
    if not pre_token or not logins.note_return(tx, login_id, rules.secret_hash(pre_token), rules.secret_hash(nonce)):
        raise LoginNotFound


def follow_login(tx: Tx, keys: Keys, cmd: FollowLogin) -> Followed:
    """Write down what BankID said, complete the login where that is possible, and tell the state.

    Exactly one caller completes a login and gets the session's token. A same-device login completes only after
    ``note_return``. Raises ``LoginNotFound`` for another browser's login.
    """
    if not cmd.pre_token:
        raise LoginNotFound
    pre_hash = rules.secret_hash(cmd.pre_token)
    if cmd.claim is not None and cmd.outcome is not None:
        _write_down(tx, keys, cmd, cmd.claim, cmd.outcome)
    done = logins.finish(tx, cmd.login_id, pre_hash)
    if done is not None and done.person_id is not None:
        opened = sessions.open_session(
            tx,
            done.person_id,
            device_hash=done.device_hash,
            user_agent=cmd.user_agent,
            replaces=cmd.session_token,
        )
        history.complete_login(tx, done, done.person_id, cmd.user_agent)
        register_entries.want(tx, keys, done.person_id)
        log.info("logged-in", login_id=str(done.id), session_id=str(opened.view.session_id), device=done.device)
        return Followed(view=view_of(tx, done, cmd.launch_base, session=opened.view), session_token=opened.token)
    login = logins.get(tx, cmd.login_id, pre_hash)
    if login is None:
        raise LoginNotFound
    return Followed(view=view_of(tx, login, cmd.launch_base))


def _write_down(tx: Tx, keys: Keys, cmd: FollowLogin, claim: Login, outcome: Outcome) -> None:
    if isinstance(outcome, Completed):
        _identify(tx, keys, claim, outcome, cmd.user_agent)
    else:
        note_progress(tx, claim, outcome)


def note_progress(tx: Tx, claim: Login, outcome: Pending | Failed | Renewed | Trouble) -> None:
    """Write down what BankID said, where that is no result; only for the holder of the claim."""
    match outcome:
        case Pending(hint_code=hint):
            logins.still_pending(tx, claim, hint)
        case Failed(hint_code=hint):
            logins.failed(tx, claim, hint_code=hint)
        case Renewed(order=order):
            logins.renewed(tx, claim, order)
        case Trouble(error_code=code, passing=passing):
            if passing and claim.troubles + 1 < rules.TROUBLES_TOLERATED:
                logins.troubled(tx, claim)
            else:
                logins.failed(tx, claim, error_code=code)


def _identify(tx: Tx, keys: Keys, claim: Login, completed: Completed, user_agent: str) -> None:
    if completed.risk == "high":
        # Signs of a broken channel binding: BankID says block (C17).
        log.warning("login-risk-high", login_id=str(claim.id))
        if logins.failed(tx, claim, error_code="risk-high"):
            keep_proof(tx, keys, claim, completed, person_id=None, outcome="risk-high")
            known = persons.known(tx, keys, completed.personal_number)
            if known is not None:
                history.note_login(tx, claim, known, LoginResult.REFUSED, user_agent)
        return
    if logins.identified(tx, claim) is None:
        log.warning("login-outcome-too-late", login_id=str(claim.id))
        return
    try:
        person_id = persons.recognise(tx, keys, completed.personal_number, completed.name)
    except PublishedNumberRefused:
        log.warning("login-by-published-number", login_id=str(claim.id))
        logins.refuse_identified(tx, claim.id, "person-refused")
        keep_proof(tx, keys, claim, completed, person_id=None, outcome="person-refused")
        return
    logins.set_person(tx, claim.id, person_id)
    keep_proof(tx, keys, claim, completed, person_id=person_id, outcome="accepted")
    history.note_login(tx, claim, person_id, LoginResult.NOT_COMPLETED, user_agent)
    if completed.risk != "low":
        log.warning("login-risk", login_id=str(claim.id), risk=completed.risk)
    if claim.device == Device.SAME and completed.device_address != claim.start_address:
        # A signal, not a verdict: mobile network and Wi-Fi differ in honest use.
        log.warning("login-address-differs", login_id=str(claim.id))


def keep_proof(tx: Tx, keys: Keys, claim: Login, completed: Completed, *, person_id: UUID | None, outcome: str) -> None:
    """Keep completionData as it came, encrypted, whatever came of it."""
    evidence_id = new_id()
    logins.add_evidence(
        tx,
        claim,
        evidence_id=evidence_id,
        person_id=person_id,
        outcome=outcome,
        sealed=keys.vault.seal(completed.evidence, place=evidence_place(evidence_id)),
    )


def evidence_place(evidence_id: UUID) -> str:
    """What a proof is sealed for."""
    return f"evidence:{evidence_id}"


def view_of(tx: Tx, login: Login, launch_base: str, *, session: SessionView | None = None) -> LoginView:
    """The state as the browser is told it, at this moment."""
    login = login.as_of(tx.now)
    token = login.launch_token
    return LoginView(
        login_id=login.id,
        device=login.device,
        status=login.outward_status(),
        hint_code=login.hint_code,
        message=login.message(tx.locale),
        expires_at=login.expires_at,
        return_path=login.return_path,
        qr=login.qr(tx.now),
        auto_start_token=token,
        launch_url=rules.launch_url(token, login.platform, launch_base) if token else None,
        session=session,
    )
