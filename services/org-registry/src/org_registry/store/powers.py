"""Powers of attorney, their documents and their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import Conflict
from chassis.transaction import Tx
from org_registry.domain.powers import (
    KEEP_DRAFTS,
    KEEP_REFUSED,
    OPEN,
    UPLOAD_WINDOW,
    UPLOADS,
    Channel,
    Document,
    Power,
    PowerStatus,
    Scan,
)
from org_registry.store.accounts import LOCAL_TODAY
from org_registry.store.power_tables import documents, powers, steps, uploads

_POWER = [column for column in powers.c if column.name not in {"document_id", "changed_at"}]
_DOCUMENT = [
    documents.c[name].label(f"document_{name}") for name in ("id", "media_type", "size", "scan", "added_by", "added_at")
]
_TRY = text(
    """
    INSERT INTO power_upload AS known (person_id, tried_at) VALUES (:person_id, ARRAY[now()])
    ON CONFLICT (person_id) DO UPDATE SET tried_at = ARRAY(
        SELECT tried FROM unnest(known.tried_at) AS tried WHERE tried > now() - :window
    ) || now()
    WHERE (SELECT count(*) FROM unnest(known.tried_at) AS tried WHERE tried > now() - :window) < :tries
    RETURNING 1
    """
)


def _whole() -> Select[Any]:
    return select(*_POWER, *_DOCUMENT).select_from(powers.outerjoin(documents, documents.c.id == powers.c.document_id))


def _power(row: Row[Any]) -> Power:
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    found = {
        name: values.pop(f"document_{name}") for name in ("id", "media_type", "size", "scan", "added_by", "added_at")
    }
    document = None if found["id"] is None else Document(**found | {"scan": Scan(found["scan"])})
    return Power(
        **values | {"status": PowerStatus(values["status"]), "channel": Channel(values["channel"])}, document=document
    )


def lock_person(tx: Tx, person_id: UUID) -> None:
    """One request of a person at a time where something of his is counted."""
    tx.session.execute(insert(uploads).values(person_id=person_id, tried_at=[]).on_conflict_do_nothing())
    tx.session.execute(select(uploads.c.person_id).where(uploads.c.person_id == person_id).with_for_update())


def count_open(tx: Tx, person_id: UUID) -> int:
    """How many of the person's are not decided."""
    return tx.session.execute(
        select(func.count()).where(powers.c.administrator_id == person_id, powers.c.status.in_(sorted(OPEN)))
    ).scalar_one()


def count_upload(tx: Tx, person_id: UUID) -> bool:
    """Count one more file; False (and nothing counted) where the last hour holds ten."""
    counted = tx.session.execute(_TRY, {"person_id": person_id, "window": UPLOAD_WINDOW, "tries": UPLOADS})
    return counted.scalar_one_or_none() is not None


def seconds_to_next_upload(tx: Tx, person_id: UUID) -> int:
    """How long the person has to wait, at least a second."""
    tried: list[datetime] = tx.session.execute(
        select(uploads.c.tried_at).where(uploads.c.person_id == person_id)
    ).scalar_one()
    return max(1, int((min(tried) + UPLOAD_WINDOW - tx.now).total_seconds()) + 1)


def forget_uploads(tx: Tx) -> None:
    """Drop the counters that no longer count."""
    tx.session.execute(
        text(
            "DELETE FROM power_upload WHERE NOT EXISTS"
            " (SELECT 1 FROM unnest(tried_at) AS tried WHERE tried > now() - :window)"
        ),
        {"window": UPLOAD_WINDOW},
    )


def add(tx: Tx, **values: Any) -> None:
    """Keep a new one."""
    tx.session.execute(insert(powers).values(**values, changed_at=tx.now, version=1))


def get(tx: Tx, power_id: UUID, *, administrator_id: UUID | None = None) -> Power | None:
    """One; with ``administrator_id`` only where it is that person's."""
    row = tx.session.execute(_one(power_id, administrator_id)).one_or_none()
    return _power(row) if row else None


def lock(tx: Tx, power_id: UUID, *, administrator_id: UUID | None = None) -> Power | None:
    """The same, locked. Before organisation, customer, account and membership, which are locked in this order."""
    statement = _one(power_id, administrator_id).with_for_update(of=powers, key_share=True)
    row = tx.session.execute(statement).one_or_none()
    return _power(row) if row else None


def _one(power_id: UUID, administrator_id: UUID | None) -> Select[Any]:
    statement = _whole().where(powers.c.id == power_id)
    return statement if administrator_id is None else statement.where(powers.c.administrator_id == administrator_id)


def change(tx: Tx, power: Power, **values: Any) -> Power:
    """Write ``values`` where it still is as ``power`` says; raises ``Conflict`` where somebody else was first."""
    changed = tx.session.execute(
        update(powers)
        .where(powers.c.id == power.id, powers.c.status == power.status, powers.c.version == power.version)
        .values(**values, changed_at=tx.now, version=powers.c.version + 1)
        .returning(powers.c.id)
    ).one_or_none()
    if changed is None:
        raise Conflict
    present = get(tx, power.id)
    if present is None:
        raise Conflict
    return present


def page(
    tx: Tx,
    *,
    administrator_id: UUID | None = None,
    statuses: Iterable[PowerStatus] = (),
    limit: int,
    offset: int,
) -> tuple[Sequence[Power], int]:
    """A person's newest first; the queue (of all) oldest first, drafts left out."""
    wanted = sorted(statuses)
    if administrator_id is not None:
        condition = powers.c.administrator_id == administrator_id
        order: tuple[Any, ...] = (powers.c.created_at.desc(), powers.c.id.desc())
    else:
        condition = powers.c.submitted_at.is_not(None)
        order = (powers.c.submitted_at, powers.c.id)
    if wanted:
        condition &= powers.c.status.in_(wanted)
    rows = tx.session.execute(_whole().where(condition).order_by(*order).limit(limit).offset(offset)).all()
    total = tx.session.execute(select(func.count()).select_from(powers).where(condition)).scalar_one()
    return [_power(row) for row in rows], total


def add_step(tx: Tx, power_id: UUID, **values: Any) -> None:
    """Write down what has happened; nothing removes it."""
    tx.session.execute(insert(steps).values(power_id=power_id, at=tx.now, **values))


def history(tx: Tx, power_ids: Iterable[UUID]) -> Mapping[UUID, list[Row[Any]]]:
    """What has happened to each, oldest first."""
    found: dict[UUID, list[Row[Any]]] = {power_id: [] for power_id in power_ids}
    statement = select(*steps.c).where(steps.c.power_id.in_(list(found))).order_by(steps.c.power_id, steps.c.id)
    for row in tx.session.execute(statement):
        found[row.power_id].append(row)
    return found


def add_document(tx: Tx, **values: Any) -> None:
    """Keep a document with its sealed content."""
    tx.session.execute(insert(documents).values(**values, added_at=tx.now))


def drop_document(tx: Tx, document_id: UUID) -> None:
    """Delete one that was never sent in."""
    tx.session.execute(delete(documents).where(documents.c.id == document_id))


def content(tx: Tx, document_id: UUID) -> Any:
    """The sealed content and the digest of what it was."""
    return tx.session.execute(
        select(documents.c.content, documents.c.digest).where(
            documents.c.id == document_id, documents.c.content.is_not(None)
        )
    ).one_or_none()


def wipe(tx: Tx, power_id: UUID) -> None:
    """Delete the contents of all documents; that they were there, and their digests, stay."""
    tx.session.execute(update(documents).where(documents.c.power_id == power_id).values(content=None))


def unscanned(tx: Tx, *, limit: int) -> Sequence[UUID]:
    """Documents that wait for the scanner, oldest first."""
    return tx.session.scalars(
        select(documents.c.id).where(documents.c.scan == Scan.PENDING).order_by(documents.c.added_at).limit(limit)
    ).all()


def scanned(tx: Tx, document_id: UUID, scan: Scan) -> bool:
    """Write the scanner's answer, once; malware is not kept."""
    values: dict[str, Any] = {"scan": scan, "scanned_at": tx.now}
    if scan is Scan.INFECTED:
        values["content"] = None
    changed = tx.session.execute(
        update(documents)
        .where(documents.c.id == document_id, documents.c.scan == Scan.PENDING)
        .values(**values)
        .returning(documents.c.id)
    )
    return changed.one_or_none() is not None


def past_their_end(tx: Tx, *, limit: int) -> Sequence[UUID]:
    """Approved ones whose last day has passed, by the Swedish date."""
    return tx.session.scalars(
        select(powers.c.id)
        .where(powers.c.status == PowerStatus.APPROVED, powers.c.ends_on < LOCAL_TODAY)
        .order_by(powers.c.ends_on)
        .limit(limit)
    ).all()


def forgotten_drafts(tx: Tx, *, limit: int) -> Sequence[UUID]:
    """Drafts that nobody has touched for 90 days."""
    return tx.session.scalars(
        select(powers.c.id)
        .where(powers.c.status == PowerStatus.DRAFT, powers.c.changed_at < tx.now - KEEP_DRAFTS)
        .limit(limit)
    ).all()


def wipe_rejected(tx: Tx) -> int:
    """Delete the contents of what was rejected 180 days ago; returns how many documents."""
    old = select(powers.c.id).where(
        powers.c.status == PowerStatus.REJECTED, powers.c.decided_at < tx.now - KEEP_REFUSED
    )
    result = tx.session.execute(
        update(documents).where(documents.c.power_id.in_(old), documents.c.content.is_not(None)).values(content=None)
    )
    return int(getattr(result, "rowcount", 0))
