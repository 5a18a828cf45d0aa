"""Requests and answers for staff."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Line, Strict
from identity.domain.staff import REASON_LENGTH
from identity.usecases import staff

NAME = validate.Regexp(r"\A[^<>]+\Z", error=Text("Skriv namnet utan < och >.", "Write the name without < and >."))


class _Asked(Strict):
    personal_number = ma.fields.String(required=True, validate=validate.Length(10, 20))
    reason = Line(
        required=True,
        min_length=REASON_LENGTH[0],
        max_length=REASON_LENGTH[1],
        metadata={"description": "Written down with the access; the person may ask to see it"},
    )


class LookUpPerson(_Asked):
    """Whom, and why."""

    command = staff.LookUpPerson


class TakePerson(_Asked):
    """Whom, by which name where new, and why."""

    command = staff.TakePerson

    name = Line(required=True, max_length=200)

    @ma.validates("name")
    def _plain(self, value: str, **_: object) -> None:
        NAME(value)


class PersonCard(Answer):
    """Who it is."""

    person_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    birth_year = ma.fields.Integer(required=True)
    protected_identity = ma.fields.Boolean(
        required=True, metadata={"description": "Skyddade personuppgifter: say nothing of where the person is (J9)"}
    )
