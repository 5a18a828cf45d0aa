"""Inside the transaction: the inbox, the order of versions, the handlers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from chassis import inbox
from chassis.faultpoints import faultpoint
from chassis.handling.understanding import Work
from chassis.subscriptions import Meta
from chassis.telemetry import traced
from chassis.transaction import Tx


@dataclass(slots=True)
class Progress:
    """Which event of a batch is being handled; None before the first and after the last."""

    current: Work | None = None


def apply(tx: Tx, works: Sequence[Work], progress: Progress) -> list[Work]:
    """Inside ``tx``: note ``works`` in the inbox and run the handlers of the new ones, in order.

    Returns those whose id is known with another body; nothing is done for them.
    """
    connection = tx.session.connection()
    new = inbox.admit(
        connection,
        [inbox.Arrival(work.envelope.id, work.envelope.source, work.envelope.type, work.digest) for work in works],
    )
    faultpoint("consumer.after_inbox")
    fresh, again = [], []
    for work in works:
        if work.envelope.id in new:
            new.discard(work.envelope.id)
            fresh.append(work)
        else:
            again.append(work)
    conflicting = _with_other_body(connection, again) if again else []
    outdated = _outdated(connection, fresh)
    for work in fresh:
        if work in outdated:
            continue
        progress.current = work
        envelope = work.envelope
        with traced(envelope.correlation_id, envelope.traceparent):
            work.subscription.handler(
                tx,
                work.event,
                Meta(
                    event_id=envelope.id,
                    type=envelope.type,
                    source=envelope.source,
                    time=envelope.time,
                    subject=str(envelope.subject),
                    version=envelope.version,
                    correlation_id=envelope.correlation_id,
                ),
            )
    progress.current = None
    return conflicting


def _with_other_body(connection: Connection, works: Sequence[Work]) -> list[Work]:
    stored = inbox.digests(connection, [work.envelope.id for work in works])
    return [work for work in works if stored[work.envelope.id] != work.digest]


def _outdated(connection: Connection, works: Iterable[Work]) -> set[Work]:
    """The ordered events that a newer version has overtaken; moves the last versions on for the others."""
    ordered = [work for work in works if work.subscription.ordered]
    if not ordered:
        return set()
    last = inbox.last_versions(connection, [(work.envelope.source, str(work.envelope.subject)) for work in ordered])
    outdated = set()
    for work in ordered:
        key = (work.envelope.source, str(work.envelope.subject))
        if work.envelope.version <= last[key]:
            outdated.add(work)
        else:
            last[key] = work.envelope.version
    inbox.advance(connection, last)
    return outdated
