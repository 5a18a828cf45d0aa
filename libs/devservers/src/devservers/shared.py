"""One server for many test processes: started by the first that asks, ended with the test run.

The run's controller holds a lock on a file as long as it lives. The first worker that needs a
server starts a *holder*: a process of its own that starts the server, writes down how to reach
it, and waits for that lock. It gets it when the run ends, however it ends, and stops the server.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from devservers.errors import ServerError, tail

ALIVE = "alive.lock"


class Run:
    """A test run, from the view of its controller."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="minasidor-"))
        self.folder.chmod(0o755)  # PostgreSQL's own user must get through; secrets are 0600
        self._alive: IO[str] | None = (self.folder / ALIVE).open("w")
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def end(self, timeout: float = 60) -> None:
        """Let the holders stop their servers, wait for them and remove the folder."""
        if self._alive is None:
            return
        self._alive.close()
        self._alive = None
        deadline = time.monotonic() + timeout
        for path in self.folder.glob("*.holder"):
            with path.open() as lock:
                while not _try_lock(lock):
                    if time.monotonic() > deadline:
                        raise ServerError(f"{path.stem} did not stop within {timeout:g} s")
                    time.sleep(0.02)
        shutil.rmtree(self.folder, ignore_errors=True)


def reference(folder: Path, server: str) -> dict[str, Any]:
    """How to reach ``server`` (``postgres`` or ``rabbitmq``) of the run; starts it if need be.

    Raises:
        ServerError: when it could not be started, now or when another worker tried.

    """
    with _locked(folder / f"{server}.lock"):
        known, failed = folder / f"{server}.json", folder / f"{server}.error"
        if failed.exists():
            raise ServerError(failed.read_text())
        if not known.exists():
            _start_holder(folder, server)
        found: dict[str, Any] = json.loads(known.read_text())
        return found


def _start_holder(folder: Path, server: str) -> None:
    log = folder / f"{server}.holder.log"
    with log.open("ab") as output:
        holder = subprocess.Popen(
            [sys.executable, "-m", "devservers.hold", server, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
    known, failed = folder / f"{server}.json", folder / f"{server}.error"
    while not known.exists():
        if failed.exists() or holder.poll() is not None:
            holder.wait()
            text = failed.read_text() if failed.exists() else tail(log)
            failed.write_text(text)
            raise ServerError(text)
        time.sleep(0.02)
    holder.returncode = 0  # it outlives us on purpose: no warning of a child still running


def wait_for_end(folder: Path) -> None:
    """Return when the run's controller is gone (called by a holder)."""
    try:
        with (folder / ALIVE).open() as alive:
            fcntl.flock(alive, fcntl.LOCK_SH)
    except FileNotFoundError:
        return


def write_whole(path: Path, text: str) -> None:
    """Write so that nobody reads a half; for the owner alone."""
    half = path.with_suffix(f".{os.getpid()}")
    half.touch(mode=0o600)
    half.write_text(text)
    half.replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
