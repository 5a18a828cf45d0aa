"""Sealed values: what only notify may read, on the broker and in every table between.

An invitation's link, a code, an address: sealed with notify's public key (JWE, ECDH-ES+A256KW over X25519,
A256GCM), opened in notify's memory at the moment of sending. A dump of any database shows none of them.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM, ENCRYPTION = "ECDH-ES+A256KW", "A256GCM"


class CannotUnseal(Exception):
    """Sealed for another key, or damaged."""


def generate_key(kid: str) -> dict[str, Any]:
    """Return a new private X25519 JWK."""
    return dict(OKPKey.generate_key("X25519", {"kid": kid, "use": "enc"}, private=True).as_dict(private=True))


def public_key(private: dict[str, Any]) -> dict[str, Any]:
    """The half that everybody may have."""
    return dict(OKPKey.import_key(private).as_dict(private=False))


class Sealer:
    """Seals for one receiver."""

    def __init__(self, public_jwks: str) -> None:
        """``public_jwks``: JSON of the receiver's public X25519 key, or of a JWKS whose first key is the newest."""
        document = json.loads(public_jwks)
        key = document["keys"][0] if "keys" in document else document
        self._key = OKPKey.import_key(key)
        self._kid = key["kid"]

    def seal(self, value: dict[str, Any]) -> str:
        """Return the compact JWE of ``value`` (JSON)."""
        header = {"alg": ALGORITHM, "enc": ENCRYPTION, "kid": self._kid}
        return jwe.encrypt_compact(header, json.dumps(value).encode(), self._key, algorithms=[ALGORITHM, ENCRYPTION])


class Unsealer:
    """Opens what was sealed for one of the keys; several while a key is being rotated."""

    def __init__(self, private_jwks: str) -> None:
        """``private_jwks``: JSON ``{"keys": [...]}`` of private X25519 keys."""
        self._keys = {key["kid"]: OKPKey.import_key(key) for key in json.loads(private_jwks)["keys"]}

    def unseal(self, sealed: str) -> dict[str, Any]:
        """Return the value; raises ``CannotUnseal``."""
        try:
            header = sealed.split(".", 1)[0]
            kid = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
            opened = jwe.decrypt_compact(sealed, self._keys[kid], algorithms=[ALGORITHM, ENCRYPTION])
            value: dict[str, Any] = json.loads(opened.plaintext or b"")
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise CannotUnseal(type(error).__name__) from error
        return value
