"""What the activity service listens to: the records of every service."""

from __future__ import annotations

from activity.usecases import naming, recording
from activity.usecases.privacy import PRIVACY
from chassis.privacy import takes_part
from chassis.subscriptions import Meta, Subscriptions, on
from chassis.transaction import Tx
from contracts.activities import ActivityRecorded
from contracts.catalogue import ACTIVITIES
from contracts.identity import PersonNamedV1


def recorded(tx: Tx, event: ActivityRecorded, meta: Meta) -> None:
    """Append it to the chain of its account, or of its person."""
    recording.append(tx, recording.Append(event=event, service=meta.source, at=meta.time))


def person_named(tx: Tx, event: PersonNamedV1, meta: Meta) -> None:
    """Keep what a person is called."""
    naming.name_person(
        tx,
        naming.NamePerson(
            person_id=event.person_id,
            sealed_name=event.sealed_name,
            protected_identity=event.protected_identity,
            version=meta.version,
        ),
    )


SUBSCRIPTIONS = Subscriptions(
    *(on(event, recorded) for event in ACTIVITIES.values()),
    on(PersonNamedV1, person_named),
    takes_part(PRIVACY),
    service="activity",
)
