"""What accounts and people are called on the page: the street, and the name that BankID has verified."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis.telemetry import logger
from chassis.transaction import Tx
from contracts.fields import PROTECTED_NAME
from org_registry.domain.access import shows_place
from org_registry.store import access_requests, names, places
from org_registry.usecases.vault import NumberVault

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class NamePerson:
    """What identity says; ``name_sealed`` None where the name is not to be shown."""

    person_id: UUID
    name_sealed: bytes | None = field(repr=False)
    protected_identity: bool
    version: int


def name_person(tx: Tx, cmd: NamePerson) -> None:
    """Keep what a person is called; the name of one who becomes protected is gone from this commit."""
    names.keep(
        tx,
        cmd.person_id,
        name_sealed=None if cmd.protected_identity else cmd.name_sealed,
        protected_identity=cmd.protected_identity,
        version=cmd.version,
    )
    if cmd.protected_identity:
        access_requests.forget_names(tx, cmd.person_id)


def names_of(tx: Tx, vault: NumberVault, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names by person; a protected person's says only that. Nobody is in it of whom identity has not told."""
    found = {}
    for person_id, row in names.of_people(tx, set(person_ids)).items():
        name = PROTECTED_NAME[tx.locale] if row.protected_identity else _name(vault, person_id, row.name_sealed)
        if name is not None:
            found[person_id] = name
    return found


def _name(vault: NumberVault, person_id: UUID, sealed: bytes | None) -> str | None:
    return None if sealed is None else _opened(lambda: vault.open_name(person_id, bytes(sealed)))


def places_of(tx: Tx, vault: NumberVault, roles: Mapping[UUID, str]) -> dict[UUID, str]:
    """Streets by account, of those that the reader may see; ``roles``: in what capacity the reader acts for each."""
    found = {}
    for row in places.of_accounts(tx, list(roles)) if roles else ():
        if shows_place(roles[row.id], protected=row.protected):
            street = open_street(vault, row.customer_number, row.agreement_number, row.street_sealed)
            if street is not None:
                found[row.id] = street
    return found


def open_street(vault: NumberVault, customer_number: str, agreement_number: str, sealed: bytes) -> str | None:
    """The street in clear; None, and an error in the log, where no key opens it."""
    return _opened(lambda: vault.open_street(customer_number, agreement_number, bytes(sealed)))


def _opened(read: Callable[[], str]) -> str | None:
    try:
        return read()
    except ValueError:
        # The account is more than what it is called: the page is shown without.
        log.error("name-or-place-cannot-be-read")  # noqa: TRY400 - a traceback says no more
        return None
