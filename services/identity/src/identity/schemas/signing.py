"""Requests and answers of sign orders."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import validate

from chassis.http.problems import Text
from chassis.http.schemas import Answer, Instant, Paragraphs, Strict, WholeNumber
from identity.domain.logins import Device
from identity.domain.signing import LONGEST_TEXT_BYTES, VALID_MINUTES, VALID_MINUTES_DEFAULT
from identity.schemas.sessions import Login, ReturnModes
from identity.usecases import signing


def _fits(text: str) -> None:
    if len(text.encode()) > LONGEST_TEXT_BYTES:
        raise ma.ValidationError(
            Text(f"Texten får vara högst {LONGEST_TEXT_BYTES} byte.", f"At most {LONGEST_TEXT_BYTES} bytes of text.")
        )


class OrderSignature(Strict):
    """What another service wants signed, and by whom."""

    command = signing.OrderSignature

    sign_order_id = ma.fields.UUID(
        required=True, metadata={"description": "Chosen by the requester, so that asking twice is one order"}
    )
    subject_id = ma.fields.UUID(required=True, metadata={"description": "The requester's own id of the thing"})
    person_id = ma.fields.UUID(required=True, metadata={"description": "The only person who can sign it"})
    purpose = ma.fields.String(
        required=True, validate=validate.Regexp(r"\A[a-z][a-z0-9-]{0,39}\Z"), metadata={"example": "case-submission"}
    )
    text = Paragraphs(
        required=True,
        max_length=LONGEST_TEXT_BYTES,
        metadata={"description": "What BankID shows: simpleMarkdownV1, UTF-8"},
    )
    document_sha256 = ma.fields.String(required=True, validate=validate.Regexp(r"\A[0-9a-f]{64}\Z"))
    valid_minutes = WholeNumber(load_default=VALID_MINUTES_DEFAULT, validate=validate.Range(*VALID_MINUTES))

    @ma.validates("text")
    def _short_enough(self, value: str, **_: object) -> None:
        _fits(value)


class SignOrder(Answer):
    """A sign order."""

    sign_order_id = ma.fields.UUID(required=True)
    subject_id = ma.fields.UUID(
        required=True, metadata={"description": "What is signed, by the requester's own id: where a page leads back to"}
    )
    purpose = ma.fields.String(required=True)
    status = ma.fields.String(required=True, metadata={"description": "pending, completed or failed"})
    reason = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "cancelled, withdrawn, expired, other-person, risk-high or proof-refused"},
    )
    text = ma.fields.String(required=True, metadata={"description": "What is signed, as BankID shows it (markdown)"})
    created_at = Instant(required=True)
    expires_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)


class StartSignature(Strict):
    """Where the BankID is."""

    command = signing.WantSignature

    device = ma.fields.String(required=True, validate=validate.OneOf([str(each) for each in Device]))
    return_mode = ReturnModes()


class Attempt(Login):
    """An attempt, as its own browser sees it."""

    class Meta:
        """A signature leads back to its case by itself, and its id is nobody's business."""

        exclude = ("login_id", "return_path")


class FollowedSignature(Answer):
    """How it goes: the attempt of this browser, and the sign order."""

    attempt = ma.fields.Nested(Attempt, required=True)
    order = ma.fields.Nested(SignOrder, required=True)
