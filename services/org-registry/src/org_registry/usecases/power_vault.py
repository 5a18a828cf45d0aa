"""What is personal in a power of attorney, at rest: names, addresses, numbers and the document itself are sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from uuid import UUID

from chassis.sealing import Sealer
from chassis.vault import Vault
from org_registry.domain.numbers import ProtectedNumber
from org_registry.domain.powers import Power
from org_registry.usecases.vault import NumberVault


@dataclass(frozen=True, kw_only=True)
class Details:
    """Who is named as administrator, and where he is told (T40)."""

    name: str = field(repr=False)
    email: str = field(repr=False)


class PowerVault:
    """Holds the keys; one per process. Each value is bound to its row: exchanged ones do not open."""

    def __init__(self, *, numbers: NumberVault, vault: Vault, sealer: Sealer) -> None:
        """``sealer`` seals for notify, which alone opens an address on the broker (ADR 0007)."""
        self._numbers, self._vault, self._sealer = numbers, vault, sealer

    def protect_number(self, number: str) -> ProtectedNumber:
        """An organisation number as it may be stored; a sole trader's is a personal number (D23)."""
        return self._numbers.protect(number)

    def number(self, power: Power) -> str:
        """The ten digits, for the administrator and for whoever reviews it."""
        return self._numbers.reveal(ProtectedNumber(index=power.organisation_index, sealed=power.organisation_sealed))

    def seal_details(self, power_id: UUID, details: Details) -> bytes:
        """Name and address as they may be stored."""
        return self._vault.seal(json.dumps(asdict(details)), place=f"power:{power_id}")

    def details(self, power: Power) -> Details:
        """Name and address."""
        return Details(**json.loads(self._vault.open(power.details_sealed, place=f"power:{power.id}")))

    def recipient(self, power: Power) -> str:
        """The address, sealed for notify."""
        return self._sealer.seal({"email": self.details(power).email})

    def seal_document(self, document_id: UUID, data: bytes) -> bytes:
        """A document as it may be stored."""
        return self._vault.seal(data, place=f"power-document:{document_id}")

    def open_document(self, document_id: UUID, sealed: bytes) -> bytes:
        """Its content; raises ``chassis.vault.CannotOpen`` where it has been exchanged or damaged."""
        return self._vault.open_bytes(sealed, place=f"power-document:{document_id}")
