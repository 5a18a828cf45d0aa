"""Requests and answers of registration, the own data and contact details."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import validate, validates_schema

from chassis.http.problems import Text
from chassis.http.schemas import Answer, EmailAddress, Instant, Strict
from identity.domain.persons import clean_phone
from identity.usecases import contacts
from identity.usecases.persons import Register

LOCALES = ("sv", "en")


class Phone(ma.fields.String):
    """A number that takes SMS; becomes E.164. Without a country it is Swedish (B6)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, 20), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        number = clean_phone(super()._deserialize(value, attr, data, **kwargs))
        if number is None:
            raise ma.ValidationError(
                Text("Ange ett mobilnummer som 070-174 06 05.", "Enter a mobile number such as +46 70 174 06 05.")
            )
        return number


class Consent(ma.fields.Field[bool]):
    """Nothing but JSON ``true``: consent is not what merely looks like it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        del attr, data, kwargs
        if value is not True:
            raise ma.ValidationError(Text("Godkänn villkoren för att gå vidare.", "Accept the terms to go on."))
        return True


class Terms(Answer):
    """The terms in force, in the reader's language."""

    version = ma.fields.String(required=True)
    text = ma.fields.String(required=True)


class Registration(Strict):
    """Confirmation at the first login (T14-T16)."""

    command = Register

    accept_terms = Consent(required=True)
    terms_version = ma.fields.String(required=True, validate=validate.Length(1, 40))
    email = EmailAddress(load_default=None)
    phone = Phone(load_default=None)
    locale = ma.fields.String(load_default=None, validate=validate.OneOf(LOCALES))


class Registered(Answer):
    """The confirmed registration. Without addresses: the answer is kept with its Idempotency-Key."""

    person_id = ma.fields.UUID(required=True)
    registered_at = Instant(required=True)
    terms_version = ma.fields.String(required=True)
    locale = ma.fields.String(required=True)


class PostalAddress(Answer):
    """Where letters go."""

    lines = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "The rows above the postal code"}
    )
    postal_code = ma.fields.String(required=True, allow_none=True)
    town = ma.fields.String(required=True, allow_none=True)
    country = ma.fields.String(required=True, allow_none=True, metadata={"description": "Null in Sweden"})


class PopulationRegister(Answer):
    """What the population register says of the person. It is changed at Skatteverket, not here (FJ3)."""

    name = ma.fields.String(required=True, allow_none=True, metadata={"description": "May differ from BankID's"})
    address = ma.fields.Nested(PostalAddress, required=True, allow_none=True)
    protected = ma.fields.Boolean(
        required=True, metadata={"description": "Protected identity: neither name nor address is kept (J9)"}
    )
    checked_at = Instant(required=True)


class Me(Answer):
    """The own data."""

    person_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    birth_year = ma.fields.Integer(required=True)
    personal_number_masked = ma.fields.String(required=True)
    email = ma.fields.String(required=True, allow_none=True)
    phone = ma.fields.String(required=True, allow_none=True)
    email_bounced = ma.fields.Boolean(required=True, metadata={"description": "The address does not take mail (B-04)"})
    phone_bounced = ma.fields.Boolean(required=True, metadata={"description": "The number does not take SMS (B-04)"})
    email_verified = ma.fields.Boolean(required=True, metadata={"description": "Confirmed by a code (J2)"})
    phone_verified = ma.fields.Boolean(required=True, metadata={"description": "Confirmed by a code (J2)"})
    locale = ma.fields.String(required=True)
    registered_at = Instant(required=True, allow_none=True)
    contact_review_due = ma.fields.Boolean(
        required=True, metadata={"description": "Ask whether the contact details are still right (J5)"}
    )
    population_register = ma.fields.Nested(
        PopulationRegister,
        required=True,
        allow_none=True,
        metadata={"description": "Null where the register is not asked, has not answered, or does not know the person"},
    )


class Prefill(Answer):
    """What a form may be filled with."""

    name = ma.fields.String(required=True)
    email = ma.fields.String(required=True, allow_none=True, metadata={"description": "Null where it takes no mail"})
    phone = ma.fields.String(required=True, allow_none=True, metadata={"description": "Null where it takes no SMS"})
    address = ma.fields.Nested(
        PostalAddress, required=True, allow_none=True, metadata={"description": "From the population register (J3)"}
    )


class ChangeMe(Strict):
    """What a person may change without a code."""

    locale = ma.fields.String(required=True, validate=validate.OneOf(LOCALES))


class ChangeContact(Strict):
    """The new address or the new number, not both: each is confirmed by its own code."""

    command = contacts.ChangeContact

    email = EmailAddress()
    phone = Phone()

    @validates_schema
    def _one(self, data: dict[str, Any], **_: Any) -> None:
        if len(data) != 1:
            raise ma.ValidationError(
                Text("Ange en e-postadress eller ett mobilnummer.", "Give an e-mail address or a mobile number."),
                "email",
            )


class ConfirmContact(Strict):
    """The code."""

    command = contacts.ConfirmContact

    code = ma.fields.String(
        required=True,
        validate=validate.Regexp(r"\A[0-9]{6}\Z", error=Text("Koden har sex siffror.", "The code has six digits.")),
    )


class ContactChange(Answer):
    """A change of address or number. Without the address: answers are kept with their Idempotency-Key."""

    contact_change_id = ma.fields.UUID(required=True)
    kind = ma.fields.String(required=True, metadata={"description": "email or phone"})
    status = ma.fields.String(
        required=True, metadata={"description": "pending, confirmed, superseded, expired or locked"}
    )
    tries_left = ma.fields.Integer(required=True)
    expires_at = Instant(required=True)
