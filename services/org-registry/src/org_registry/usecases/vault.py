"""Organisation numbers at rest: encrypted, and found by a keyed hash. A dump of the database tells none of them."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.settings import SettingsError
from chassis.vault import CannotOpen, Vault, read_key
from org_registry.domain.numbers import ProtectedNumber


class NumberVault:
    """Holds the keys; one per process. ``key`` encrypts, ``pepper`` hashes (``chassis.vault``)."""

    def __init__(self, *, key: str, pepper: str) -> None:
        """Each is 32 bytes in base64. Raises ``SettingsError``, which names the setting and not its value."""
        keys = [_secret("organisation_number_key", part) for part in key.split(",")]
        self._vault = Vault(keys, _secret("organisation_number_pepper", pepper))

    def protect(self, number: str) -> ProtectedNumber:
        """What may be stored of ten digits. The index is bound to the ciphertext: rows cannot be exchanged."""
        index = self._vault.index("organisation-number", number)
        return ProtectedNumber(index=index, sealed=self._vault.seal(number, place=_place(index)))

    def reveal(self, number: ProtectedNumber) -> str:
        """The ten digits. Raises ``ValueError`` for another key or a damaged or exchanged value."""
        try:
            return self._vault.open(number.sealed, place=_place(number.index))
        except CannotOpen as error:
            message = "the number cannot be read with this key"
            raise ValueError(message) from error

    def combination(self, index: bytes, people: Iterable[str]) -> bytes:
        """A name for "these people together for this organisation": no single person can be found by it (D10, D23)."""
        return self._vault.index("combination", index, *sorted(people))


def _place(index: bytes) -> str:
    return f"organisation-number:{index.hex()}"


def _secret(name: str, value: str) -> bytes:
    try:
        return read_key(value)
    except ValueError as error:
        message = f"{name} {error}"
        raise SettingsError(message) from None
