"""Whom an invitation is for, by personal number (FC2). The number is in a body, never in an address or an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from chassis.activity import unlogged
from chassis.http.access import internal, requires
from chassis.http.routes import Routes, handed
from chassis.transaction import Tx
from identity import schemas
from identity.domain.errors import PersonalNumberInvalid, PersonBindingNotFound, PersonBindingsTooMany, PersonNotFound
from identity.usecases import bindings as usecases
from identity.usecases.keys import Keys

routes = Routes("person-bindings", "Invitations for one person: by personal number, which stays here")

ASKER = "invitations"


@routes.post(
    "/person-bindings",
    access=requires("members:invite"),
    body=schemas.BindPerson,
    answer=schemas.PersonBinding,
    status=201,
    idempotent=True,
    prepare=handed("keys"),
    errors=(PersonalNumberInvalid, PersonBindingsTooMany, PersonNotFound),
    activity=unlogged("a step of an invitation, which is told when it is sent"),
    summary_sv="Ange vem en inbjudan är till, med personnummer",
    summary_en="Say by personal number whom an invitation is for",
)
def bind_person(tx: Tx, body: usecases.BindPerson, prepared: Keys) -> Any:
    """The same answer whether or not anybody here has the number; invite with the id (``person_binding``)."""
    return usecases.bind_person(tx, prepared, body)


@routes.post(
    "/internal/person-bindings/<uuid:binding_id>/uses",
    access=internal(ASKER),
    body=schemas.UseBinding,
    answer=schemas.PersonBinding,
    errors=(PersonBindingNotFound,),
    summary_sv="Använd en bindning i ett utskick",
    summary_en="Use a binding for a mail",
)
def use_binding(tx: Tx, binding_id: UUID, body: usecases.UseBinding) -> Any:
    """Before an invitation is sent or renewed: it is there, it is the inviter's own, and it is kept from now on."""
    return usecases.use_binding(tx, binding_id, body)


@routes.post(
    "/internal/person-bindings/<uuid:binding_id>/checks",
    access=internal(ASKER),
    body=schemas.CheckBinding,
    answer=schemas.CheckedBinding,
    errors=(PersonBindingNotFound,),
    summary_sv="Fråga om en person är den som avses",
    summary_en="Ask whether a person is the one who is meant",
)
def check_binding(tx: Tx, binding_id: UUID, body: usecases.CheckBinding) -> Any:
    """Before somebody accepts, of that person alone."""
    return usecases.check_binding(tx, binding_id, body)
