"""Processes of a measurement: what is measured never shares an interpreter with what measures it.

``start("consumer:ours", ...)`` runs ``ours(line, ...)`` of ``consumer.py`` in a new process. Both ends talk in lines of
JSON; the child ends when it is told to, or when the parent is gone.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import structlog

HERE = Path(__file__).resolve().parent
GRACE_SECONDS = 15.0


class ChildFailed(Exception):
    """It ended before its time; the text is the end of what it said."""


class Line:
    """The child's end."""

    def __init__(self, told: IO[str], says: IO[str]) -> None:
        self._told = told
        self._says = says

    def say(self, **facts: Any) -> None:
        """Tell the parent."""
        self._says.write(json.dumps(facts) + "\n")
        self._says.flush()

    def hear(self) -> str:
        """The parent's next word; empty when it is gone."""
        return self._told.readline().strip()


class Child:
    """The parent's end."""

    def __init__(self, command: list[str], errors: IO[bytes]) -> None:
        self._errors = errors
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def hear(self, timeout: float = 60.0) -> dict[str, Any]:
        """The child's next line; raises ``ChildFailed``."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            ready = selector.select(timeout)
        said = self._process.stdout.readline() if ready else ""
        if not said:
            raise ChildFailed(self._last_words() if ready else f"it said nothing for {timeout:g} s")
        found: dict[str, Any] = json.loads(said)
        return found

    def say(self, word: str) -> None:
        """Tell the child."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def interrupt(self) -> None:
        """Ask it to stop by a signal: it serves and does not listen to the line."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def end(self) -> None:
        """Close the line and wait for it; kill what does not go."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()

    def _last_words(self) -> str:
        self._process.wait(GRACE_SECONDS)
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")[-1500:] or f"status {self._process.returncode}"


@contextmanager
def start(name: str, **arguments: Any) -> Iterator[Child]:
    """Run ``module:function`` in a process of its own for the length of the block."""
    command = [sys.executable, str(HERE), "--child", name, json.dumps(arguments)]
    with tempfile.TemporaryFile() as errors:
        child = Child(command, errors)
        try:
            yield child
        finally:
            child.end()


def main(name: str, arguments: str) -> int:
    """The child's whole life."""
    says = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print is not for the line
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    module, _, function = name.partition(":")
    getattr(importlib.import_module(f"bench.{module}"), function)(Line(sys.stdin, says), **json.loads(arguments))
    return 0
