"""Events about signatures with BankID: a signature is worth as much as a login, so its person is told of it."""

from __future__ import annotations

from chassis.subscriptions import Meta
from chassis.transaction import Tx
from contracts.identity import SignatureCompletedV1, SignatureFailedV1, SignatureFailure
from notify.usecases import people

OWN_DOING = frozenset({SignatureFailure.CANCELLED, SignatureFailure.WITHDRAWN})
"""The person, or what the person did with the case, has ended it: that needs no notice."""


def signature_completed(tx: Tx, event: SignatureCompletedV1, meta: Meta) -> None:
    """Tell the signer, so that nobody signs in somebody's name unseen; what it was stands in the portal (D26)."""
    people.tell_person(
        tx, people.TellPerson(event_id=meta.event_id, template="signature-made", person_id=event.person_id)
    )


def signature_failed(tx: Tx, event: SignatureFailedV1, meta: Meta) -> None:
    """Tell the person that it was not signed: too late, or stopped because something was not right."""
    if event.reason in OWN_DOING:
        return
    expired = event.reason is SignatureFailure.EXPIRED
    template = "signature-expired" if expired else "signature-stopped"
    people.tell_person(tx, people.TellPerson(event_id=meta.event_id, template=template, person_id=event.person_id))
