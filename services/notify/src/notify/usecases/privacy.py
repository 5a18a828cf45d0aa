"""A person's part of notify: what is kept, handed out, erased (B-21, J10). No law asks for any of it to be kept."""

from __future__ import annotations

from typing import Any

from chassis.privacy import Both, Erased, Holding, Holdings, Privacy, Subject
from chassis.transaction import Tx
from notify.store import privacy as store

CONTACT = Both(sv="Kontaktuppgifter för utskick, krypterade", en="Addresses for sending, encrypted")
CHOICES = Both(sv="Dina val av kanaler", en="Your choice of channels")
NOTICES = Both(sv="Meddelanden och hur de skickades", en="Notices and how they were sent")
MEMBERSHIPS = Both(sv="Vilka konton du får meddelanden om", en="Which accounts you get notices about")
INVITATIONS = Both(sv="Inbjudningar du har skickat eller svarat på", en="Invitations that you sent or answered")
COPIES = Both(sv="Adresser du har låtit få kopior", en="Addresses that you have let get copies")
FOR_SENDING = Both(sv="För att kunna nå dig", en="To be able to reach you")

HOLDINGS = Holdings(
    (
        Holding(
            what=CONTACT,
            tables=("contact",),
            kept_for=Both(sv="Tills du ändrar dem", en="Until you change them"),
            why=FOR_SENDING,
            file="contact",
        ),
        Holding(
            what=CHOICES,
            tables=("preference",),
            kept_for=Both(sv="Tills du ändrar dem", en="Until you change them"),
            why=FOR_SENDING,
            file="preferences",
        ),
        Holding(
            what=NOTICES,
            tables=("notification", "delivery"),
            kept_for=Both(sv="400 dagar", en="400 days"),
            why=Both(
                sv="Du kan läsa dem igen, och vi kan se om de kom fram",
                en="You can read them again, and we can see whether they arrived",
            ),
            file="notices",
        ),
        Holding(
            what=MEMBERSHIPS,
            tables=("membership",),
            kept_for=Both(sv="Så länge kontot finns", en="As long as the account exists"),
            why=FOR_SENDING,
            file="memberships",
        ),
        Holding(
            what=INVITATIONS,
            tables=("invitation",),
            kept_for=Both(
                sv="Adressen 120 dagar efter den senaste händelsen", en="The address for 120 days after the last event"
            ),
            why=FOR_SENDING,
            file="invitations",
        ),
        Holding(
            what=COPIES,
            tables=("notice_copy",),
            kept_for=Both(
                sv="Adressen tills kopiorna upphör; att den har funnits så länge kontot finns",
                en="The address until the copies end; that there was one as long as the account exists",
            ),
            why=FOR_SENDING,
            file="copies",
        ),
    ),
    impersonal={"account": "when an account opened and of what kind; whose it is says membership"},
)
"""What is kept of people, for the export, the erasure and the table of retention."""

ERASED = {
    "contact": CONTACT,
    "preference": CHOICES,
    "notification": NOTICES,
    "membership": MEMBERSHIPS,
    "invitation": INVITATIONS,
    "notice_copy": COPIES,
}


def export_person(tx: Tx, subject: Subject) -> dict[str, Any]:
    """What was sent to the person, and how; addresses are in identity's part."""
    return {
        "contact": store.contact_of(tx, subject.person_id),
        "preferences": store.preferences(tx, subject.person_id),
        "notices": store.notices(tx, subject.person_id),
        "memberships": store.memberships(tx, subject.person_id),
        "invitations": store.invitations(tx, subject.person_id),
        "copies": store.copies_of(tx, subject.person_id),
    }


def erase_person(tx: Tx, subject: Subject) -> Erased:
    """Erase all of it; the last mail comes with its own sealed address."""
    gone = store.forget(tx, subject.person_id, subject.account_ids)
    return Erased(erased=tuple(what for table, what in ERASED.items() if gone[table]))


PRIVACY = Privacy(HOLDINGS, export=export_person, erase=erase_person)
