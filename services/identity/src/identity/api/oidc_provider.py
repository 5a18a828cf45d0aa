"""The client of the OpenID provider: discovery, authorization address, code for id token, and the token's checks.

Own code is only the plumbing; signatures and claims are joserfc's. Answers are bounded, redirects are not followed, a
breaker stands in front (A27, B17).
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.bounded import AnswerRefused, collect
from chassis.breaker import CircuitBreaker
from chassis.ids import utcnow
from chassis.telemetry import logger
from identity.domain import personal_numbers
from identity.domain.errors import PersonalNumberInvalid
from identity.domain.oidc import ACCESS_DENIED, OidcFailure, OidcPerson, Secrets
from identity.settings import Settings

log = logger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
"""Asymmetric only: nobody but the provider can have made the token."""
LEEWAY_SECONDS = 60
"""Clocks differ."""
DISCOVERY_SECONDS = 600.0
"""How long the provider's description and keys are remembered."""
KEYS_ANEW_SECONDS = 30.0
"""A token under an unknown key makes us ask for the keys again, at most so often."""
WHOLE_CALL_SECONDS = 6.0
"""A provider that drips its answer keeps nobody longer than this."""
LARGEST_ANSWER = 256 * 1024
OK, SERVER_FAULT = 200, 500
ERROR = re.compile(r"\A[a-z_]{1,40}\Z")
NAME = re.compile(r"\A[^\x00-\x1f\x7f<>]{1,300}\Z")


class OidcFault(Exception):
    """It did not work; the message is a code of ours for the log and the choice of text, nothing personal."""


@dataclass(frozen=True, kw_only=True)
class _Description:
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    keys: KeySet
    read_at: float


class OidcProvider:
    """One provider, by configuration. Thread-safe; connects on first use, so it may be made before a fork."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._issuer = settings.oidc_issuer
        self._breaker = CircuitBreaker()
        self._lock = threading.Lock()
        self._known: _Description | None = None
        self._http = httpx2.Client(
            timeout=httpx2.Timeout(3.0, connect=1.0, pool=1.0),
            limits=httpx2.Limits(max_connections=10, max_keepalive_connections=5),
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": "application/json", "User-Agent": "minasidor"},
        )

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends the browser; registered with it."""
        return f"{self._settings.public_url}/logga-in/e-legitimation"

    def authorization_url(self, secrets: Secrets, locale: str) -> str:
        """Where the browser is to go; raises ``OidcFault``."""
        asked = {
            "response_type": "code",
            "client_id": self._settings.oidc_client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self._settings.oidc_scope,
            "state": secrets.state,
            "nonce": secrets.nonce,
            "code_challenge": secrets.challenge,
            "code_challenge_method": "S256",
            "ui_locales": locale,
            "prompt": "login",
        }
        if self._settings.oidc_acr:
            asked["acr_values"] = self._settings.oidc_acr
        endpoint = self._description().authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identify(
        self, secrets: Secrets, *, code: str | None, error: str | None, issuer: str | None
    ) -> OidcPerson | OidcFailure:
        """Whom the provider has identified; what goes wrong is an outcome too."""
        if issuer is not None and issuer != self._issuer:
            return OidcFailure(error_code="issuer")
        if error is not None or code is None:
            return OidcFailure(error_code=ACCESS_DENIED if error == ACCESS_DENIED else "refused")
        try:
            id_token = self._exchange(code, secrets)
            return self._person(id_token, self._claims(id_token, secrets.nonce))
        except OidcFault as fault:
            return OidcFailure(error_code=str(fault))

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    # ---- what the provider says of itself
    def _description(self) -> _Description:
        with self._lock:
            known = self._known
        if known is None or time.monotonic() - known.read_at > DISCOVERY_SECONDS:
            known = self._discover()
            with self._lock:
                self._known = known
        return known

    def _discover(self) -> _Description:
        said = self._json("GET", f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self._issuer:
            raise OidcFault("issuer")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        addresses = {name: str(said.get(name, "")) for name in names}
        schemes = {"https"} if self._settings.is_production else {"https", "http"}
        if any(urlsplit(address).scheme not in schemes for address in addresses.values()):
            raise OidcFault("endpoints")
        return _Description(**addresses, keys=self._read_keys(addresses["jwks_uri"]), read_at=time.monotonic())

    def _read_keys(self, address: str) -> KeySet:
        try:
            return KeySet.import_key_set(self._json("GET", address))  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise OidcFault("keys") from error

    # ---- the code for an id token
    def _exchange(self, code: str, secrets: Secrets) -> str:
        answer = self._json(
            "POST",
            self._description().token_endpoint,
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": secrets.verifier,
            },
            # RFC 6749 2.3.1: both parts form-encoded before they are joined.
            auth=(quote_plus(self._settings.oidc_client_id), quote_plus(self._settings.oidc_client_secret)),
        )
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise OidcFault("id-token")
        return id_token

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """The claims of a token that is the provider's, for us, for this login, and still valid."""
        client_id = self._settings.oidc_client_id
        registry = jwt.JWTClaimsRegistry(
            now=int(utcnow().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = self._decode(id_token)
            registry.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("oidc-token-refused", error=type(error).__name__)
            raise OidcFault("id-token") from error
        audience = claims.get("aud")
        if audience != client_id and not (
            isinstance(audience, list)
            and client_id in audience
            and (len(audience) == 1 or claims.get("azp") == client_id)
        ):
            raise OidcFault("audience")
        if self._settings.oidc_acr and claims.get("acr") not in self._settings.oidc_acr.split():
            raise OidcFault("acr")
        return claims

    def _decode(self, id_token: str) -> dict[str, Any]:
        known = self._description()
        try:
            return jwt.decode(id_token, known.keys, algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, KeyError):
            if time.monotonic() - known.read_at < KEYS_ANEW_SECONDS:
                raise
        # The provider may have changed its keys since we read them.
        anew = self._discover()
        with self._lock:
            self._known = anew
        return jwt.decode(id_token, anew.keys, algorithms=ALGORITHMS).claims

    def _person(self, id_token: str, claims: dict[str, Any]) -> OidcPerson:
        value = claims.get(self._settings.oidc_personal_number_claim)
        try:
            number = personal_numbers.normalise(value if isinstance(value, str) else "")
        except PersonalNumberInvalid:
            raise OidcFault("personal-number") from None
        name = claims.get("name")
        if not isinstance(name, str):
            name = " ".join(str(claims.get(part) or "") for part in ("given_name", "family_name"))
        name = name.strip()
        if not NAME.fullmatch(name):
            raise OidcFault("name")
        return OidcPerson(personal_number=number, name=name, evidence=json.dumps({"id_token": id_token}).encode())

    # ---- the network
    def _json(self, method: str, address: str, **options: Any) -> dict[str, Any]:
        if not self._breaker.allow():
            raise OidcFault("unreachable")
        try:
            status, body = self._send(method, address, **options)
        except AnswerRefused as refused:
            self._breaker.failed()
            log.warning("oidc-answer-refused", reason=refused.reason)
            raise OidcFault("unreadable" if refused.reason == "too-large" else "unreachable") from None
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            self._breaker.failed()
            log.warning("oidc-unreachable", error=type(error).__name__)
            raise OidcFault("unreachable") from error
        if status >= SERVER_FAULT:
            self._breaker.failed()
            raise OidcFault("unreachable")
        self._breaker.succeeded()
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if status != OK:
            code = answer.get("error") if isinstance(answer, dict) else None
            log.warning("oidc-refused", status=status, code=code if ERROR.fullmatch(str(code)) else "unreadable")
            raise OidcFault("refused")
        if not isinstance(answer, dict):
            raise OidcFault("unreadable")
        return answer

    def _send(self, method: str, address: str, **options: Any) -> tuple[int, bytes]:
        deadline = time.monotonic() + WHOLE_CALL_SECONDS
        with self._http.stream(method, address, **options) as response:
            return response.status_code, collect(response.iter_bytes(), most=LARGEST_ANSWER, until=deadline)
