"""The policy: may this request go on, and as whom. The order of the checks is fixed: session, CSRF, account, grant."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from chassis.errors import Forbidden, Unauthenticated
from chassis.telemetry import logger
from chassis.tokens import Minter
from chassis.transaction import Principal
from gateway.schemas.answers import Session
from gateway.schemas.problems import AccountMismatch, AccountMissing, AccountNotChosen, CsrfRefused, NoGrant
from gateway.schemas.routes import READS, Operation, RouteTable
from gateway.upstreams import Grants, Sessions

log = logger(__name__)
SUPPORT, STAFF_OF_SUPPORT = "support", "customer-service"
"""Customer service looks at an account by a view (B-22), as long as the person is customer service."""
A_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
"""What ``csrf_token`` gives, of whatever session."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request, as nginx describes it."""

    asked_at: datetime
    method: str
    path: str
    expected: str | None = None
    """What nginx takes the operation's question to be; it is part of the key of the cached answer."""
    session: str = ""
    account: str = ""
    csrf_token: str = ""
    origin: str | None = None
    fetch_site: str | None = None
    background: bool = False


@dataclass(frozen=True, kw_only=True)
class Permit:
    """A yes: what goes along to the service."""

    token: str
    deadline: float
    """Seconds since the epoch after which nobody waits for the answer."""
    good_through: int | None
    """The second (since the epoch) through which nginx may repeat this answer; None: not at all."""
    sealed_personal_number: str | None = None


def csrf_token(session: str) -> str:
    """The token that a page of this session sends with its writes (``GET /session`` tells the same)."""
    digest = hmac.new(session.encode(), b"csrf", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Decides; holds no state of its own."""

    table: RouteTable
    sessions: Sessions
    grants: Grants
    minter: Minter
    origins: frozenset[str]
    deadline_seconds: int
    upload_deadline_seconds: int
    upload_above_bytes: int

    def decide(self, question: Question) -> Permit:
        """Return the permit, or raise the refusal as a ``DomainError`` (werkzeug's ``MethodNotAllowed`` for that)."""
        operation = self.table.match(question.method, question.path)
        if question.expected is not None and question.expected != operation.question:
            log.error("route-tables-differ", route=operation.name, expected=question.expected)
            raise Forbidden
        if operation.access == "public":
            if question.method not in READS and operation.csrf:
                self._check_source(question, required=False)
            return self._permit(question, operation, Principal(), None)
        session = self._session(question, operation)
        if question.method not in READS:
            self._check_csrf(question, operation, session)
        principal = self._principal(question, operation, session)
        return self._permit(question, operation, principal, session)

    def _session(self, question: Question, operation: Operation) -> Session:
        if not question.session:
            raise Unauthenticated
        seal_for = operation.service if "sealed_pnr" in operation.claims else None
        session = self.sessions.resolve(question.session, background=question.background, seal_for=seal_for)
        if session is None:
            raise Unauthenticated
        return session

    def _check_csrf(self, question: Question, operation: Operation, session: Session) -> None:
        self._check_source(question, required=True)
        if hmac.compare_digest(csrf_token(question.session).encode(), question.csrf_token.encode()):
            return
        # Refused in any case (C20). But choosing an account gives a new session and so a new token: a page of ours from
        # before the choice brings the old one, and says by its account what has happened (D21).
        chosen = operation.access != "select-account" and session.account_id
        named = _uuid(question.account)
        if chosen and named not in {None, chosen} and A_TOKEN.fullmatch(question.csrf_token):
            raise AccountMismatch
        raise CsrfRefused

    def _check_source(self, question: Question, *, required: bool) -> None:
        # Browsers tell where a write comes from; a page of somebody else's cannot change either header. Programs
        # without cookies need tell neither, where there is no session to ride on.
        if question.fetch_site is not None and question.fetch_site != "same-origin":
            raise CsrfRefused
        if question.origin is not None and question.origin not in self.origins:
            raise CsrfRefused
        if required and question.fetch_site is None and question.origin is None:
            raise CsrfRefused

    def _principal(self, question: Question, operation: Operation, session: Session) -> Principal:
        person = Principal(
            person_id=session.person_id,
            session_id=session.session_id,
            staff=frozenset(session.staff) if operation.access == "staff" else frozenset(),
            name=session.name if "name" in operation.claims else None,
            birth_year=session.birth_year if "birth_year" in operation.claims else None,
        )
        if operation.access not in {"account", "select-account"}:
            return person
        account_id = _account(question, operation, session)
        grant = self.grants.find(session.person_id, account_id)
        if grant is None or (grant.role == SUPPORT and STAFF_OF_SUPPORT not in session.staff):
            raise NoGrant
        return Principal(
            person_id=person.person_id,
            session_id=person.session_id,
            name=person.name,
            birth_year=person.birth_year,
            account_id=grant.account_id,
            membership_id=grant.membership_id,
            role=grant.role,
            scopes=frozenset(grant.scopes),
            read_only=grant.read_only,
            services=None if grant.services is None else frozenset(grant.services),
        )

    def _permit(
        self, question: Question, operation: Operation, principal: Principal, session: Session | None
    ) -> Permit:
        asked = question.asked_at.timestamp()
        upload = operation.body_limit > self.upload_above_bytes
        seconds = self.upload_deadline_seconds if upload else self.deadline_seconds
        cacheable = question.method in READS
        # A repeated answer is up to a second old: the last request that it serves has its full time, too.
        start = ceil(asked) if cacheable else asked
        return Permit(
            token=self.minter.mint(operation.service, principal, locale=session.locale if session else None),
            deadline=start + seconds,
            good_through=int(asked) if cacheable else None,
            sealed_personal_number=session.sealed_personal_number if session else None,
        )


def _account(question: Question, operation: Operation, session: Session) -> UUID:
    if operation.access == "select-account":
        target = _uuid(question.account)
        if target is None:
            raise AccountMissing
        return target
    if session.account_id is None:
        raise AccountNotChosen
    if not question.account and question.method in READS:
        return session.account_id
    named = _uuid(question.account)
    if named is None:
        raise AccountMissing
    if named != session.account_id:
        raise AccountMismatch
    return session.account_id


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
