"""The template process: imports the common libraries once and forks each of our processes from itself.

Sixteen Python processes that each import Flask, SQLAlchemy and the rest cost two cores many seconds and a gigabyte.
Forked from one that has them already, a process costs a tenth of a second and shares the memory. The forked process
becomes a child of the supervisor, not of the template (the supervisor is a *subreaper*), so that it is waited for,
signalled and ended as any other; the template may end without harm.

Linux only; ``MINASIDOR_ZYGOTE=0`` goes without.
"""

from __future__ import annotations

import array
import ctypes
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Mapping
from typing import Any, NoReturn

from devservers.process import Command
from runner.program import Program

PR_SET_PDEATHSIG, PR_SET_NAME, PR_SET_CHILD_SUBREAPER = 1, 15, 36
LENGTH = struct.Struct("!I")
COMMON = (
    "babel.numbers",
    "cryptography.hazmat.primitives.ciphers.aead",
    "flask",
    "flask_smorest",
    "gunicorn.app.base",
    "gunicorn.workers.gthread",
    "httpx2",
    "jinja2.ext",
    "joserfc.jwt",
    "marshmallow",
    "msgspec",
    "phonenumbers",
    "pika",
    "prometheus_client",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.orm",
    "structlog",
    "werkzeug.serving",
)
TREES = ("chassis", "contracts")
NAME = "template"
HELLO = b"here"
NEVER = {"chassis.__main__", "chassis.testing"}


def become_subreaper() -> bool:
    """Let orphans of our children become our children; false where the system cannot."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


class Template:
    """The supervisor's end of the line."""

    def __init__(self, preload: list[str] | None = None) -> None:
        self._preload = list(COMMON) + list(TREES) if preload is None else preload
        self._ours: socket.socket | None = None
        self._theirs: socket.socket | None = None
        self._greeted = False

    @staticmethod
    def possible() -> bool:
        """Whether this system can hand orphans to us."""
        return sys.platform == "linux"

    def program(self, environ: Mapping[str, str]) -> Program:
        """The template as the supervisor runs it."""
        return Program(
            name=NAME,
            prepare=self._open,
            command=lambda: Command(
                argv=(sys.executable, "-m", "runner.template", str(self._number()), *self._preload),
                env=environ,
                pass_fds=(self._number(),),
            ),
            ready=self.ready,
        )

    def ready(self) -> bool:
        """Whether it has imported all and forks now."""
        if self._theirs is not None:
            self._theirs.close()
            self._theirs = None
        if not self._greeted and self._ours is not None and select.select([self._ours], [], [], 0)[0]:
            self._greeted = self._ours.recv(LENGTH.size) == HELLO
        return self._greeted

    def _open(self) -> None:
        self.close()
        self._ours, self._theirs = socket.socketpair()

    def _number(self) -> int:
        if self._theirs is None:
            raise ConnectionResetError("the line to the template is not open")
        return self._theirs.fileno()

    def spawn(self, name: str, module: tuple[str, ...], command: Command, output: int) -> int:
        """Fork a process that runs ``python -m module``; its number.

        Raises:
            OSError: when the template is gone.

        """
        request = {
            "name": name,
            "module": module,
            "env": dict(command.env),
            "cwd": command.cwd,
            "signal": int(command.stop_signal),
            "parent": os.getpid(),
        }
        body = json.dumps(request).encode()
        if self._ours is None or not self._greeted:
            raise ConnectionResetError("the template process does not run")
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [output]))]
        self._ours.settimeout(30)
        self._ours.sendmsg([LENGTH.pack(len(body))], rights)
        self._ours.sendall(body)
        answer = self._ours.recv(LENGTH.size)
        if len(answer) != LENGTH.size:
            raise ConnectionResetError("the template process has ended")
        return int(LENGTH.unpack(answer)[0])

    def close(self) -> None:
        """Cut the line; the template ends."""
        for end in (self._ours, self._theirs):
            if end is not None:
                end.close()
        self._ours = self._theirs = None
        self._greeted = False


def serve(descriptor: int, modules: list[str]) -> None:
    """The template: import, greet, then fork on request until the line is cut."""
    begin = time.monotonic()
    for name in modules:
        _import_quietly(name)
    gc.collect()
    gc.freeze()
    print(f"{len(sys.modules)} modules in {time.monotonic() - begin:.1f} s", flush=True)
    line = socket.socket(fileno=descriptor)
    line.sendall(HELLO)
    while True:
        head, rights, _, _ = line.recvmsg(LENGTH.size, socket.CMSG_SPACE(4))
        if len(head) < LENGTH.size:
            return
        output = array.array("i")
        output.frombytes(rights[0][2])
        request = json.loads(_exactly(line, LENGTH.unpack(head)[0]))
        middle_reads, middle_writes = os.pipe()
        middle = os.fork()
        if middle == 0:
            os.close(middle_reads)
            _fork_again(request, output[0], middle_writes, line)
        os.close(middle_writes)
        os.close(output[0])
        grandchild = _exactly_from(middle_reads, LENGTH.size)
        os.close(middle_reads)
        os.waitpid(middle, 0)
        line.sendall(grandchild)


def _fork_again(request: dict[str, Any], output: int, tell: int, line: socket.socket) -> NoReturn:
    """In the process between: fork the real one, tell its number, end, so that it becomes an orphan."""
    between = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        line.close()
        while os.getppid() == between:  # the wish to die with the parent must mean the supervisor
            time.sleep(0.0005)
        _run(request, output)
    os.write(tell, LENGTH.pack(pid))
    os._exit(0)


def _run(request: dict[str, Any], output: int) -> NoReturn:
    """In the real process: be as if started afresh, then run the module."""
    status = 1
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        libc = ctypes.CDLL(None)
        libc.prctl(PR_SET_NAME, request["name"].encode()[:15], 0, 0, 0)
        libc.prctl(PR_SET_PDEATHSIG, request["signal"], 0, 0, 0)
        if os.getppid() != request["parent"]:
            os._exit(1)  # the supervisor died meanwhile
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        module, *arguments = request["module"]
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else int(leave.code is not None)
        if isinstance(leave.code, str):
            print(leave.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - the top of a process: whatever it is, it is written down
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _import_quietly(name: str) -> None:
    """Import ahead; what fails here fails again, and louder, in the process that needs it."""
    try:
        package = importlib.import_module(name)
        if name in TREES:
            for module in pkgutil.walk_packages(package.__path__, f"{name}."):
                if module.name not in NEVER and not module.name.split(".")[-1].startswith("_"):
                    _import_quietly(module.name)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - see above
        print(f"not imported ahead: {name}: {error!r}", flush=True)


def _exactly(line: socket.socket, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = line.recv(count - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    return parts


def _exactly_from(descriptor: int, count: int) -> bytes:
    parts = b""
    while len(parts) < count:
        part = os.read(descriptor, count - len(parts))
        if not part:
            raise ConnectionResetError
        parts += part
    return parts


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:])
