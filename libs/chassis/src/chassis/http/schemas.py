"""Bases of the request and response schemas, and the fields whose wire form we fix."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma
from marshmallow import RAISE, post_load, validate

from chassis.http.problems import Text

MAX_LIMIT = 100
DEFAULT_LIMIT = 20
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Strict(ma.Schema):
    """A request body or query: unknown fields are refused, and ``command`` is what it loads into."""

    command: type | None = None

    class Meta:
        """Refuse what we do not know."""

        unknown = RAISE

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        return self.command(**data) if self.command else data


class Answer(ma.Schema):
    """A response body: exactly these fields."""


class QueryNumber(ma.fields.Integer):
    """A whole number in an address: the digits 0 to 9 alone, where Python would take ``1_0`` and other scripts too."""

    DIGITS = re.compile(r"-?[0-9]{1,18}")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not self.DIGITS.fullmatch(str(value)):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class PageQuery(Strict):
    """``limit`` and ``page`` of the national REST profile."""

    limit = QueryNumber(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MAX_LIMIT),
        metadata={"description": "Antal rader per sida / rows per page"},
    )
    page = QueryNumber(
        load_default=1,
        validate=validate.Range(1, 100_000),
        metadata={"description": "Sida, från 1 / page, from 1"},
    )


class Line(ma.fields.String):
    """One line of text from a person: trimmed, without control or invisible direction characters."""

    def __init__(self, *, max_length: int = 200, min_length: int = 1, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min_length, max_length), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs).strip()
        if CONTROL.search(text) or "\n" in text or "\r" in text:
            raise ma.ValidationError(
                Text("Ta bort osynliga tecken och radbrytningar.", "Remove invisible characters and line breaks.")
            )
        return text


class Paragraphs(ma.fields.String):
    """Several lines of text from a person; line ends become line feeds."""

    def __init__(self, *, max_length: int = 10_000, min_length: int = 1, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min_length, max_length), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs).replace("\r\n", "\n").strip()
        if CONTROL.search(text) or "\r" in text:
            raise ma.ValidationError(Text("Ta bort osynliga tecken.", "Remove invisible characters."))
        return text


class EmailAddress(ma.fields.Email):
    """An address that becomes exactly one recipient: no display name, no header tricks, at most 254 characters."""

    SAFE = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        address: str = super()._deserialize(value, attr, data, **kwargs).strip()
        if len(address) > 254 or not self.SAFE.fullmatch(address) or ".." in address:  # noqa: PLR2004 - RFC 5321
            raise self.make_error("invalid")
        local, domain = address.rsplit("@", 1)
        return f"{local}@{domain.lower()}"


class WholeNumber(ma.fields.Integer):
    """A JSON integer, nothing that merely looks like one (no 1.0, no "1", no true), within 64 bits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strict=True, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
            raise self.make_error("invalid")
        return value


class YesOrNo(ma.fields.Boolean):
    """A JSON boolean and nothing that merely looks like one: 1 is no answer to a question of rights."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Instant(ma.fields.AwareDateTime):
    """A UTC instant, ``2026-03-05T10:00:00Z``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=UTC, **kwargs)

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z") if value is not None else None


class Ore(WholeNumber):
    """An amount in öre (100 öre are one krona), an integer."""


def page_of(item: type[ma.Schema]) -> type[ma.Schema]:
    """The schema of a page: ``items``, ``page``, ``limit`` and ``total``."""
    return ma.Schema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "page": ma.fields.Integer(required=True),
            "limit": ma.fields.Integer(required=True),
            "total": ma.fields.Integer(required=True, metadata={"description": "Rows in all"}),
        },
        name=f"{item.__name__}Page",
    )
