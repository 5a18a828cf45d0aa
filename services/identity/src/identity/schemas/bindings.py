"""Requests and answers of person bindings."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from chassis.http.schemas import Answer, Instant, Strict
from identity.usecases import bindings


class BindPerson(Strict):
    """Whose number; in the body, and nowhere else."""

    command = bindings.BindPerson

    personal_number = ma.fields.String(
        required=True,
        validate=validate.Length(10, 20),
        metadata={"description": "Personnummer eller samordningsnummer, ÅÅÅÅMMDDNNNN", "example": "199908072391"},
    )


class PersonBinding(Answer):
    """What stands for the number: an id to invite by."""

    id = ma.fields.UUID(required=True)
    expires_at = Instant(required=True)


class UseBinding(Strict):
    """Who gave the number."""

    command = bindings.UseBinding

    made_by = ma.fields.UUID(required=True)


class CheckBinding(Strict):
    """Who would accept."""

    command = bindings.CheckBinding

    person_id = ma.fields.UUID(required=True)


class CheckedBinding(Answer):
    """Whether it is the same person."""

    same = ma.fields.Boolean(required=True)
