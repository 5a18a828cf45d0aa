"""The form of requests and answers."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from chassis.http.problems import Text
from chassis.http.schemas import Answer, EmailAddress, Instant, PageQuery, Strict, YesOrNo
from notify.domain import SUBJECTS, Channel
from notify.domain.copies import COPIED
from notify.usecases.copying import AddCopy as AddCopyCommand
from notify.usecases.copying import AnswerCopy as AnswerCopyCommand
from notify.usecases.preferring import Choose


class NotificationQuery(PageQuery):
    """Which notices."""

    unread = fields.Boolean(
        load_default=None,
        metadata={"description": "true: bara olästa, false: bara lästa / only unread, only read"},
    )


class Notification(Answer):
    """A notice: a title and a link into the portal."""

    id = fields.UUID(required=True)
    subject = fields.String(required=True)
    title = fields.String(required=True, metadata={"example": "Ny faktura på Mina sidor"})
    link = fields.String(required=True, metadata={"description": "Sökväg i portalen / path in the portal"})
    account_id = fields.UUID(required=True, allow_none=True)
    created_at = Instant(required=True)
    read_at = Instant(required=True, allow_none=True)


class ReadUntil(Strict):
    """Everything made up to this instant has been seen."""

    until = Instant(required=True)


class PreferenceChoice(Strict):
    """The channels for one subject."""

    subject = fields.String(required=True, validate=validate.OneOf(list(SUBJECTS)))
    email = fields.Boolean(required=True, truthy={True}, falsy={False})
    sms = fields.Boolean(required=True, truthy={True}, falsy={False})


class ChoosePreferences(Strict):
    """New choices; subjects that are not named stay as they are."""

    command = Choose

    items = fields.List(
        fields.Nested(PreferenceChoice), required=True, validate=validate.Length(min=1, max=len(SUBJECTS))
    )

    @validates_schema
    def _each_once(self, data: dict[str, Any], **_: Any) -> None:
        names = [item["subject"] for item in data.get("items", [])]
        if len(set(names)) < len(names):
            raise ValidationError(
                Text("Samma ämne står flera gånger.", "The same subject stands several times."), "items"
            )


class Preference(Answer):
    """The choice for one subject."""

    subject = fields.String(required=True)
    title = fields.String(required=True)
    mandatory = fields.Boolean(
        required=True, metadata={"description": "E-post kan inte stängas av / e-mail cannot be switched off"}
    )
    email = fields.Boolean(required=True)
    sms = fields.Boolean(required=True)


class ChannelState(Answer):
    """Whether notices can reach the person (B-04)."""

    channel = fields.Enum(Channel, by_value=True, required=True)
    has_address = fields.Boolean(required=True)
    bounced_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Adressen tar inte emot något sedan dess / takes nothing since then"},
    )


class Preferences(Answer):
    """All choices, and the state of the channels."""

    items = fields.List(fields.Nested(Preference), required=True)
    channels = fields.List(fields.Nested(ChannelState), required=True)


class CopiedSubjects(fields.List[Any]):
    """What is copied: at least one subject, each once."""

    def __init__(self) -> None:
        super().__init__(
            fields.String(validate=validate.OneOf(COPIED)),
            required=True,
            validate=validate.Length(1, len(COPIED)),
            metadata={"description": "Ämnen som kopieras / subjects to copy"},
        )

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return tuple(super()._deserialize(value, attr, data, **kwargs))


class AddCopy(Strict):
    """An address that is to get copies."""

    command = AddCopyCommand

    email = EmailAddress(required=True, metadata={"description": "E-postadress / e-mail address"})
    subjects = CopiedSubjects()


class AnswerCopy(Strict):
    """The address's own answer, with the secret of its link."""

    command = AnswerCopyCommand

    token = fields.String(
        required=True,
        validate=validate.Length(1, 1000),
        metadata={"description": "Koden efter # i länken / the code after # in the link"},
    )
    wanted = YesOrNo(required=True, metadata={"description": "true: skicka kopior, false: sluta / stop"})


class Copy(Answer):
    """An address that gets copies, or is asked."""

    id = fields.UUID(required=True)
    address = fields.String(required=True, metadata={"description": "Alltid maskerad / always masked"})
    subjects = fields.List(fields.String(), required=True)
    status = fields.String(required=True, validate=validate.OneOf(["waiting", "active"]))
    created_at = Instant(required=True)
    confirmed_at = Instant(required=True, allow_none=True)


class Copies(Answer):
    """The account's addresses."""

    items = fields.List(fields.Nested(Copy), required=True)
