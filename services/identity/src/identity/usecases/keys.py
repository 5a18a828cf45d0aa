"""The keys and switches that use cases need; made once by the composition root."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.sealing import Sealer, Unsealer
from chassis.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Keys:
    """Handed to every use case that seals, opens or recognises."""

    vault: Vault
    sealer: Sealer
    """Seals for notify: addresses never stand in clear on the broker."""
    receivers: Mapping[str, Sealer]
    """Seals for the services that may be told a personal number, by name."""
    refuse_published_numbers: bool
    """True in production: the published test persons may not log in (B4)."""
    asks_population_register: bool = False
    """Whether the operator has an agreement with the population register; without one nobody is noted for it."""
    names: Sealer | None = None
    """Seals for activity: what people are called, and nothing else."""
    unsealer: Unsealer | None = None
    """Opens what the services have exported of a person; only the worker has it."""
