"""``.run/secrets.json``: passwords and keys of this one machine, made at the first start."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path
from typing import Any, Literal

from joserfc.jwk import OKPKey

from chassis.peers import WHO_ASKS
from contracts import rabbitmq
from contracts.catalogue import OWNED_APART, SERVICES
from devservers.rabbitmq_files import write_private


def load(path: Path) -> dict[str, Any]:
    """The secrets, completed by what a newer release needs; the file is for its owner alone."""
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    databases = {name: secrets.token_urlsafe(24) for name in SERVICES}
    broker = {name: secrets.token_urlsafe(24) for name in (rabbitmq.OPERATOR, *rabbitmq.participants())}
    fresh: dict[str, Any] = {
        "gateway_jwk": _key("Ed25519", "development-1", "sig"),
        "notify_jwk": _key("X25519", "development-1", "enc"),
        "identity_jwk": _key("X25519", "development-1", "enc"),
        "activity_jwk": _key("X25519", "development-1", "enc"),
        "org_registry_jwk": _key("X25519", "development-1", "enc"),
        "organisation_number_key": _random_key(),
        "organisation_number_pepper": _random_key(),
        "personal_number_key": _random_key(),
        "personal_number_pepper": _random_key(),
        "document_key": _random_key(),
        "address_key": _random_key(),
        "address_pepper": _random_key(),
        "share_key": _random_key(),
        "share_pepper": _random_key(),
    }
    fresh |= {
        f"{asker}_peer_jwk": _key("Ed25519", "development-1", "sig") for askers in WHO_ASKS.values() for asker in askers
    }
    whole = fresh | kept
    whole["databases"] = databases | kept.get("databases", {})
    whole["owners"] = {name: secrets.token_urlsafe(24) for name in OWNED_APART} | kept.get("owners", {})
    whole["broker"] = broker | kept.get("broker", {})
    if whole != kept:
        write_private(path, json.dumps(whole, indent=1))
    return whole


def public_jwk(private: dict[str, Any]) -> str:
    """The public half of a key, as one JWK."""
    return json.dumps(OKPKey.import_key(private).as_dict(private=False))


def public_jwks(private: dict[str, Any]) -> str:
    """The public half of a key, as a JWKS document."""
    return json.dumps({"keys": [OKPKey.import_key(private).as_dict(private=False)]})


def _key(curve: Literal["Ed25519", "X25519"], kid: str, use: str) -> dict[str, Any]:
    return dict(OKPKey.generate_key(curve, {"kid": kid, "use": use}, private=True).as_dict(private=True))


def _random_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
