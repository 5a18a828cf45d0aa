"""The rights that a membership may hold: ``<area>:<verb>``.

Every area has read and write; members (who else may act) has verbs of its own. A read-only membership holds only
what ends in ``:read`` (D22).
"""

from __future__ import annotations

AREAS = (
    "account",
    "billing",
    "cases",
    "metering",
    "notify",
    "orders",
    # new services above
)
MEMBER_VERBS = ("read", "invite", "approve", "remove")

ALL = frozenset(
    {f"{area}:{verb}" for area in AREAS for verb in ("read", "write")} | {f"members:{v}" for v in MEMBER_VERBS}
)
READ_ONLY = frozenset(scope for scope in ALL if scope.endswith(":read"))


def held(*, read_only: bool) -> frozenset[str]:
    """The scopes of a membership: a delegate holds all that the owner does, unless narrowed (D22)."""
    return READ_ONLY if read_only else ALL
