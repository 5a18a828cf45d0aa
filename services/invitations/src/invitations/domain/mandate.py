"""What an approver signs with BankID (FC14): the document that is kept, and the text that is read before signing.

The document holds opaque ids and the extent alone (D23); its hash is in the proof that identity keeps. It is made
again from the invitation when the signature comes: if anything has changed since, it is another document.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

from invitations.domain.invitation import Invitation

PURPOSE = "mandate"
"""What identity and the portal know such a signature by."""
LASTS_MINUTES = 60
"""How long an order can be signed: for now, not for a drawer. A new one is a click."""
AREAS = {
    "water": ("vatten", "water"),
    "electricity": ("el", "electricity"),
    "district-heating": ("fjärrvärme", "district heating"),
    "waste": ("avfall", "waste"),
    "broadband": ("bredband", "broadband"),
}
MARKS = re.compile(r"[*_#`|<>\\\s]+")
"""What could be read as a mark of BankID's text, or break its line."""


class MandateStatus(StrEnum):
    """What has become of an ordered signature."""

    ORDERED = "ordered"
    SIGNED = "signed"
    NOT_SIGNED = "not-signed"
    """Cancelled, withdrawn, too late, or stopped by identity: it can be ordered anew."""
    VOID = "void"
    """Signed, when the approval could not be made any more; ``reason`` is the refusal's code."""


@dataclass(frozen=True, kw_only=True)
class Mandate:
    """A signature that was ordered at identity."""

    sign_order_id: UUID
    invitation_id: UUID
    account_id: UUID
    approver_id: UUID
    approver_membership_id: UUID
    acceptor_id: UUID
    document: str
    status: MandateStatus
    reason: str | None
    ordered_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    @property
    def document_sha256(self) -> str:
        """64 hexadecimal digits, as the proof has it."""
        return sha256(self.document)

    def status_at(self, now: datetime) -> MandateStatus:
        """As the clock has it: one whose time is over cannot be signed, whether or not identity has told so yet."""
        over = self.status is MandateStatus.ORDERED and now >= self.expires_at
        return MandateStatus.NOT_SIGNED if over else self.status

    def can_be_signed(self, document: str, now: datetime) -> bool:
        """Whether it is open still, and for just this."""
        return self.status_at(now) is MandateStatus.ORDERED and self.document == document


def sha256(document: str) -> str:
    """64 hexadecimal digits."""
    return hashlib.sha256(document.encode()).hexdigest()


def document(invitation: Invitation, approver_id: UUID) -> str:
    """Canonical JSON (keys in order, no white space, UTF-8) of who lets whom in, to what."""
    acceptor, grant = invitation.acceptor, invitation.grant
    content = {
        "acceptor": str(acceptor.person_id) if acceptor else None,
        "accepted_at": invitation.accepted_at.astimezone(UTC).isoformat() if invitation.accepted_at else None,
        "account": str(invitation.account_id),
        "approver": str(approver_id),
        "ends_on": grant.ends_on.isoformat() if grant.ends_on else None,
        "invitation": str(invitation.id),
        "inviter": str(invitation.inviter_id),
        "kind": "minasidor-mandate-1",
        "read_only": grant.read_only,
        "services": None if grant.services is None else sorted(grant.services),
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def text(
    invitation: Invitation,
    *,
    acceptor_name: str | None,
    approver_name: str | None,
    account_name: str | None,
    english: bool,
) -> str:
    """What BankID shows (simpleMarkdownV1). A name is None where it is not told: the person's identity is protected."""
    grant = invitation.grant
    year = invitation.acceptor.birth_year if invitation.acceptor else None
    whom = f"**{plain(acceptor_name)}**" if acceptor_name else "**en person med skyddad identitet**"
    if english and not acceptor_name:
        whom = "**a person with a protected identity**"
    if acceptor_name and year:
        whom += f", born in {year}," if english else f", född {year},"
    account = f"**{plain(account_name)}**" if account_name else str(invitation.account_id)
    areas = [AREAS[name][english] for name in sorted(grant.services or ())]
    if english:
        lines = [
            "# Approval of access",
            "",
            f"I approve that {whom} gets access to the account {account} on Mina sidor.",
            "",
            f"- May: {'only look' if grant.read_only else 'see and do everything, inviting others included'}",
            f"- Services: {', '.join(areas) if areas else 'all services of the account'}",
            f"- Until: {f'{grant.ends_on} inclusive' if grant.ends_on else 'no end'}",
            "",
            *([f"Given by: {plain(approver_name)}"] if approver_name else []),
            f"Invitation: {invitation.id}",
        ]
    else:
        lines = [
            "# Godkännande av behörighet",
            "",
            f"Jag godkänner att {whom} får behörighet till kontot {account} på Mina sidor.",
            "",
            f"- Får: {'bara se' if grant.read_only else 'se och göra allt, också bjuda in andra'}",
            f"- Tjänster: {', '.join(areas) if areas else 'alla tjänster på kontot'}",
            f"- Gäller: {f'till och med {grant.ends_on}' if grant.ends_on else 'tills vidare'}",
            "",
            *([f"Ges av: {plain(approver_name)}"] if approver_name else []),
            f"Inbjudan: {invitation.id}",
        ]
    return "\n".join(lines)


def plain(name: str) -> str:
    """A name on one line, without anything that would be laid out."""
    return MARKS.sub(" ", name).strip()
