"""The worker process: relay, consumer, jobs and background loops, each in a thread, with one way to end them all.

``only`` runs one of them (``background``: all loops), to be scaled alone. A thread that dies ends the process (exit
status 1): the supervisor starts a clean one. On SIGTERM the batches at work are finished, confirmed and acknowledged,
locks are released, within 12 s.

Where ``settings.worker_bind`` names an address the worker answers there: ``/livez`` (503 once a part has made no
progress for longer than it ever may), ``/readyz`` (the database and its migrations; waiting for the broker is reported
and is not unready: nothing that the worker could do would be better done elsewhere) and ``/metrics``.
"""

from __future__ import annotations

import functools
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

import psycopg

from chassis.consumer import Consumer
from chassis.db import connect
from chassis.errors import Unavailable
from chassis.jobs import JobContext, Jobs, Scheduler
from chassis.messaging import backoff
from chassis.monitor import Monitor
from chassis.relay import Relay
from chassis.settings import Settings, SettingsError
from chassis.subscriptions import Subscriptions
from chassis.telemetry import logger, traced
from chassis.transaction import Database

log = logger(__name__)

Part = Literal["relay", "consumer", "jobs", "background"]
END_SECONDS = 12.0
LISTEN_SECONDS = 0.5
"""How long a loop listens at a time: so soon it notices that it is to end."""


class LoopWork(Protocol):
    """What a loop does."""

    def step(self) -> float:
        """Do some of what there is to do; returns the seconds until it is worth looking again (0: at once)."""

    def close(self) -> None:
        """The end: let go of what was kept open."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Work of a service's own that goes on all the time in a thread of its own, such as sending what is queued.

    It looks when a commit has said ``NOTIFY wake``, when the time is over that it named itself, and after ``poll`` at
    the latest. Several processes may run the same loop: its steps must share the work among them (``SKIP LOCKED``).
    """

    name: str
    make: Callable[[LoopRun], LoopWork]
    """Called once, before the thread starts; what it raises keeps the worker from starting."""
    wake: str
    """A PostgreSQL channel: lower-case letters and underscores."""
    poll: timedelta


class LoopRun:
    """Runs one loop; ``make`` is given it, for what the work needs of its surroundings."""

    stuck_after = 300.0

    def __init__(self, loop: Loop, settings: Settings) -> None:
        if not loop.wake.replace("_", "").isalpha() or not loop.wake.islower():
            message = f"{loop.wake!r} is no name of a channel"
            raise ValueError(message)
        self._loop = loop
        self._settings = settings
        self._stop = threading.Event()
        self.database = Database(settings, "worker")
        """The loop's own, so that it never waits for a connection that the consumer or a job has."""
        self.last_progress = time.monotonic()
        self._work = loop.make(self)

    def stop(self) -> None:
        """End ``run`` after the step that is at work."""
        self._stop.set()

    def stopping(self) -> bool:
        """Whether a long step should come to its end."""
        return self._stop.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait inside a step; True where the loop is to end."""
        return self._stop.wait(seconds)

    def alive(self) -> None:
        """Say in the midst of a long step that it gets on."""
        self.last_progress = time.monotonic()

    def run(self) -> None:
        """Work until ``stop``. A database that is away is waited for; whatever else a step raises ends the loop."""
        waits = backoff()
        try:
            while not self._stop.is_set():
                self.alive()
                try:
                    with connect(self._settings, self._loop.name, autocommit=True) as connection:
                        connection.execute(f"LISTEN {self._loop.wake}")
                        while not self._stop.is_set():
                            self.alive()
                            with traced():
                                seconds = self._work.step()
                            waits = backoff()
                            self._listen(connection, min(seconds, self._loop.poll.total_seconds()))
                except (Unavailable, psycopg.OperationalError, psycopg.InterfaceError) as error:
                    wait = next(waits)
                    log.warning("loop-waits", loop=self._loop.name, error=type(error).__name__, seconds=round(wait, 2))
                    self._stop.wait(wait)
        finally:
            self._work.close()
            self.database.dispose()

    def _listen(self, connection: psycopg.Connection[Any], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            self.alive()
            for _ in connection.notifies(timeout=min(left, LISTEN_SECONDS), stop_after=1):
                return


@dataclass(slots=True)
class _Running:
    """A part at work in its thread."""

    name: str
    work: Relay | Consumer | Scheduler | LoopRun
    thread: threading.Thread


class Worker:
    """Everything of a service that is not HTTP."""

    def __init__(
        self, settings: Settings, subscriptions: Subscriptions, jobs: Jobs, *, background: Sequence[Loop] = ()
    ) -> None:
        """Check the table; raises ``SubscriptionError`` where it differs from the catalogue."""
        subscriptions.check(settings.service)
        self._settings = settings
        self._subscriptions = subscriptions
        self._jobs = jobs
        self._background = background
        self._ended = threading.Event()
        self._failed = False

    @property
    def subscriptions(self) -> Subscriptions:
        """What this service takes."""
        return self._subscriptions

    def stop(self) -> None:
        """Make ``run`` end in order; from any thread, or a signal handler."""
        self._ended.set()

    def run(self, *, only: Part | None = None, signals: bool = True) -> int:
        """Work until SIGTERM, SIGINT or ``stop``; returns the exit status.

        Args:
            only: run this part alone (``background``: all loops of the service).
            signals: take over SIGTERM and SIGINT; only the main thread can.

        """
        if not self._settings.amqp_url and only not in {"jobs", "background"}:
            message = "AMQP_URL is missing"
            raise SettingsError(message)
        database = Database(self._settings, "worker")
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._ended.set())
        parts = [self._start(name, make) for name, make in self._makers(database) if only in {None, name}]
        if only in {None, "background"}:
            parts += [
                self._start(loop.name, functools.partial(LoopRun, loop, self._settings)) for loop in self._background
            ]
        monitor = Monitor(self._settings, database, {part.name: part.work for part in parts})
        monitor.start()
        log.info("worker-started", parts=[part.name for part in parts])
        try:
            while not self._ended.wait(1.0):
                pass
        finally:
            self._end(parts)
            monitor.stop()
            database.dispose()
        log.info("worker-ended", failed=self._failed)
        return 1 if self._failed else 0

    def _makers(self, database: Database) -> list[tuple[str, Callable[[], Any]]]:
        settings = self._settings
        makers: list[tuple[str, Callable[[], Any]]] = [("relay", functools.partial(Relay, settings))]
        if len(self._subscriptions):
            makers.append(("consumer", functools.partial(Consumer, database, settings, self._subscriptions)))
        makers.append(("jobs", functools.partial(Scheduler, self._jobs, JobContext(database, settings))))
        return makers

    def _start(self, name: str, make: Callable[[], Any]) -> _Running:
        work = make()

        def run() -> None:
            try:
                work.run()
            except BaseException as error:
                self._failed = True
                log.critical("worker-part-died", part=name, error=type(error).__name__, exc_info=error)
            finally:
                # A part ends only when told to, or by its death.
                self._ended.set()

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return _Running(name, work, thread)

    def _end(self, parts: list[_Running]) -> None:
        deadline = time.monotonic() + END_SECONDS
        for part in parts:
            part.work.stop()
        for part in parts:
            part.thread.join(max(0.0, deadline - time.monotonic()))
            if part.thread.is_alive():
                self._failed = True
                log.error("worker-part-does-not-end", part=part.name)
