"""Sealed columns: AES-256-GCM, and a blind index to find a personal number by (D23, reliability 4.6)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_ID_BYTES = 4
NONCE_BYTES = 12


class CannotOpen(Exception):
    """Sealed with a key that we do not have, for another place, or damaged."""


class Vault:
    """Seals and opens. What is sealed says in clear only which key it was."""

    def __init__(self, keys: Sequence[bytes], pepper: bytes) -> None:
        """``keys``: 32 bytes each; the first seals, all open."""
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])
        self._pepper = pepper

    @classmethod
    def from_settings(cls, keys: str, pepper: str) -> Vault:
        """From base64 text; several keys with commas."""
        return cls([base64.b64decode(key) for key in keys.split(",")], base64.b64decode(pepper))

    def seal(self, value: str | bytes, *, place: str) -> bytes:
        """Seal ``value`` for one ``place``, ``person.email:<id>``: moved elsewhere it does not open."""
        data = value.encode() if isinstance(value, str) else value
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, data, place.encode())

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """Return what was sealed for ``place``; raises ``CannotOpen``."""
        key = self._keys.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise CannotOpen
        nonce = sealed[KEY_ID_BYTES : KEY_ID_BYTES + NONCE_BYTES]
        try:
            return key.decrypt(nonce, sealed[KEY_ID_BYTES + NONCE_BYTES :], place.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen from error

    def open(self, sealed: bytes, *, place: str) -> str:
        """Return the text that was sealed for ``place``; raises ``CannotOpen``."""
        return self.open_bytes(sealed, place=place).decode()

    def mac(self, purpose: str, value: str) -> bytes:
        """HMAC-SHA256 of ``value`` for one ``purpose``; as useless without the pepper as the index is."""
        return hmac.new(self._pepper, f"{purpose}:{value}".encode(), hashlib.sha256).digest()

    def index(self, personal_number: str) -> bytes:
        """The blind index of twelve digits: equal for equal numbers, useless without the pepper."""
        return self.mac("personal-number", personal_number)


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id:" + key).digest()[:KEY_ID_BYTES]
