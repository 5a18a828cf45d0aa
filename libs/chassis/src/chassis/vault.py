"""What a service keeps sealed in its own tables, and finds again by a keyed hash.

AES-256-GCM with the place as associated data, so that a value moved to another row does not open; HMAC-SHA256 with a
pepper for the index. Several keys while one is being rotated: the first seals, all open. (What another service alone
may read is sealed by ``chassis.sealing`` instead.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
KEY_ID_BYTES = 4
NONCE_BYTES = 12


class CannotOpen(Exception):
    """Sealed with a key that we do not have, for another place, or damaged."""


def read_key(text: str) -> bytes:
    """The key in base64 ``text``; raises ``ValueError`` unless it has 32 bytes."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:  # also what is no base64
        key = b""
    if len(key) != KEY_BYTES:
        message = f"must be base64 of {KEY_BYTES} bytes"
        raise ValueError(message)
    return key


class Vault:
    """Seals and opens. What is sealed says in clear only which key it was."""

    def __init__(self, keys: Sequence[bytes], pepper: bytes) -> None:
        """``keys`` and ``pepper``: 32 bytes each; the first key seals, all open."""
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])
        self._pepper = pepper

    @classmethod
    def from_settings(cls, keys: str, pepper: str) -> Vault:
        """From base64 text, several keys with commas; raises ``ValueError``, which never shows the value."""
        return cls([read_key(key) for key in keys.split(",")], read_key(pepper))

    def seal(self, value: str | bytes, *, place: str) -> bytes:
        """Seal ``value`` for one ``place``, for example ``person.email:<id>``."""
        data = value.encode() if isinstance(value, str) else value
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, data, place.encode())

    def open_bytes(self, sealed: bytes, *, place: str) -> bytes:
        """Return what was sealed for ``place``; raises ``CannotOpen``."""
        key = self._keys.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise CannotOpen
        start = KEY_ID_BYTES + NONCE_BYTES
        try:
            return key.decrypt(sealed[KEY_ID_BYTES:start], sealed[start:], place.encode())
        except (InvalidTag, ValueError) as error:
            raise CannotOpen from error

    def open(self, sealed: bytes, *, place: str) -> str:
        """Return the text that was sealed for ``place``; raises ``CannotOpen``."""
        return self.open_bytes(sealed, place=place).decode()

    def index(self, kind: str, *parts: str | bytes) -> bytes:
        """A hash that is equal for equal values of one kind, and useless without the pepper."""
        data = [part.encode() if isinstance(part, str) else part for part in (kind, *parts)]
        framed = b"".join(len(part).to_bytes(4) + part for part in data)
        return hmac.new(self._pepper, framed, hashlib.sha256).digest()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id:" + key).digest()[:KEY_ID_BYTES]
