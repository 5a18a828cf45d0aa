"""What can be done with invitations, one function per verb."""

from invitations.usecases.answering import Acceptance, Link, Seen, accept_invitation, decline_invitation, look_up
from invitations.usecases.deciding import approve_invitation, deny_invitation
from invitations.usecases.housekeeping import expire_invitations, forget_addresses
from invitations.usecases.inviting import (
    PER_ACCOUNT,
    PER_ADDRESS,
    Invite,
    invite,
    renew_invitation,
    revoke_invitation,
)
from invitations.usecases.keys import Keys
from invitations.usecases.telling import (
    EndMembership,
    NoteAccount,
    NoteMembership,
    RefuseGrant,
    end_membership,
    hide_name,
    note_account,
    note_membership,
    refuse_grant,
)
from invitations.usecases.viewing import Shown, get_invitation, list_invitations

__all__ = [
    "PER_ACCOUNT",
    "PER_ADDRESS",
    "Acceptance",
    "EndMembership",
    "Invite",
    "Keys",
    "Link",
    "NoteAccount",
    "NoteMembership",
    "RefuseGrant",
    "Seen",
    "Shown",
    "accept_invitation",
    "approve_invitation",
    "decline_invitation",
    "deny_invitation",
    "end_membership",
    "expire_invitations",
    "forget_addresses",
    "get_invitation",
    "hide_name",
    "invite",
    "list_invitations",
    "look_up",
    "note_account",
    "note_membership",
    "refuse_grant",
    "renew_invitation",
    "revoke_invitation",
]
