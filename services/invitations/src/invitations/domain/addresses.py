"""What is shown and what is counted of an invited address."""

from __future__ import annotations


def masked(address: str) -> str:
    """The only form of an invited address that is ever shown: ``karin@exempel.se`` -> ``k***@exempel.se``.

    Also to the inviter, who typed it. Decision: everybody who reads the list (owner, signatories, whoever sits at a
    screen left open, a support session, an export) sees the same page, and none of them needs the whole address. First
    letter and domain tell one's own few invitations apart, and the approver judges by the verified name (D5). So the
    address is opened in one place only, the renewal, and a fault in visibility cannot leak the addresses of people who
    are not even customers. Rejected: the whole address for the inviter alone, because owners and signatories share his
    rows and the answer would differ per reader. Revisit if people ask which of two like addresses a row means.
    """
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mailbox(address: str) -> str:
    """The form that limits and "already invited" go by: letter case and ``+tag`` do not make another mailbox."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"
