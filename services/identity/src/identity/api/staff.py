"""Persons looked up by customer service. The number is in the body, never in an address."""

from __future__ import annotations

from chassis.http.access import staff
from chassis.http.routes import Context, Reply, Routes, handed
from chassis.transaction import Tx
from identity import schemas
from identity.domain.errors import LookupsTooMany, PersonalNumberInvalid, PersonNotFound, PublishedNumberRefused
from identity.domain.staff import PersonCard, StaffRole
from identity.usecases import staff as usecases
from identity.usecases.keys import Keys

routes = Routes("staff", "For customer service: who is it?")


def _look_up(ctx: Context, body: usecases.LookUpPerson) -> PersonCard | None:
    # Committed before anything is answered: who asked for whom stays, also where nobody was found.
    keys: Keys = ctx.extension("keys")
    with ctx.database.transaction(principal=ctx.principal) as tx:
        return usecases.look_up(tx, keys, body)


@routes.post(
    "/staff/person-lookups",
    access=staff(StaffRole.CUSTOMER_SERVICE),
    body=schemas.LookUpPerson,
    answer=schemas.PersonCard,
    prepare=_look_up,
    rate="staff-search",
    errors=(PersonNotFound, PersonalNumberInvalid, LookupsTooMany),
    activity=("Slog upp personen", "Looked up the person"),
    summary_sv="Slå upp en person",
    summary_en="Look up a person",
)
def look_up_person(tx: Tx, body: usecases.LookUpPerson, prepared: PersonCard | None) -> PersonCard:
    """By personal number, with a reason. Written down, found or not; sixty an hour at the most."""
    if prepared is None:
        raise PersonNotFound
    tx.note(about_person_id=prepared.person_id, reason=body.reason)
    return prepared


@routes.post(
    "/staff/persons",
    access=staff(StaffRole.CUSTOMER_SERVICE),
    body=schemas.TakePerson,
    answer=schemas.PersonCard,
    prepare=handed("keys"),
    rate="staff-search",
    errors=(PersonalNumberInvalid, LookupsTooMany, PublishedNumberRefused, PersonNotFound),
    activity=("Slog upp eller lade upp personen", "Looked up or added the person"),
    summary_sv="Slå upp en person, eller lägg upp den som är ny",
    summary_en="Look up a person, or add one who is new",
)
def take_person(tx: Tx, body: usecases.TakePerson, prepared: Keys) -> Reply:
    """201 where the person is new: somebody named on a paper form may never have logged in. Otherwise 200."""
    card, created = usecases.take_person(tx, prepared, body)
    tx.note(about_person_id=card.person_id, reason=body.reason)
    return Reply(card, status=201 if created else 200)
