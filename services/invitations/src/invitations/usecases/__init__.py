"""What can be done with invitations, one function per verb."""

from invitations.usecases.answering import (
    Acceptance,
    Link,
    Seen,
    accept_invitation,
    binding_to_check,
    decline_invitation,
    look_up,
)
from invitations.usecases.deciding import approve_invitation, deny_invitation
from invitations.usecases.housekeeping import expire_invitations, forget_addresses
from invitations.usecases.inviting import (
    PER_ACCOUNT,
    PER_ADDRESS,
    Invite,
    bound_of,
    invite,
    renew_invitation,
    revoke_invitation,
)
from invitations.usecases.keys import Keys
from invitations.usecases.signing import (
    NotSigned,
    Signed,
    WantedSignature,
    keep_order,
    note_not_signed,
    orders_to_withdraw,
    take_signature,
    want_signature,
)
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
from invitations.usecases.viewing import Shown, ShownSignature, get_invitation, list_invitations, show_signature

__all__ = [
    "PER_ACCOUNT",
    "PER_ADDRESS",
    "Acceptance",
    "EndMembership",
    "Invite",
    "Keys",
    "Link",
    "NotSigned",
    "NoteAccount",
    "NoteMembership",
    "RefuseGrant",
    "Seen",
    "Shown",
    "ShownSignature",
    "Signed",
    "WantedSignature",
    "accept_invitation",
    "approve_invitation",
    "binding_to_check",
    "bound_of",
    "decline_invitation",
    "deny_invitation",
    "end_membership",
    "expire_invitations",
    "forget_addresses",
    "get_invitation",
    "hide_name",
    "invite",
    "keep_order",
    "list_invitations",
    "look_up",
    "note_account",
    "note_membership",
    "note_not_signed",
    "orders_to_withdraw",
    "refuse_grant",
    "renew_invitation",
    "revoke_invitation",
    "show_signature",
    "take_signature",
    "want_signature",
]
