"""A service's part of an export or an erasure of a person (GDPR 15, 17, 20; B-21, J8, J10; ADR 0014).

A service declares what it holds of people and hands over two functions; asking, cutting into pieces, sealing and
answering is done here, in the transaction that reads or erases::

    HOLDINGS = Holdings(Holding(what=Both(sv="Utkast", en="Drafts"), tables=("case",), file="cases", ...))
    PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person)
    SUBSCRIPTIONS = Subscriptions(takes_part(PRIVACY), ...)

What is exported leaves sealed for identity alone: no other service, no broker and no table between can read it.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Result

from chassis.ids import new_id
from chassis.sealing import Sealer
from chassis.settings import SettingsError
from chassis.subscriptions import Meta, Subscription, on
from chassis.transaction import Tx
from contracts.catalogue import ANSWERS
from contracts.data_requests import (
    BothLanguages,
    DataRequestAnswered,
    DataRequestKind,
    DataRequestScopedV1,
    Kept,
    Objection,
)

Both = BothLanguages
PIECE = 45_000
"""Characters of one piece before it is sealed; encoded they are a third more, and a JWE may hold 65 536 here."""
FILE_NAME = re.compile(r"^[a-z][a-z-]{0,39}$")
NOBODY = UUID(int=0)
"""Stands where a column must say who, and that one has been erased."""
BOOKKEEPING_YEARS = 7

BOOKKEEPING_ACT = Both(
    sv="Bokföringslagen (1999:1078) 7 kap. 2 §: räkenskapsinformation bevaras till och med det sjunde året efter"
    " kalenderåret.",
    en="The Swedish Bookkeeping Act (1999:1078), chapter 7, section 2: accounting information is kept until the end of"
    " the seventh year after the calendar year.",
)
SECURITY_LOG = Both(
    sv="Säkerhetslogg i 36 månader: den som har haft åtkomst till någons konto ska kunna utredas (dataskydds"
    "förordningen artikel 5.1 f och 32).",
    en="Security log for 36 months: whoever has had access to somebody's account must be traceable (GDPR articles"
    " 5.1 f and 32).",
)
OPEN_AGREEMENT = Both(
    sv="Avtalet gäller fortfarande (dataskyddsförordningen artikel 6.1 b).",
    en="The agreement is still in force (GDPR article 6.1 b).",
)
UNPAID_INVOICE = Both(
    sv="Fakturan är inte betald (dataskyddsförordningen artikel 17.3 e).",
    en="The invoice has not been paid (GDPR article 17.3 e).",
)


def bookkeeping_until(day: date) -> date:
    """The last day that what was booked on ``day`` must be kept."""
    return date(day.year + BOOKKEEPING_YEARS, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom it is about; ``account_ids`` are the own private accounts."""

    request_id: UUID
    person_id: UUID
    account_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What an erasure has done; both may be empty."""

    erased: tuple[Both, ...] = ()
    kept: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One kind of data that a service holds of people: where, how long and why; a line of the table of retention."""

    what: Both
    tables: tuple[str, ...]
    kept_for: Both
    """How long, in words."""
    why: Both
    """The purpose or the law."""
    file: str | None = None
    """Its name in the export, without ``.json``; None needs ``not_exported``."""
    not_exported: str = ""
    """Why it is in no export: for whoever reads the code."""


@dataclass(frozen=True)
class Holdings:
    """Everything that a service holds, and the tables in which nobody is named.

    Raises ``ValueError`` for a declaration that contradicts itself.
    """

    items: tuple[Holding, ...] = ()
    impersonal: Mapping[str, str] = field(default_factory=dict)
    """Table -> why it holds nothing about a person."""

    def __post_init__(self) -> None:
        for item in self.items:
            if (item.file is None) == (not item.not_exported):
                message = f"{item.what.en}: say its file in the export, or why it has none"
                raise ValueError(message)
            if item.file is not None and not FILE_NAME.match(item.file):
                message = f"{item.file!r} is no name of a file"
                raise ValueError(message)
        tables = [table for item in self.items for table in item.tables]
        twice = {table for table in tables if tables.count(table) > 1} | (set(tables) & set(self.impersonal))
        if twice or len(set(self.files)) != len(self.files):
            message = f"declared twice: {sorted(twice) or sorted(self.files)}"
            raise ValueError(message)

    @property
    def tables(self) -> frozenset[str]:
        """Every table that is accounted for."""
        return frozenset(table for item in self.items for table in item.tables) | frozenset(self.impersonal)

    @property
    def files(self) -> tuple[str, ...]:
        """The files of an export."""
        return tuple(item.file for item in self.items if item.file is not None)


Export = Callable[[Tx, Subject], Mapping[str, Any]]
Erase = Callable[[Tx, Subject], Erased]
Check = Callable[[Tx, Subject], Iterable[Objection]]


class Privacy:
    """What a service does when a person's data is asked for.

    Args:
        export: returns what is held, by file: exactly the files of ``holdings``, each a list or an object of what
            JSON can say (UUIDs, dates and decimals may stand as they are). Units belong into the names: ``total_ore``.
        erase: erases or anonymises what the law lets go; called again it finds less, and says so.
        check: says what stands against erasing; changes nothing.

    """

    def __init__(self, holdings: Holdings, *, export: Export, erase: Erase, check: Check | None = None) -> None:
        self.holdings = holdings
        self._export = export
        self._erase = erase
        self._check = check

    def answer(self, tx: Tx, subject: Subject, kind: DataRequestKind) -> None:
        """Do what is asked and tell identity, in this transaction."""
        cls = ANSWERS[tx.service]
        for piece in self.pieces(tx, subject, kind):
            told = cls(**{name: getattr(piece, name) for name in piece.__struct_fields__})
            tx.emit(told, aggregate_id=subject.request_id, version=piece.part)

    def pieces(self, tx: Tx, subject: Subject, kind: DataRequestKind) -> list[DataRequestAnswered]:
        """Do what is asked; returns the answer without sending it."""
        answer_id = new_id()
        match kind:
            case DataRequestKind.EXPORT:
                sealer = _sealer(tx)
                texts = cut(self.document(tx, subject))
                whole = _one(subject, kind, answer_id)
                return [
                    msgspec.structs.replace(whole, part=number, parts=len(texts), sealed=sealer.seal({"piece": piece}))
                    for number, piece in enumerate(texts, 1)
                ]
            case DataRequestKind.ERASURE_CHECK:
                objections = tuple(self._check(tx, subject)) if self._check else ()
                return [_one(subject, kind, answer_id, objections=objections)]
            case DataRequestKind.ERASURE:
                done = self._erase(tx, subject)
                return [_one(subject, kind, answer_id, erased=done.erased, kept=done.kept)]

    def document(self, tx: Tx, subject: Subject) -> bytes:
        """Everything held of a person, as JSON; raises ``ValueError`` unless the files are those declared."""
        contents = self._export(tx, subject)
        if set(contents) != set(self.holdings.files):
            message = f"exported {sorted(contents)}, declared {sorted(self.holdings.files)}"
            raise ValueError(message)
        titles = {item.file: item.what for item in self.holdings.items}
        files = [{"name": name, "title": titles[name], "content": contents[name]} for name in self.holdings.files]
        return msgspec.json.encode({"files": files})


def takes_part(privacy: Privacy) -> Subscription:
    """The line of a service's subscriptions that makes it answer."""

    def data_request_scoped(tx: Tx, event: DataRequestScopedV1, _meta: Meta) -> None:
        privacy.answer(tx, subject_of(event), event.kind)

    return on(DataRequestScopedV1, data_request_scoped)


def subject_of(event: DataRequestScopedV1) -> Subject:
    """Whom the event is about."""
    return Subject(request_id=event.request_id, person_id=event.person_id, account_ids=event.account_ids)


def cut(document: bytes) -> list[str]:
    """Pieces small enough for one message each; at least one."""
    text = base64.b64encode(zlib.compress(document, 9)).decode()
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def join(pieces: Iterable[str]) -> bytes:
    """The document again; raises ``ValueError`` where it is damaged."""
    try:
        return zlib.decompress(base64.b64decode("".join(pieces), validate=True))
    except zlib.error as error:
        message = "the pieces do not make a document"
        raise ValueError(message) from error


def rows(result: Result[Any]) -> list[dict[str, Any]]:
    """What a query found as JSON objects, by the names of its columns."""
    return [dict(row) for row in result.mappings()]


def _one(
    subject: Subject,
    kind: DataRequestKind,
    answer_id: UUID,
    *,
    objections: tuple[Objection, ...] = (),
    erased: tuple[Both, ...] = (),
    kept: tuple[Kept, ...] = (),
) -> DataRequestAnswered:
    return DataRequestAnswered(
        request_id=subject.request_id,
        kind=kind,
        answer_id=answer_id,
        part=1,
        parts=1,
        sealed=None,
        objections=objections,
        erased=erased,
        kept=kept,
    )


def _sealer(tx: Tx) -> Sealer:
    if not tx.identity_jwks:
        message = "identity_jwks is missing: nobody could open what is exported"
        raise SettingsError(message)
    return Sealer(tx.identity_jwks)


__all__ = [
    "BOOKKEEPING_ACT",
    "NOBODY",
    "OPEN_AGREEMENT",
    "SECURITY_LOG",
    "UNPAID_INVOICE",
    "Both",
    "Erased",
    "Holding",
    "Holdings",
    "Kept",
    "Objection",
    "Privacy",
    "Subject",
    "bookkeeping_until",
    "cut",
    "join",
    "rows",
    "subject_of",
    "takes_part",
]
