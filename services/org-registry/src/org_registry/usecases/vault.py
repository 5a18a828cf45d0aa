"""Organisation numbers at rest: encrypted, and found by a keyed hash. A dump of the database tells none of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chassis.settings import SettingsError
from org_registry.domain.numbers import ProtectedNumber

KEY_BYTES, NONCE_BYTES = 32, 12
FORMAT = b"\x01"


class NumberVault:
    """Holds the keys; one per process. ``key`` encrypts (AES-256-GCM), ``pepper`` hashes (HMAC-SHA256)."""

    def __init__(self, *, key: str, pepper: str) -> None:
        """Both are 32 bytes in base64. Raises ``SettingsError``, which names the setting and not its value."""
        self._cipher = AESGCM(_secret("organisation_number_key", key))
        self._pepper = _secret("organisation_number_pepper", pepper)

    def protect(self, number: str) -> ProtectedNumber:
        """What may be stored of ten digits. The index is bound to the ciphertext: rows cannot be exchanged."""
        index = self._hash(b"number", number.encode())
        nonce = secrets.token_bytes(NONCE_BYTES)
        return ProtectedNumber(
            index=index, sealed=FORMAT + nonce + self._cipher.encrypt(nonce, number.encode(), FORMAT + index)
        )

    def reveal(self, number: ProtectedNumber) -> str:
        """The ten digits. Raises ``ValueError`` for another key or a damaged or exchanged value."""
        sealed, start = number.sealed, len(FORMAT) + NONCE_BYTES
        try:
            # The format is authenticated too: a value of another format fails as a damaged one does.
            plain = self._cipher.decrypt(
                sealed[len(FORMAT) : start], sealed[start:], sealed[: len(FORMAT)] + number.index
            )
        except (InvalidTag, ValueError) as error:
            message = "the number cannot be read with this key"
            raise ValueError(message) from error
        return plain.decode()

    def combination(self, index: bytes, people: Iterable[str]) -> bytes:
        """A name for "these people together for this organisation": no single person can be found by it (D10, D23)."""
        return self._hash(b"combination", index, ",".join(sorted(people)).encode())

    def _hash(self, *parts: bytes) -> bytes:
        return hmac.new(self._pepper, b"\0".join(parts), hashlib.sha256).digest()


def _secret(name: str, value: str) -> bytes:
    try:
        secret = base64.b64decode(value, validate=True)
    except binascii.Error:
        secret = b""
    if len(secret) != KEY_BYTES:
        message = f"{name} must be {KEY_BYTES} bytes in base64"
        raise SettingsError(message)
    return secret
