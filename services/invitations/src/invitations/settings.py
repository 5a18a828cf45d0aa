"""Settings of invitations beyond the chassis's."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.mailed_links import LinkSettings


@dataclass(frozen=True, kw_only=True)
class Settings(LinkSettings):
    """The keys of what is personal (invited addresses and acceptors' names), and the operator's switches."""

    approvals_signed: bool = False
    """True: whoever approves must sign it with BankID (FC14). False: a click is enough (T51), signing is voluntary."""
