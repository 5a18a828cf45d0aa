"""A person's part of the activity log (B-21, J10).

The log is a chain of hashes over opaque ids: nothing can be taken out of it, and it is let go by the month. An erasure
in identity takes away what the ids lead to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from activity.store import names
from activity.store import privacy as store
from chassis.privacy import SECURITY_LOG, Both, Erased, Holding, Holdings, Kept, Privacy, Subject
from chassis.transaction import Tx

KEPT = timedelta(days=3 * 365)
LOG = Both(
    sv="Vad du har gjort och vad som har gjorts på dina konton",
    en="What you have done, and what has been done on your accounts",
)
NAME = Both(sv="Ditt namn, förseglat", en="Your name, sealed")
SHOWN = ("at", "service", "action", "text_sv", "text_en", "account_id", "role", "reason")

HOLDINGS = Holdings(
    (
        Holding(
            what=LOG,
            tables=("entry",),
            kept_for=Both(sv="36 månader", en="36 months"),
            why=SECURITY_LOG,
            file="activities",
        ),
        Holding(
            what=NAME,
            tables=("known_person",),
            kept_for=Both(sv="Tills du raderas", en="Until you are erased"),
            why=Both(
                sv="Så att ägaren av ett konto ser vem som har gjort vad (dataskyddsförordningen artikel 6.1 f).",
                en="So that the owner of an account sees who has done what (GDPR article 6.1 f).",
            ),
            not_exported="sealed as identity told it; identity's part of the export holds the name",
        ),
    ),
    impersonal={
        "chain": "where each chain ends: a hash",
        "checkpoint": "where each chain stood at the end of a month: a hash",
        "anchored": "how far each chain has been told",
    },
)
"""What is kept of people, for the export, the erasure and the table of retention."""


def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
    """The own acts and those on the own accounts; who else it was is that one's data."""
    bodies = map(msgspec.json.decode, store.everything_of(tx, subject.person_id, subject.account_ids))
    return {"activities": [_shown(body, subject.person_id) for body in bodies]}


def _shown(body: dict[str, Any], person_id: UUID) -> dict[str, Any]:
    by = "me" if body["person_id"] == str(person_id) else ("somebody else" if body["person_id"] else "the system")
    return {name: body[name] for name in SHOWN} | {"by": by, "about_me": body["about_person_id"] == str(person_id)}


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """The name goes; no act does before its time, and what stays has no name in it."""
    erased = (NAME,) if names.forget(tx, subject.person_id) else ()
    if not store.has_any(tx, subject.person_id, subject.account_ids):
        return Erased(erased=erased)
    return Erased(erased=erased, kept=(Kept(what=LOG, why=SECURITY_LOG, until=(tx.now + KEPT).date()),))


PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person)
