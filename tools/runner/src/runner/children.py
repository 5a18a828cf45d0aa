"""Processes of the supervisor: started from the template or afresh, read, signalled and waited for."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

from devservers import process
from devservers.process import Command
from runner.program import Program
from runner.template import Template, become_subreaper

CHUNK = 65_536
LONGEST_LINE = 1_000_000


class Child:
    """A running process and the pipe that it speaks into."""

    def __init__(self, pid: int, command: Command, reads: int, popen: subprocess.Popen[bytes] | None) -> None:
        self.pid = pid
        self.command = command
        self.reads = reads
        self._popen = popen
        self._rest = b""
        os.set_blocking(reads, False)

    def lines(self) -> Iterator[str]:
        """The whole lines that have come since the last call."""
        while True:
            try:
                chunk = os.read(self.reads, CHUNK)
            except BlockingIOError:
                return
            if not chunk:
                return
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            if len(self._rest) > LONGEST_LINE:
                whole.append(self._rest)
                self._rest = b""
            for line in whole:
                yield line.decode(errors="replace").rstrip("\r")

    def signal(self, number: int) -> None:
        """Send a signal to the process."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL for the process and all of its group."""
        process.kill_group(self.pid)

    def finish(self, status: int) -> None:
        """It has been waited for: close the pipe, and end what it may have left in its group."""
        process.kill_group(self.pid)
        os.close(self.reads)
        if self._popen is not None:
            self._popen.returncode = os.waitstatus_to_exitcode(status)


class Spawner:
    """Starts children; those that are Python modules from the template where there is one."""

    def __init__(self, template: Template | None = None) -> None:
        become_subreaper()
        self._template = template

    def spawn(self, program: Program, command: Command) -> Child:
        """Start ``program``."""
        reads, writes = os.pipe()
        try:
            if self._template is not None and program.module is not None:
                with contextlib.suppress(OSError):  # it is gone: the ordinary way then
                    pid = self._template.spawn(program.name, program.module, command, writes)
                    return Child(pid, command, reads, None)
            popen = process.spawn(command, writes)
            return Child(popen.pid, command, reads, popen)
        except BaseException:
            os.close(reads)
            raise
        finally:
            os.close(writes)

    def close(self) -> None:
        """Cut the line to the template."""
        if self._template is not None:
            self._template.close()


def reap() -> Iterator[tuple[int, int]]:
    """Every child that has ended, and with what status."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, status


def status_text(status: int) -> str:
    """A wait status in words."""
    code = os.waitstatus_to_exitcode(status)
    return f"status {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def python(module: tuple[str, ...]) -> tuple[str, ...]:
    """The command line that runs a module of ours in the present interpreter."""
    return (sys.executable, "-m", *module)
