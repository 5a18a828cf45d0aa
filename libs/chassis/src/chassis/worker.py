"""The worker process: relay, consumer and jobs, each in a thread, with one way to end them all.

``only`` runs one of them, to be scaled alone. A thread that dies ends the process (exit status 1): the supervisor
starts a clean one. On SIGTERM the batches at work are finished, confirmed and acknowledged, locks are released, within
12 s.

Where ``settings.worker_bind`` names an address the worker answers there: ``/livez`` (503 once a part has made no
progress for 60 s), ``/readyz`` (the database and its migrations; waiting for the broker is reported and is not unready:
nothing that the worker could do would be better done elsewhere) and ``/metrics``.
"""

from __future__ import annotations

import functools
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from chassis.consumer import Consumer
from chassis.jobs import JobContext, Jobs, Scheduler
from chassis.monitor import Monitor
from chassis.relay import Relay
from chassis.settings import Settings, SettingsError
from chassis.subscriptions import Subscriptions
from chassis.telemetry import logger
from chassis.transaction import Database

log = logger(__name__)

Part = Literal["relay", "consumer", "jobs"]
END_SECONDS = 12.0


@dataclass(slots=True)
class _Running:
    """A part at work in its thread."""

    name: str
    work: Relay | Consumer | Scheduler
    thread: threading.Thread


class Worker:
    """Everything of a service that is not HTTP."""

    def __init__(self, settings: Settings, subscriptions: Subscriptions, jobs: Jobs) -> None:
        """Check the table; raises ``SubscriptionError`` where it differs from the catalogue."""
        subscriptions.check(settings.service)
        self._settings = settings
        self._subscriptions = subscriptions
        self._jobs = jobs
        self._ended = threading.Event()
        self._failed = False

    def stop(self) -> None:
        """Make ``run`` end in order; from any thread, or a signal handler."""
        self._ended.set()

    def run(self, *, only: Part | None = None, signals: bool = True) -> int:
        """Work until SIGTERM, SIGINT or ``stop``; returns the exit status.

        Args:
            only: run this part alone.
            signals: take over SIGTERM and SIGINT; only the main thread can.

        """
        if not self._settings.amqp_url and only != "jobs":
            message = "AMQP_URL is missing"
            raise SettingsError(message)
        database = Database(self._settings, "worker")
        if signals:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: self._ended.set())
        parts = [self._start(name, make) for name, make in self._makers(database) if only in {None, name}]
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
