"""The deadly half of ``chassis.faultpoints``. Not part of any wheel (see ``pyproject.toml``).

``MINASIDOR_FAULTPOINT=relay.after_confirm:3`` kills the process the third time it gets there.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "MINASIDOR_FAULTPOINT"


def armed(points: frozenset[str]) -> Callable[[str], None] | None:
    """The function that kills, or None where nothing is armed or the environment is production."""
    value = os.environ.get(VARIABLE, "")  # noqa: TID251 - a test's switch is no setting
    environment = os.environ.get("MINASIDOR_ENVIRONMENT", "production")  # noqa: TID251
    if not value or environment == "production":
        return None
    wanted, _, countdown = value.partition(":")
    if wanted not in points:
        message = f"{VARIABLE} names no fault point: {wanted}"
        raise ValueError(message)
    left = int(countdown or 1)
    lock = threading.Lock()

    def faultpoint(name: str) -> None:
        nonlocal left
        if name != wanted:
            return
        with lock:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return faultpoint
