"""A person's part of invitations: what is kept, handed out, erased (B-21, J10)."""

from __future__ import annotations

from typing import Any

from chassis.privacy import Both, Erased, Holding, Holdings, Kept, Privacy, Subject
from chassis.transaction import Tx
from invitations import store
from invitations.store import privacy
from invitations.usecases.telling import tell_revoked

INVITATIONS = Both(sv="Inbjudningar", en="Invitations")
MAILS = Both(sv="När inbjudningar har skickats", en="When invitations were sent")
MANDATES = Both(sv="Godkännanden att skriva under", en="Approvals to sign")
MEMBERSHIPS = Both(sv="Behörigheter som du kan bjuda in med", en="Rights that you can invite by")
TO_INVITE = Both(sv="För att du ska kunna bjuda in och bli inbjuden", en="So that you can invite and be invited")

HOLDINGS = Holdings(
    (
        Holding(
            what=INVITATIONS,
            tables=("invitation",),
            kept_for=Both(
                sv="Så länge kontot finns; adressen till den inbjudna högst 90 dagar efter det senaste mejlet",
                en="As long as the account exists; the invited address at most 90 days after the last mail",
            ),
            why=TO_INVITE,
            file="invitations",
        ),
        Holding(
            what=MAILS,
            tables=("sending",),
            kept_for=Both(sv="90 dagar", en="90 days"),
            why=Both(sv="Skydd mot att någon överöses med mejl", en="Protection against floods of mail"),
            file="mails",
        ),
        Holding(
            what=MANDATES,
            tables=("mandate",),
            kept_for=Both(sv="Så länge kontot finns", en="As long as the account exists"),
            why=Both(
                sv="För att visa vem som har gett vem behörighet, och till vad",
                en="To show who has given whom access, and to what",
            ),
            file="approvals",
        ),
        Holding(
            what=MEMBERSHIPS,
            tables=("membership", "account"),
            kept_for=Both(sv="Så länge kontot finns", en="As long as the account exists"),
            why=TO_INVITE,
            file="memberships",
        ),
    )
)
"""What is kept of people, for the export, the erasure and the table of retention."""


def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
    """What the person sent and answered, and what concerns the own accounts; other people's addresses are masked."""
    return {
        "invitations": {
            "invitations": privacy.about(tx, subject.person_id, subject.account_ids),
            "shown_of_me_to_the_approver": privacy.shown_of_acceptor(tx, subject.person_id),
        },
        "mails": privacy.mails(tx, subject.person_id),
        "approvals": privacy.mandates(tx, subject.person_id),
        "memberships": privacy.memberships(tx, subject.person_id),
    }


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """Take back what is open, and tell so; then erase what is the person's own, and the person from the rest (D6)."""
    for before in store.open_of_person(tx, subject.person_id, subject.account_ids):
        if before.status_at(tx.now) is before.status:
            made = before.void(tx.now)
            store.replace(tx, before, made)  # the row is locked
            tell_revoked(tx, made)
    gone = privacy.forget(tx, subject.person_id, subject.account_ids)
    names = {"invitation": INVITATIONS, "sending": MAILS, "mandate": MANDATES, "membership": MEMBERSHIPS}
    kept = Kept(
        what=INVITATIONS,
        why=Both(
            sv="Hör till ett annat konto; du är borttagen ur dem.",
            en="Belong to another account; you have been removed from them.",
        ),
    )
    return Erased(
        erased=tuple(what for name, what in names.items() if gone[name]), kept=(kept,) if gone["anonymised"] else ()
    )


PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person)
