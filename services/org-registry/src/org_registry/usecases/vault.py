"""Organisation numbers, streets and names at rest: encrypted, numbers found by a keyed hash. A dump tells none."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from uuid import UUID

from chassis.settings import SettingsError
from chassis.vault import CannotOpen, Vault, read_key
from org_registry.domain.numbers import ProtectedNumber

IPV6 = 6


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

    def seal_person(self, index: bytes, person_id: UUID, number: str) -> bytes:
        """A signatory's personal number, to ask the register by again (D12, ADR 0015); bound to person and company."""
        return self._vault.seal(number, place=_person_place(index, person_id))

    def open_person(self, index: bytes, person_id: UUID, sealed: bytes) -> str:
        """The twelve digits again. Raises ``ValueError`` as ``reveal`` does."""
        try:
            return self._vault.open(sealed, place=_person_place(index, person_id))
        except CannotOpen as error:
            message = "the number cannot be read with this key"
            raise ValueError(message) from error

    def seal_street(self, customer_number: str, agreement_number: str, street: str) -> bytes:
        """Where an agreement is delivered; bound to the agreement."""
        return self._vault.seal(street, place=_agreement_place(customer_number, agreement_number))

    def open_street(self, customer_number: str, agreement_number: str, sealed: bytes) -> str:
        """The street again. Raises ``ValueError`` as ``reveal`` does."""
        return self._open(sealed, _agreement_place(customer_number, agreement_number))

    def seal_name(self, person_id: UUID, name: str) -> bytes:
        """What a person is called; bound to the person."""
        return self._vault.seal(name, place=f"person-name:{person_id}")

    def open_name(self, person_id: UUID, sealed: bytes) -> str:
        """The name again. Raises ``ValueError`` as ``reveal`` does."""
        return self._open(sealed, f"person-name:{person_id}")

    def protect_asked(self, customer_number: str) -> ProtectedNumber:
        """A customer number that somebody has typed: sealed, for he may have typed another number there (D23)."""
        index = self._vault.index("asked-customer-number", customer_number)
        return ProtectedNumber(index=index, sealed=self._vault.seal(customer_number, place=_asked_place(index)))

    def reveal_asked(self, number: ProtectedNumber) -> str:
        """The customer number again. Raises ``ValueError`` as ``reveal`` does."""
        return self._open(number.sealed, _asked_place(number.index))

    def seal_asker(self, request_id: UUID, what: str, value: str) -> bytes:
        """The name or the message (``what``) of somebody who asks for access; bound to the request (FC16)."""
        return self._vault.seal(value, place=f"access-request:{request_id}:{what}")

    def open_asker(self, request_id: UUID, what: str, sealed: bytes) -> str:
        """The name or the message again. Raises ``ValueError`` as ``reveal`` does."""
        return self._open(sealed, f"access-request:{request_id}:{what}")

    def _open(self, sealed: bytes, place: str) -> str:
        try:
            return self._vault.open(sealed, place=place)
        except CannotOpen as error:
            message = "the value cannot be read with this key"
            raise ValueError(message) from error

    def network(self, address: str) -> bytes:
        """A name for the network that an address is in (one IPv4 address, or an IPv6 /64): counted by, never read."""
        found = ipaddress.ip_address(address)
        whole = ipaddress.ip_network((found, 64), strict=False) if found.version == IPV6 else found
        return self._vault.index("network", str(whole))

    def combination(self, index: bytes, people: Iterable[str]) -> bytes:
        """A name for "these people together for this organisation": no single person can be found by it (D10, D23)."""
        return self._vault.index("combination", index, *sorted(people))


def _person_place(index: bytes, person_id: UUID) -> str:
    return f"signatory:{index.hex()}:{person_id}"


def _agreement_place(customer_number: str, agreement_number: str) -> str:
    return f"agreement-street:{customer_number}:{agreement_number}"


def _asked_place(index: bytes) -> str:
    return f"asked-customer-number:{index.hex()}"


def _place(index: bytes) -> str:
    return f"organisation-number:{index.hex()}"


def _secret(name: str, value: str) -> bytes:
    try:
        return read_key(value)
    except ValueError as error:
        message = f"{name} {error}"
        raise SettingsError(message) from None
