"""A worker in a process of its own, for tests that kill it: ``worker_process.py SERVICE PART``.

Its settings come from the environment. Handlers write the account's name to ``effect``; the name ``killer`` kills.
"""

import os
import signal
import sys

from sqlalchemy import text

from chassis.jobs import Jobs
from chassis.settings import Settings, load
from chassis.subscriptions import Subscriptions, on
from chassis.telemetry import configure_logging
from chassis.worker import Worker
from contracts.catalogue import consumed_by
from contracts.org_registry import AccountOpenedV1


def effect(tx, event, _meta):
    if isinstance(event, AccountOpenedV1):
        if event.display_name == "killer":
            os.kill(os.getpid(), signal.SIGKILL)
        tx.session.execute(text("INSERT INTO effect (what) VALUES (:what)"), {"what": event.display_name})


service, part = sys.argv[1:]
configure_logging(service)
subscriptions = Subscriptions(*(on(spec.cls, effect) for spec in consumed_by(service)), service=service)
raise SystemExit(Worker(load(Settings, service), subscriptions, Jobs()).run(only=None if part == "all" else part))
