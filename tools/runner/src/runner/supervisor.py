"""Start in order, keep running, stop in reverse order; nothing is left behind.

One thread, one loop: it reads what the processes say, notices who ended, and moves each program one step when it can.
"""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from devservers.errors import ServerError
from runner import children, identity
from runner.output import Output
from runner.program import Program, ordered
from runner.state import State

TURN = 0.05
ASK_EVERY = 0.1
BACKOFF_FIRST, BACKOFF_MOST, STEADY = 0.5, 30.0, 60.0
"""Seconds: wait before the first restart, the longest wait, and what counts as having run well."""


class StartFailed(Exception):
    """A program could not be brought up; the text names it and shows what it said."""


class Interrupted(Exception):
    """Somebody asked us to stop."""


@dataclass
class Run:
    """A program and where it stands."""

    program: Program
    phase: str = "waiting"
    """waiting -> starting -> ready (or done) -> backoff -> starting ...; stopping -> stopped."""
    child: children.Child | None = None
    since: float = 0.0
    asked: float = 0.0
    failures: int = 0
    restart_at: float = 0.0
    stop_by: float = field(default=0.0)


class Supervisor:
    """Runs ``programs``; call :meth:`up`, then :meth:`watch`, and always :meth:`stop`.

    ``longest_wait``: seconds that a program which ends again and again is at most left alone before its next start.
    """

    def __init__(
        self,
        programs: list[Program],
        output: Output,
        state: State,
        *,
        spawner: children.Spawner | None = None,
        longest_wait: float = BACKOFF_MOST,
    ) -> None:
        self._longest_wait = longest_wait
        self._runs = {program.name: Run(program) for program in ordered(programs)}
        self._output = output
        self._state = state
        self._spawner = spawner or children.Spawner()
        self._selector = selectors.DefaultSelector()
        self._signals = 0
        self._strict = True
        self._wake, wake_writes = os.pipe()
        os.set_blocking(wake_writes, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(wake_writes, warn_on_full_buffer=False)
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    # -- the three parts of a life ------------------------------------------------------------
    def up(self) -> None:
        """Bring everything up.

        Raises:
            StartFailed: the first program that could not be.
            Interrupted: on a signal.

        """
        begin = time.monotonic()
        self._strict = True
        while not all(run.phase in {"ready", "done"} for run in self._runs.values()):
            self._turn()
            for run in self._runs.values():
                self._advance(run)
            waited = [run.program.name for run in self._runs.values() if run.phase in {"starting", "backoff"}]
            self._output.progress(f"{time.monotonic() - begin:5.1f} s  waiting for {', '.join(waited) or 'the rest'}")
            self._interrupted()
        self._output.progress("")
        self._strict = False
        self._state.phase("ready")

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Keep everything running; returns when ``until()``.

        Raises:
            Interrupted: on a signal.

        """
        while not until():
            self._turn()
            for run in self._runs.values():
                self._advance(run)
            self._interrupted()

    def stop(self) -> None:
        """End all in reverse order, each with its grace; a second signal cuts the graces short."""
        seen = self._signals  # first: whoever reads "stopping" may send the second at once
        self._state.phase("stopping")
        for run in self._runs.values():
            if run.child is None:
                run.phase = "stopped"
        while any(run.phase != "stopped" for run in self._runs.values()):
            for run in self._runs.values():
                self._retire(run, hurry=self._signals > seen)
            waited = [run.program.name for run in self._runs.values() if run.phase == "stopping"]
            self._output.progress(f"stopping {', '.join(waited)}")
            self._turn()
        self._output.progress("")
        self._spawner.close()
        self._drain()
        self._selector.close()
        signal.set_wakeup_fd(-1)

    # -- one step -----------------------------------------------------------------------------
    def _advance(self, run: Run) -> None:
        match run.phase:
            case "waiting":
                if all(self._runs[name].phase in {"ready", "done"} for name in run.program.after):
                    self._start(run)
            case "backoff":
                if time.monotonic() >= run.restart_at:
                    self._start(run)
            case "starting" if not run.program.task:
                self._ask(run)

    def _start(self, run: Run) -> None:
        program = run.program
        run.since = time.monotonic()
        try:
            program.prepare()
            if program.action is not None:
                program.action()
            if program.command is None:
                run.phase = "done"
                return
            command = program.command()
            run.child = self._spawner.spawn(program, command)
        except (OSError, ServerError) as error:
            self._fail(run, str(error))
            return
        run.phase = "starting"
        run.asked = 0.0
        self._selector.register(run.child.reads, selectors.EVENT_READ, run)
        born = identity.born(run.child.pid) or ""
        self._state.add(
            identity.Recorded(
                name=program.name,
                pid=run.child.pid,
                born=born,
                stop_signal=int(command.stop_signal),
                grace=command.grace,
            ),
            "starting",
        )

    def _ask(self, run: Run) -> None:
        now = time.monotonic()
        if now - run.asked < ASK_EVERY:
            return
        run.asked = now
        if run.program.ready():
            try:
                run.program.started()
            except (OSError, ServerError) as error:
                self._fail(run, str(error))
                return
            run.phase = "ready"
            run.since = now
            self._state.status(run.program.name, "ready")
        elif now - run.since > run.program.timeout:
            run.since = now
            self._fail(run, f"not ready within {run.program.timeout:g} s")

    def _ended(self, run: Run, status: int) -> None:
        """A child is gone: as wished, or not."""
        child = run.child
        assert child is not None  # noqa: S101 - only called for a run that has one
        self._read(run)
        self._selector.unregister(child.reads)
        child.finish(status)
        run.child = None
        self._state.remove(run.program.name)
        if run.phase == "stopping":
            run.phase = "stopped"
        elif run.program.task and status == 0:
            run.phase = "done"
        else:
            if run.phase == "ready" and time.monotonic() - run.since > STEADY:
                run.failures = 0
            self._fail(run, f"ended with {children.status_text(status)}")

    def _fail(self, run: Run, why: str) -> None:
        name = run.program.name
        if self._strict:
            said = "\n".join(f"    {line}" for line in self._output.tail(name))
            raise StartFailed(f"{name}: {why}\n{said}")
        if run.child is not None:
            return  # it still runs, only not ready: it is asked again
        wait = min(BACKOFF_FIRST * 2**run.failures, self._longest_wait)
        run.failures += 1
        run.phase = "backoff"
        run.restart_at = time.monotonic() + wait
        self._output.say(f"{name} {why}; starting it again in {wait:g} s")

    def _retire(self, run: Run, *, hurry: bool) -> None:
        if run.phase == "stopped" or run.child is None:
            run.phase = "stopped"
            return
        now = time.monotonic()
        if run.phase != "stopping":
            above = [other for other in self._runs.values() if run.program.name in other.program.after]
            if all(other.phase == "stopped" for other in above):
                run.phase = "stopping"
                run.stop_by = now + run.child.command.grace
                run.child.signal(run.child.command.stop_signal)
        elif now > run.stop_by or hurry:
            self._output.say(f"{run.program.name} did not stop in time and is killed")
            run.child.kill()
            run.stop_by = now + 5

    # -- events -------------------------------------------------------------------------------
    def _turn(self) -> None:
        for key, _ in self._selector.select(TURN):
            if key.data is None:
                os.read(self._wake, 4096)
            else:
                self._read(key.data)
        for pid, status in children.reap():
            for run in self._runs.values():
                if run.child is not None and run.child.pid == pid:
                    self._ended(run, status)

    def _read(self, run: Run) -> None:
        if run.child is not None:
            for line in run.child.lines():
                self._output.line(run.program.name, line)

    def _drain(self) -> None:
        """Children of children that were handed to us."""
        for _ in children.reap():
            pass

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._signals += 1

    def _interrupted(self) -> None:
        if self._signals:
            raise Interrupted
