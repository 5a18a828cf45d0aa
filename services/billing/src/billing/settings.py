"""Settings of billing beyond the chassis's."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.mailed_links import LinkSettings


@dataclass(frozen=True, kw_only=True)
class Settings(LinkSettings):
    """The keys of what a shared invoice keeps of people: who has opened it, and a hash of the mailbox."""
