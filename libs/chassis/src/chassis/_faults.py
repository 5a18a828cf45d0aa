"""The deadly half of ``chassis.faultpoints``. Not part of any wheel (see ``pyproject.toml``).

``MINASIDOR_FAULTPOINT=relay.after_confirm:3`` kills the process the third time it gets there.

``MINASIDOR_FAULTPOINT_FOLDER=/somewhere`` arms a running suite: a file ``billing.worker/relay.after_confirm/1`` in that
folder is an order. Whoever of that service's processes gets there takes the file away and dies, so that the number of
deaths is the number of files that are gone, and which process died where is known.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

VARIABLE = "MINASIDOR_FAULTPOINT"
FOLDER = "MINASIDOR_FAULTPOINT_FOLDER"


def armed(points: frozenset[str]) -> Callable[[str], None] | None:
    """The function that kills, or None where nothing is armed or the environment is production."""
    value = os.environ.get(VARIABLE, "")  # noqa: TID251 - a test's switch is no setting
    folder = os.environ.get(FOLDER, "")  # noqa: TID251
    environment = os.environ.get("MINASIDOR_ENVIRONMENT", "production")  # noqa: TID251
    if environment == "production":
        return None
    if folder:
        return _by_orders(Path(folder))
    if not value:
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


def _by_orders(folder: Path) -> Callable[[str], None]:
    def faultpoint(name: str) -> None:
        # ``python -m chassis billing worker``: looked at here, for a forked process gets its own later.
        orders = folder / ".".join(sys.argv[1:3]) / name
        try:
            waiting = sorted(entry.name for entry in orders.iterdir())
        except OSError:
            return
        for order in waiting:
            try:
                (orders / order).unlink()
            except FileNotFoundError:
                continue  # another process has taken it
            os.kill(os.getpid(), signal.SIGKILL)

    return faultpoint
