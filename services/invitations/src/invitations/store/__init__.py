"""Tables, named queries and sealed columns."""

from invitations.store.copies import (
    forget_name_of_removed,
    is_open,
    lock_member,
    lock_members,
    put_account,
    put_member,
    put_removal,
)
from invitations.store.invitations import (
    add,
    by_link,
    forget_addresses,
    get,
    lock_sending,
    note_sending,
    nth_newest_sending,
    open_of_membership,
    overdue,
    overdue_to_mailbox,
    page,
    replace,
)
from invitations.store.tables import METADATA

__all__ = [
    "METADATA",
    "add",
    "by_link",
    "forget_addresses",
    "forget_name_of_removed",
    "get",
    "is_open",
    "lock_member",
    "lock_members",
    "lock_sending",
    "note_sending",
    "nth_newest_sending",
    "open_of_membership",
    "overdue",
    "overdue_to_mailbox",
    "page",
    "put_account",
    "put_member",
    "put_removal",
    "replace",
]
