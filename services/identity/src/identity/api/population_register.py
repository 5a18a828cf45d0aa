"""The port of the job that asks the population register about those who are due (FJ3)."""

from __future__ import annotations

import time
from collections.abc import Callable

from chassis.telemetry import logger
from chassis.transaction import Database
from identity.api.spar import Spar
from identity.domain.population_register import NoAnswer, RegisterSilent
from identity.usecases import population_register as usecases
from identity.usecases.keys import Keys

log = logger(__name__)

BATCH = 20
SECONDS = 10.0
"""A run is over after so long, however slow the register is: the worker has other jobs."""


def ask_due(database: Database, register: Spar, keys: Keys, *, clock: Callable[[], float] = time.monotonic) -> int:
    """Ask about at most a batch, one at a time; returns how many answers were kept.

    No transaction is open while the register is asked. Where it does not answer the rest waits, unasked.
    """
    until, kept = clock() + SECONDS, 0
    for _ in range(BATCH):
        if clock() >= until or not register.ready():
            break
        with database.transaction() as tx:
            question = usecases.next_question(tx, keys)
        if question is None:
            break
        try:
            answer = register.ask(question.personal_number)
        except RegisterSilent:
            break
        except NoAnswer:
            continue
        with database.transaction() as tx:
            usecases.settle(tx, keys, question.person_id, answer)
        log.info("population-register-answered", person_id=str(question.person_id), outcome=answer.outcome)
        kept += 1
    return kept
