"""Changing contact details (T66, T67)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.http.access import authenticated
from chassis.http.routes import Context, Reply, Routes, handed
from chassis.transaction import Tx
from identity import schemas
from identity.domain.errors import (
    CodeExpired,
    CodesTooMany,
    CodeTriesSpent,
    CodeWrong,
    ContactChangeClosed,
    ContactChangeNotFound,
    ContactUnchanged,
    LoginTooOld,
    PersonNotFound,
    SessionEnded,
)
from identity.usecases import contacts as usecases
from identity.usecases.keys import Keys

routes = Routes("contacts", "Changing contact details")


@routes.post(
    "/contact-changes",
    access=authenticated(),
    activity=("Bad att få byta kontaktuppgift", "Asked to change a contact detail"),
    body=schemas.ChangeContact,
    answer=schemas.ContactChange,
    status=201,
    idempotent=True,
    prepare=handed("keys"),
    errors=(LoginTooOld, ContactUnchanged, CodesTooMany, SessionEnded, PersonNotFound),
    summary_sv="Byt e-postadress eller mobilnummer: få en kod dit",
    summary_en="Change e-mail address or mobile number: get a code there",
)
def request_contact_change(tx: Tx, body: usecases.ChangeContact, prepared: Keys) -> Reply:
    """A code of six digits goes to the new address; nothing is changed before it comes back (J2).

    Takes a BankID login not older than fifteen minutes; three codes an hour.
    """
    view = usecases.request_change(tx, prepared, body)
    return Reply(view, headers={"Location": f"/api/identity/v1/contact-changes/{view.contact_change_id}"})


@routes.get(
    "/contact-changes/<uuid:change_id>",
    access=authenticated(),
    answer=schemas.ContactChange,
    errors=(ContactChangeNotFound,),
    summary_sv="Visa hur bytet går",
    summary_en="Show how the change goes",
)
def show_contact_change(tx: Tx, change_id: UUID) -> usecases.ChangeView:
    """Whether a code is still awaited, until when, and how many tries are left."""
    return usecases.show_change(tx, change_id)


def _try(ctx: Context, change_id: UUID, body: usecases.ConfirmContact) -> Any:
    # Committed before anything is answered: a wrong code costs a try, whatever the refusal rolls back.
    keys: Keys = ctx.extension("keys")
    with ctx.database.transaction(principal=ctx.principal) as tx:
        return keys, usecases.try_code(tx, keys, change_id, body.code)


@routes.post(
    "/contact-changes/<uuid:change_id>/confirmations",
    access=authenticated(),
    activity=("Bytte kontaktuppgift", "Changed a contact detail"),
    body=schemas.ConfirmContact,
    answer=schemas.ContactChange,
    idempotent=True,
    prepare=_try,
    errors=(
        CodeWrong,
        CodeTriesSpent,
        CodeExpired,
        ContactChangeClosed,
        ContactChangeNotFound,
        PersonNotFound,
    ),
    summary_sv="Bekräfta den nya adressen eller det nya numret med koden",
    summary_en="Confirm the new address or number with the code",
)
def confirm_contact_change(
    tx: Tx, change_id: UUID, body: usecases.ConfirmContact, prepared: tuple[Keys, usecases.Attempt]
) -> usecases.ChangeView:
    """The address is changed, and the old one is told (T67). Five tries."""
    del body
    keys, attempt = prepared
    return usecases.confirm_change(tx, keys, change_id, attempt)


@routes.post(
    "/contact-reviews",
    access=authenticated(),
    activity=("Bekräftade att kontaktuppgifterna stämmer", "Confirmed that the contact details are right"),
    errors=(PersonNotFound,),
    summary_sv="Mina kontaktuppgifter stämmer",
    summary_en="My contact details are right",
)
def review_contact(tx: Tx) -> None:
    """Asked once a year (J5): nothing is changed, and ``contact_review_due`` is false for a year."""
    usecases.confirm_contact(tx)
