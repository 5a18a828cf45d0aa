"""Internal tokens: what the gateway tells a service about who is asking (architecture, section 6).

Signed with Ed25519, for one service only (``aud``), at most 60 seconds old. Nobody but the gateway holds a
private key; services hold the public JWKS, several keys while one is being rotated.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from chassis.ids import utcnow
from chassis.transaction import Principal

ALGORITHMS = ["Ed25519"]
ISSUER = "gateway"
LIFETIME = timedelta(seconds=60)
SKEW = timedelta(seconds=30)
CACHE_SIZE = 2048


class InvalidToken(Exception):
    """Not a token that this service may believe; the message is for the log."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What a valid token says."""

    principal: Principal
    locale: str | None
    expires_at: datetime


def load_keys(jwks: str) -> KeySet:
    """Read a JWKS document; raises ``ValueError`` where it holds no Ed25519 key."""
    keys = KeySet.import_key_set(json.loads(jwks))
    if not keys.keys:
        message = "the JWKS holds no key"
        raise ValueError(message)
    return keys


def generate_key(kid: str) -> dict[str, Any]:
    """Return a new private Ed25519 JWK."""
    return dict(OKPKey.generate_key("Ed25519", {"kid": kid, "use": "sig"}, private=True).as_dict(private=True))


def public_jwks(*private: dict[str, Any]) -> str:
    """The public half of the keys, as a JWKS document."""
    return json.dumps({"keys": [OKPKey.import_key(key).as_dict(private=False) for key in private]})


class Minter:
    """Makes tokens; only the gateway (and tests) have one."""

    def __init__(self, private_jwk: dict[str, Any]) -> None:
        self._key = OKPKey.import_key(private_jwk)
        self._header = {"alg": ALGORITHMS[0], "kid": private_jwk["kid"]}

    def mint(self, audience: str, principal: Principal, *, locale: str | None = None) -> str:
        """Return a token that ``audience`` (a service's folder name) accepts for 60 seconds."""
        now = utcnow()
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        optional = {
            "sub": principal.person_id and str(principal.person_id),
            "acc": principal.account_id and str(principal.account_id),
            "mem": principal.membership_id and str(principal.membership_id),
            "sid": principal.session_id and str(principal.session_id),
            "role": principal.role,
            "scp": sorted(principal.scopes),
            "ro": principal.read_only,
            "svs": None if principal.services is None else sorted(principal.services),
            "stf": sorted(principal.staff),
            "svc": principal.service,
            "nam": principal.name,
            "yob": principal.birth_year,
            "loc": locale,
        }
        claims |= {
            key: value
            for key, value in optional.items()
            if value not in (None, [], False) or (key == "svs" and value is not None)
        }
        return jwt.encode(self._header, claims, self._key, algorithms=ALGORITHMS)


class Verifier:
    """Believes tokens for one audience. Verified tokens are remembered until they expire (a check costs 90 µs)."""

    def __init__(self, jwks: str, audience: str) -> None:
        self._keys = load_keys(jwks)
        self._audience = audience
        self._cache: OrderedDict[str, Identity] = OrderedDict()
        self._lock = threading.Lock()

    def verify(self, token: str) -> Identity:
        """Return who is asking; raises ``InvalidToken``."""
        with self._lock:
            known = self._cache.get(token)
        if known is None:
            known = self._check(token)
            with self._lock:
                self._cache[token] = known
                while len(self._cache) > CACHE_SIZE:
                    self._cache.popitem(last=False)
        if utcnow() >= known.expires_at + SKEW:
            message = "expired"
            raise InvalidToken(message)
        return known

    def _check(self, token: str) -> Identity:
        try:
            claims = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
            if claims.get("iss") != ISSUER or claims.get("aud") != self._audience:
                message = "issuer or audience"
                raise InvalidToken(message)
            issued = datetime.fromtimestamp(claims["iat"], tz=utcnow().tzinfo)
            expires = datetime.fromtimestamp(claims["exp"], tz=utcnow().tzinfo)
            if expires - issued > LIFETIME or issued > utcnow() + SKEW:
                message = "lifetime"
                raise InvalidToken(message)
            return Identity(principal=_principal(claims), locale=claims.get("loc"), expires_at=expires)
        except (JoseError, KeyError, TypeError, ValueError) as error:
            raise InvalidToken(type(error).__name__) from error


def _principal(claims: dict[str, Any]) -> Principal:
    def uuid(name: str) -> UUID | None:
        return UUID(claims[name]) if claims.get(name) else None

    services = claims.get("svs")
    return Principal(
        person_id=uuid("sub"),
        account_id=uuid("acc"),
        membership_id=uuid("mem"),
        session_id=uuid("sid"),
        role=claims.get("role"),
        scopes=frozenset(claims.get("scp", ())),
        read_only=bool(claims.get("ro", False)),
        services=None if services is None else frozenset(services),
        staff=frozenset(claims.get("stf", ())),
        service=claims.get("svc"),
        name=claims.get("nam"),
        birth_year=claims.get("yob"),
    )
