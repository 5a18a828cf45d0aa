"""Named places where a test may kill the process, to prove that nothing is lost or done twice.

What kills is in ``chassis._faults``, which is left out of wheels: in an installed suite a fault point is an empty
function and there is nothing to arm.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = frozenset(
    {
        "web.before_commit",
        "web.after_commit",
        "relay.before_publish",
        "relay.after_publish",
        "relay.after_confirm",
        "consumer.after_inbox",
        "consumer.before_commit",
        "consumer.after_commit",
        "notify.before_send",
        "notify.after_send",
    }
)


def _nothing(_name: str) -> None:
    pass


def _implementation() -> Callable[[str], None]:
    try:
        from chassis import _faults
    except ImportError:
        return _nothing
    return _faults.armed(POINTS) or _nothing


faultpoint: Callable[[str], None] = _implementation()
"""``faultpoint("relay.after_confirm")`` ends the process with SIGKILL if that point is armed."""
