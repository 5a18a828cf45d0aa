"""Sealed columns: AES-256-GCM, and a keyed hash to recognise a mailbox by.

What notify alone may read is sealed for notify (``chassis.sealing``). These columns are for ourselves: the invited
address, which a renewal must send again, and the acceptor's name, which the approver must see (D5).
"""

from __future__ import annotations

import base64
import binascii
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
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        message = f"must be base64 of {KEY_BYTES} bytes"
        raise ValueError(message)
    return key


class Vault:
    """Seals and opens. What is sealed says in clear only which key it was."""

    def __init__(self, keys: Sequence[bytes], pepper: bytes) -> None:
        """``keys``: 32 bytes each; the first seals, all open (rotation)."""
        self._keys = {_key_id(key): AESGCM(key) for key in keys}
        self._current = _key_id(keys[0])
        self._pepper = pepper

    @classmethod
    def from_settings(cls, keys: str, pepper: str) -> Vault:
        """From base64 text, several keys with commas; raises ``ValueError``."""
        return cls([read_key(key) for key in keys.split(",")], read_key(pepper))

    def seal(self, value: str, *, place: str) -> bytes:
        """Seal ``value`` for one ``place``, ``address:<id>``: moved to another row it does not open."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, value.encode(), place.encode())

    def open(self, sealed: bytes, *, place: str) -> str:
        """Return what was sealed for ``place``; raises ``CannotOpen``."""
        key = self._keys.get(sealed[:KEY_ID_BYTES])
        if key is None:
            raise CannotOpen
        start = KEY_ID_BYTES + NONCE_BYTES
        try:
            return key.decrypt(sealed[KEY_ID_BYTES:start], sealed[start:], place.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise CannotOpen from error

    def index(self, mailbox: str) -> bytes:
        """A hash that is equal for equal mailboxes and useless without the pepper."""
        return hmac.new(self._pepper, b"mailbox:" + mailbox.encode(), hashlib.sha256).digest()


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key-id:" + key).digest()[:KEY_ID_BYTES]
