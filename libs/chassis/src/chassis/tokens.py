"""Internal tokens: what the gateway tells a service about who is asking (architecture, section 6).

Signed with Ed25519, for one service only (``aud``), at most 60 seconds old. Nobody but the gateway holds its
private key; services hold the public JWKS, several keys while one is being rotated.

A service that asks another one directly (``chassis.peers``) has a key of its own. What it signs says only which service
it is: never a person, an account or a role.
"""

from __future__ import annotations

import base64
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
    """Makes tokens: the gateway's (and the tests'), or with ``issuer`` those of a service that asks another."""

    def __init__(self, private_jwk: dict[str, Any], *, issuer: str = ISSUER) -> None:
        self._issuer = issuer
        self._key = OKPKey.import_key(private_jwk)
        self._header = {"alg": ALGORITHMS[0], "kid": private_jwk["kid"]}

    def mint(self, audience: str, principal: Principal, *, locale: str | None = None) -> str:
        """Return a token that ``audience`` (a service's folder name) accepts for 60 seconds."""
        now = utcnow()
        claims: dict[str, Any] = {
            "iss": self._issuer,
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

    def __init__(self, jwks: str, audience: str, peers: str = "") -> None:
        """``jwks``: the gateway's keys. ``peers``: JSON, service -> JWKS, of those that may ask by themselves."""
        self._keys = {ISSUER: load_keys(jwks)} if jwks else {}
        for service, its in json.loads(peers or "{}").items():
            if service == ISSUER:
                message = "a peer cannot be called gateway"
                raise ValueError(message)
            self._keys[service] = load_keys(json.dumps(its))
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
            issuer, claims = self._decode(token)
            if claims.get("iss") != issuer or claims.get("aud") != self._audience:
                message = "issuer or audience"
                raise InvalidToken(message)
            issued = datetime.fromtimestamp(claims["iat"], tz=utcnow().tzinfo)
            expires = datetime.fromtimestamp(claims["exp"], tz=utcnow().tzinfo)
            if expires - issued > LIFETIME or issued > utcnow() + SKEW:
                message = "lifetime"
                raise InvalidToken(message)
            principal = _principal(claims) if issuer == ISSUER else Principal(service=issuer)
            return Identity(principal=principal, locale=claims.get("loc"), expires_at=expires)
        except (JoseError, LookupError, TypeError, ValueError, AttributeError) as error:
            raise InvalidToken(type(error).__name__) from error

    def _decode(self, token: str) -> tuple[str, dict[str, Any]]:
        """Whose keys have signed the token, and its claims. The claim says whom to ask, the signature decides."""
        unverified = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        issuer = str(unverified.get("iss"))
        if issuer not in self._keys:
            message = "issuer or audience"
            raise InvalidToken(message)
        return issuer, jwt.decode(token, self._keys[issuer], algorithms=ALGORITHMS).claims


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
