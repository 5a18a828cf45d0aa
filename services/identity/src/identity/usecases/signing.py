"""Signatures that other services ask for: ordered, taken up in the person's browser, ended once (S, domain facts 1.3).

BankID is asked between transactions, as for logins. A failed attempt leaves the order open for another; the order ends
when it is signed, cancelled, withdrawn or too old, or when somebody else's BankID or an untrue proof has come back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.activities import Actor
from contracts.identity import SignatureCompletedV1, SignatureFailedV1, SignatureFailure
from identity.domain import logins as rules
from identity.domain.bankid import Completed, Outcome
from identity.domain.errors import (
    PersonNotFound,
    SignAttemptsTooMany,
    SignOrderClosed,
    SignOrderDiffers,
    SignOrderNotFound,
)
from identity.domain.logins import Login, ReturnMode
from identity.domain.signing import MOST_ATTEMPTS, SignFailure, SignOrder, SignStatus, SignTask, lasts
from identity.store import logins, persons, signing
from identity.usecases.keys import Keys
from identity.usecases.logins import LoginView, StartLogin, keep_proof, login_values, note_progress, view_of
from identity.usecases.persons import known, personal_number

log = logger(__name__)

EXPIRED_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class OrderSignature:
    """A service wants ``text`` signed by one person, with the hash of the document that it stands for."""

    sign_order_id: UUID
    subject_id: UUID
    person_id: UUID
    purpose: str
    text: str
    document_sha256: str
    """64 hexadecimal digits."""
    valid_minutes: int


@dataclass(frozen=True, kw_only=True)
class WantSignature:
    """Where the person's BankID is."""

    device: str
    return_mode: str = ReturnMode.FRAGMENT


@dataclass(frozen=True, kw_only=True)
class SignOrderView:
    """A sign order as its person and its requester see it."""

    sign_order_id: UUID
    subject_id: UUID
    """The requester's own id of the thing, so that a page can lead back to it."""
    purpose: str
    status: str
    reason: str | None
    text: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AttemptView:
    """The attempt of this browser, and what has become of the order."""

    attempt: LoginView
    order: SignOrderView


@dataclass(frozen=True, kw_only=True)
class FollowAttempt:
    """A browser asks how it goes; ``claim`` and ``outcome``: what BankID has just said, where it was asked."""

    sign_order_id: UUID
    attempt_id: UUID
    pre_token: str
    claim: Login | None = None
    outcome: Outcome | None = None
    launch_base: str = ""


def order_signature(tx: Tx, keys: Keys, cmd: OrderSignature) -> tuple[SignOrderView, bool]:
    """Take an order from another service; returns it and whether it is new. The same order twice is one.

    Raises ``PersonNotFound``, or ``SignOrderDiffers`` where the id stands for something else.
    """
    service = tx.principal.service if tx.principal else None
    if service is None or persons.get(tx, cmd.person_id) is None:
        raise PersonNotFound(field="person_id")
    document = bytes.fromhex(cmd.document_sha256)
    values = {
        "id": cmd.sign_order_id,
        "requested_by": service,
        "subject_id": cmd.subject_id,
        "person_id": cmd.person_id,
        "purpose": cmd.purpose,
        "document_sha256": document,
        "text_sealed": keys.vault.seal(cmd.text, place=text_place(cmd.sign_order_id)),
    }
    order = signing.add(tx, values, lasts=lasts(cmd.valid_minutes))
    if order is not None:
        log.info("signature-ordered", sign_order_id=str(order.id), requested_by=service, purpose=cmd.purpose)
        return _order_view(tx, keys, order), True
    order = _of_service(tx, cmd.sign_order_id)
    same = (order.subject_id, order.person_id, order.purpose, bytes(order.document_sha256), _text(keys, order))
    if same != (cmd.subject_id, cmd.person_id, cmd.purpose, document, cmd.text):
        raise SignOrderDiffers
    return _order_view(tx, keys, order), False


def withdraw(tx: Tx, sign_order_id: UUID) -> list[str]:
    """End an order of the calling service; returns the BankID orders to cancel. One that has ended is left as it is."""
    order = _of_service(tx, sign_order_id)
    return _fail(tx, order.id, SignFailure.WITHDRAWN)


def show(tx: Tx, keys: Keys, sign_order_id: UUID) -> SignOrderView:
    """The order of the person who is logged in; raises ``SignOrderNotFound`` for another's."""
    return _order_view(tx, keys, _mine(tx, sign_order_id))


def task(tx: Tx, keys: Keys, sign_order_id: UUID) -> SignTask:
    """What an attempt at the own order sends to BankID, opened for that moment."""
    return _task(tx, keys, _mine(tx, sign_order_id))


def begin(tx: Tx, keys: Keys, sign_order_id: UUID) -> SignTask:
    """Count a start; raises ``SignOrderNotFound``, ``SignOrderClosed`` or ``SignAttemptsTooMany``."""
    order = _mine(tx, sign_order_id)
    if order.status_at(tx.now) == SignStatus.PENDING and order.attempts >= MOST_ATTEMPTS:
        raise SignAttemptsTooMany(retry_after=60)
    if signing.count_attempt(tx, order.id) is None:
        raise SignOrderClosed
    return _task(tx, keys, order)


def start_attempt(tx: Tx, keys: Keys, sign_order_id: UUID, cmd: StartLogin) -> AttemptView:
    """Bind a started BankID order to this browser and to the sign order."""
    values = login_values(cmd) | {"sign_order_id": sign_order_id, "visible_data": ""}
    attempt = logins.add(tx, values, cmd.order)
    order = _mine(tx, sign_order_id)
    return AttemptView(attempt=view_of(tx, attempt, cmd.launch_base), order=_order_view(tx, keys, order))


def attempt_of(tx: Tx, sign_order_id: UUID, pre_token: str | None) -> UUID:
    """The attempt at the own order that this browser began; raises ``SignOrderNotFound``."""
    order = _mine(tx, sign_order_id)
    attempt_id = logins.of_browser(tx, rules.secret_hash(pre_token), order.id) if pre_token else None
    if attempt_id is None:
        raise SignOrderNotFound
    return attempt_id


def claim_collect(tx: Tx, sign_order_id: UUID, attempt_id: UUID, pre_token: str) -> Login | None:
    """The right to ask BankID about this attempt now: at most each two seconds, one at a time."""
    return logins.claim_collect(tx, attempt_id, rules.secret_hash(pre_token), sign_order_id)


def note_return(tx: Tx, sign_order_id: UUID, attempt_id: UUID, pre_token: str, nonce: str) -> None:
    """The app has sent the browser back; nonce and cookie prove that it is the one that began (C16)."""
    hashes = rules.secret_hash(pre_token), rules.secret_hash(nonce)
    if not logins.note_return(tx, attempt_id, *hashes, sign_order_id):
        raise SignOrderNotFound


def follow(tx: Tx, keys: Keys, cmd: FollowAttempt) -> AttemptView:
    """Write down what BankID said, complete the order where that is possible, and tell the state.

    Raises ``SignOrderNotFound`` for another person's order or another browser's attempt.
    """
    order = _mine(tx, cmd.sign_order_id)
    if cmd.claim is not None and cmd.outcome is not None:
        if isinstance(cmd.outcome, Completed):
            _signed(tx, keys, cmd.claim, order, cmd.outcome)
        else:
            note_progress(tx, cmd.claim, cmd.outcome)
    pre_hash = rules.secret_hash(cmd.pre_token)
    done = logins.finish(tx, cmd.attempt_id, pre_hash, order.id)
    if done is not None:
        _complete(tx, order)
    attempt = done or logins.get(tx, cmd.attempt_id, pre_hash, order.id)
    if attempt is None:
        raise SignOrderNotFound
    if attempt.error_code == "proof-refused":
        _fail(tx, order.id, SignFailure.PROOF_REFUSED)
    return AttemptView(attempt=view_of(tx, attempt, cmd.launch_base), order=_order_view(tx, keys, _mine(tx, order.id)))


def leave(tx: Tx, sign_order_id: UUID, pre_token: str | None) -> str | None:
    """Cancel this browser's running attempt; returns its BankID order. The sign order stays open."""
    order = _mine(tx, sign_order_id)
    if not pre_token or logins.of_browser(tx, rules.secret_hash(pre_token), order.id) is None:
        return None
    return logins.cancel(tx, rules.secret_hash(pre_token))


def cancel(tx: Tx, sign_order_id: UUID) -> list[str]:
    """The person will not sign; returns the BankID orders to cancel. An order that has ended is left as it is."""
    return _fail(tx, _mine(tx, sign_order_id).id, SignFailure.CANCELLED)


def expire_orders(tx: Tx) -> int:
    """End orders whose time has run out and tell their requesters; returns how many."""
    expired = signing.expire(tx, most=EXPIRED_AT_ONCE)
    for order in expired:
        _tell_failure(tx, order)
    return len(expired)


def _signed(tx: Tx, keys: Keys, claim: Login, order: SignOrder, completed: Completed) -> None:
    if completed.risk == "high":
        # Signs of a broken channel binding: BankID says block (C17).
        log.warning("signature-risk-high", sign_order_id=str(order.id))
        if logins.failed(tx, claim, error_code="risk-high"):
            keep_proof(tx, keys, claim, completed, person_id=None, outcome="risk-high")
            _fail(tx, order.id, SignFailure.RISK_HIGH)
        return
    if known(tx, keys, completed.personal_number) != order.person_id:
        # BankID was told whose signature we want, so this should not be possible. Nothing readable is kept.
        log.error("signature-by-another", sign_order_id=str(order.id))
        if logins.failed(tx, claim, error_code="other-person"):
            keep_proof(tx, keys, claim, completed, person_id=None, outcome="other-person")
            _fail(tx, order.id, SignFailure.OTHER_PERSON)
        return
    if logins.identified(tx, claim) is None:
        log.warning("signature-outcome-too-late", sign_order_id=str(order.id))
        return
    logins.set_person(tx, claim.id, order.person_id)
    keep_proof(tx, keys, claim, completed, person_id=order.person_id, outcome="accepted")
    if completed.risk != "low":
        log.warning("signature-risk", sign_order_id=str(order.id), risk=completed.risk)


def _complete(tx: Tx, order: SignOrder) -> None:
    done = signing.complete(tx, order.id)
    if done is None or done.ended_at is None:
        # Cancelled, withdrawn or too old while the person was signing: the requester has been told that it failed.
        log.warning("signed-too-late", sign_order_id=str(order.id))
        return
    tx.emit(
        SignatureCompletedV1(
            sign_order_id=done.id,
            requested_by=done.requested_by,
            subject_id=done.subject_id,
            person_id=done.person_id,
            purpose=done.purpose,
            document_sha256=bytes(done.document_sha256).hex(),
            signed_at=done.ended_at,
        ),
        aggregate_id=done.id,
        version=1,
    )
    tx.record(
        "sign",
        "Skrev under med BankID",
        "Signed with BankID",
        actor=Actor.PERSON,
        person_id=done.person_id,
        subject_id=done.id,
    )
    log.info("signed", sign_order_id=str(done.id), requested_by=done.requested_by)


def _fail(tx: Tx, sign_order_id: UUID, reason: SignFailure) -> list[str]:
    failed = signing.fail(tx, sign_order_id, reason)
    if failed is None:
        return []
    _tell_failure(tx, failed)
    return logins.cancel_attempts(tx, sign_order_id)


def _tell_failure(tx: Tx, order: SignOrder) -> None:
    if order.reason is None or order.ended_at is None:
        return
    tx.emit(
        SignatureFailedV1(
            sign_order_id=order.id,
            requested_by=order.requested_by,
            subject_id=order.subject_id,
            person_id=order.person_id,
            purpose=order.purpose,
            reason=SignatureFailure(order.reason),
            failed_at=order.ended_at,
        ),
        aggregate_id=order.id,
        version=1,
    )
    log.info("signature-failed", sign_order_id=str(order.id), reason=order.reason)


def _mine(tx: Tx, sign_order_id: UUID) -> SignOrder:
    person_id = tx.principal.person_id if tx.principal else None
    order = signing.get_of_person(tx, sign_order_id, person_id) if person_id else None
    if order is None:
        raise SignOrderNotFound
    return order


def _of_service(tx: Tx, sign_order_id: UUID) -> SignOrder:
    order = signing.get(tx, sign_order_id)
    if order is None or tx.principal is None or order.requested_by != tx.principal.service:
        raise SignOrderNotFound
    return order


def _task(tx: Tx, keys: Keys, order: SignOrder) -> SignTask:
    person = persons.get(tx, order.person_id)
    if person is None:
        raise SignOrderNotFound
    return SignTask(
        sign_order_id=order.id,
        text=_text(keys, order),
        document_sha256=bytes(order.document_sha256),
        personal_number=personal_number(keys, person.id, person.personal_number_sealed),
    )


def text_place(sign_order_id: UUID) -> str:
    """What the text of an order is sealed for."""
    return f"sign_order.text:{sign_order_id}"


def _text(keys: Keys, order: SignOrder) -> str:
    return keys.vault.open(bytes(order.text_sealed), place=text_place(order.id))


def _order_view(tx: Tx, keys: Keys, order: SignOrder) -> SignOrderView:
    return SignOrderView(
        sign_order_id=order.id,
        subject_id=order.subject_id,
        purpose=order.purpose,
        status=order.status_at(tx.now),
        reason=order.reason_at(tx.now),
        text=_text(keys, order),
        created_at=order.created_at,
        expires_at=order.expires_at,
        ended_at=order.ended_at,
    )
