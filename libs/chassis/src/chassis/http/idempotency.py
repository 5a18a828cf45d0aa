"""Idempotency-Key: effect, stored answer and outbox rows in one transaction.

Same key and same body: the stored answer with ``Idempotency-Replayed: true``. Same key, other body: 422. Same key
still in flight: 409 with Retry-After. An unexpected fault rolls everything back, so nothing is stored and a retry
runs anew; a business refusal is stored as the answer it is.

The table holds the key's hash, and the answer sealed with the key: an answer may name people, and only who has the key
(a UUID of the asker's own) needs it again. A copy of the database gives neither.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Response, request
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from chassis.db import sqlstate
from chassis.errors import Conflict, DomainError, Invalid
from chassis.transaction import Principal, Tx

HEADER = "Idempotency-Key"
VALID = re.compile(r"^[\x21-\x7e]{1,255}$")
NOBODY = UUID(int=0)
KEEP = timedelta(days=7)
KEPT_HEADERS = ("Location", "ETag", "Content-Language", "Content-Type")
LOCK_NOT_AVAILABLE = "55P03"
NONCE_BYTES = 12


class KeyMissing(DomainError):
    """The route creates or sends something, so it needs a key."""

    code = "idempotency-key-missing"
    sv = ("Idempotency-Key saknas", "Skicka huvudet Idempotency-Key med ett nytt UUID för varje ny åtgärd.")
    en = ("Idempotency-Key is missing", "Send the header Idempotency-Key with a new UUID for every new action.")


class KeyMalformed(DomainError):
    """Not 1 to 255 visible ASCII characters."""

    code = "idempotency-key-malformed"
    sv = ("Idempotency-Key är felaktig", "Använd 1 till 255 synliga ASCII-tecken, helst ett UUID.")
    en = ("Idempotency-Key is malformed", "Use 1 to 255 visible ASCII characters, preferably a UUID.")


class KeyReused(Invalid):
    """The key belongs to another request."""

    code = "idempotency-key-reused"
    sv = ("Idempotency-Key är redan använd", "Nyckeln hör till en begäran med annat innehåll. Använd en ny nyckel.")
    en = ("Idempotency-Key is already used", "The key belongs to a request with other content. Use a new key.")


class InFlight(Conflict):
    """The first request with this key has not finished."""

    code = "idempotency-in-flight"
    retry_after = 1
    sv = ("Begäran pågår redan", "En likadan begäran behandlas just nu. Försök igen om en stund.")
    en = ("The request is already running", "The same request is being processed. Try again in a moment.")


@dataclass(frozen=True)
class Key:
    """The scope of one key: person, account, method and route, and what the body was."""

    person_id: UUID
    account_id: UUID
    method: str
    route: str
    key: str
    request_hash: bytes

    def parameters(self) -> dict[str, Any]:
        """For the statements below."""
        return {
            "person_id": self.person_id,
            "account_id": self.account_id,
            "method": self.method,
            "route": self.route,
            "key": self._digest("kept as").hex(),
        }

    def seal(self, answer: bytes) -> bytes:
        """The answer, to be opened by the same key only."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._digest("sealed with")).encrypt(nonce, answer, self.request_hash)

    def open(self, sealed: bytes) -> bytes:
        """What ``seal`` was given; raises ``KeyReused`` where it was not sealed with this key."""
        nonce, data = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return AESGCM(self._digest("sealed with")).decrypt(nonce, data, self.request_hash)
        except InvalidTag as error:
            raise KeyReused from error

    def _digest(self, purpose: str) -> bytes:
        scope = (purpose, str(self.person_id), str(self.account_id), self.method, self.route, self.key)
        return hashlib.sha256("\n".join(scope).encode()).digest()


def read_key(principal: Principal | None, route: str) -> Key:
    """Take the key from the request; raises ``KeyMissing`` or ``KeyMalformed``."""
    values = request.headers.getlist(HEADER)
    if not values or not values[0]:
        raise KeyMissing
    if len(values) > 1 or not VALID.fullmatch(values[0]):
        raise KeyMalformed
    # With the key in it, which the table does not hold: what was sent (a personal number) cannot be found by trying.
    said = (values[0].encode(), request.full_path.encode(), request.get_data(cache=True))
    digest = hashlib.sha256(b"\n".join(said)).digest()
    return Key(
        person_id=(principal and principal.person_id) or NOBODY,
        account_id=(principal and principal.account_id) or NOBODY,
        method=request.method,
        route=route,
        key=values[0],
        request_hash=digest,
    )


SELECT = text(
    "SELECT request_hash, status, headers, body FROM idempotency_key WHERE person_id = :person_id "
    "AND account_id = :account_id AND method = :method AND route = :route AND key = :key AND expires_at > now()"
)
CLAIM = text(
    "INSERT INTO idempotency_key (person_id, account_id, method, route, key, request_hash, created_at, expires_at) "
    "VALUES (:person_id, :account_id, :method, :route, :key, :request_hash, now(), now() + :keep) "
    "ON CONFLICT (person_id, account_id, method, route, key) DO UPDATE SET request_hash = excluded.request_hash, "
    "created_at = now(), expires_at = excluded.expires_at, status = NULL, headers = NULL, body = NULL "
    "WHERE idempotency_key.expires_at <= now() RETURNING 1"
)
STORE = text(
    "UPDATE idempotency_key SET status = :status, headers = :headers, body = :body WHERE person_id = :person_id "
    "AND account_id = :account_id AND method = :method AND route = :route AND key = :key"
)


def stored(tx: Tx, key: Key) -> Response | None:
    """The answer kept for ``key``, if any; raises ``KeyReused`` where the body differs."""
    row = tx.session.execute(SELECT, key.parameters()).one_or_none()
    if row is None:
        return None
    if bytes(row.request_hash) != key.request_hash:
        raise KeyReused
    if row.status is None:
        raise InFlight
    headers = row.headers if isinstance(row.headers, dict) else msgspec.json.decode(row.headers)
    response = Response(key.open(bytes(row.body)), status=row.status, headers=headers)
    response.headers["Idempotency-Replayed"] = "true"
    return response


def claim(tx: Tx, key: Key) -> Response | None:
    """Take the key inside the transaction; returns the kept answer where another request had it first.

    The unique index makes a second request wait for the first one's commit, at most ``lock_timeout``.
    """
    try:
        taken = tx.session.execute(
            CLAIM, key.parameters() | {"request_hash": key.request_hash, "keep": KEEP}
        ).one_or_none()
    except OperationalError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise InFlight from error
        raise
    return None if taken else stored(tx, key)


def store(tx: Tx, key: Key, response: Response) -> None:
    """Keep the answer; it is committed with the effect."""
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    tx.session.execute(
        STORE,
        key.parameters()
        | {
            "status": response.status_code,
            "headers": msgspec.json.encode(headers).decode(),
            "body": key.seal(response.get_data()),
        },
    )
