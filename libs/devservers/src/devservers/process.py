"""Child processes that never outlive the process that started them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from devservers.errors import ServerError

PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass(frozen=True)
class Account:
    """The user that a server runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """How to start a server and how to end it; a supervisor needs no more."""

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    pass_fds: tuple[int, ...] = ()
    grace: float = 10.0
    """Seconds from the stop signal to SIGKILL."""


def spawn(command: Command, output: int | IO[Any]) -> subprocess.Popen[bytes]:
    """Start ``command`` in a session of its own; it gets its stop signal if we die (Linux).

    The kernel ties that signal to the calling *thread*: call this from one that lasts.
    """
    parent = os.getpid()
    account = command.account

    def die_with_parent() -> None:
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, int(command.stop_signal))
            if os.getppid() != parent:
                os._exit(1)

    return subprocess.Popen(
        command.argv,
        env=dict(command.env),
        cwd=command.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=command.pass_fds,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - callers have no threads
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def stop(process: subprocess.Popen[bytes], command: Command) -> None:
    """Ask ``process`` to end, wait its grace, then kill it and all of its group."""
    if process.poll() is None:
        process.send_signal(command.stop_signal)
        try:
            process.wait(command.grace)
        except subprocess.TimeoutExpired:
            kill_group(process.pid)
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    """SIGKILL for the process group that ``pid`` leads, if anything of it is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def wait_until(
    ready: Callable[[], bool],
    what: str,
    *,
    timeout: float,
    alive: Callable[[], bool] = lambda: True,
    explain: Callable[[], str] = lambda: "",
    interval: float = 0.03,
) -> None:
    """Return when ``ready()`` is true.

    Raises:
        ServerError: after ``timeout`` seconds, or at once when ``alive()`` is false.

    """
    end = time.monotonic() + timeout
    while not ready():
        if not alive():
            raise ServerError(f"{what} ended before it was ready\n{explain()}")
        if time.monotonic() > end:
            raise ServerError(f"{what} was not ready within {timeout:g} s\n{explain()}")
        time.sleep(interval)


def may(account: Account, access: str, path: Path) -> bool:
    """Whether ``account`` has ``access`` (``r``, ``w`` or ``x``) to ``path``, asked for real."""
    done = subprocess.run(
        ["test", f"-{access}", str(path)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return done.returncode == 0
