"""What identity and org-registry answer. Anything that does not look like this counts as no answer."""

from __future__ import annotations

from uuid import UUID

import msgspec


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who is logged in: identity's ``POST /v1/internal/sessions``. Fields beyond these are ignored."""

    session_id: UUID
    person_id: UUID
    account_id: UUID | None = None
    name: str | None = None
    birth_year: int | None = None
    locale: str | None = None
    staff: tuple[str, ...] = ()
    sealed_personal_number: str | None = None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a person may do for an account: org-registry's ``POST /v1/internal/grants``."""

    membership_id: UUID
    account_id: UUID
    role: str
    scopes: tuple[str, ...]
    read_only: bool = False
    services: tuple[str, ...] | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The one field of a problem that the policy decides by."""

    code: str
