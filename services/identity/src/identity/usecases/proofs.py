"""Stored signatures verified again, against BankID's root and what stands in our tables (reliability 4.2 (9))."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from cryptography.x509 import Certificate

from chassis.telemetry import logger
from chassis.transaction import Tx
from chassis.vault import CannotOpen
from identity.domain import proofs
from identity.domain.signing import SignStatus, SignTask
from identity.store import signing
from identity.store.signing import StoredProof
from identity.usecases.keys import Keys
from identity.usecases.logins import evidence_place
from identity.usecases.persons import personal_number
from identity.usecases.signing import text_place

log = logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found of one signature: ``fault`` None where it holds, else the part that does not.

    ``anchored`` is False where no root of BankID's is configured, so that the chain was followed to its own end only.
    """

    sign_order_id: UUID
    fault: str | None
    anchored: bool


def verify_signature(tx: Tx, keys: Keys, sign_order_id: UUID, roots: Sequence[Certificate]) -> Verdict:
    """Verify the stored signature of one order. Any change of proof, text, hash, person or times is found."""
    fault = _fault(tx, keys, sign_order_id, roots)
    if fault is not None:
        log.error("signature-does-not-hold", sign_order_id=str(sign_order_id), part=fault)
    return Verdict(sign_order_id=sign_order_id, fault=fault, anchored=bool(roots))


def signed_orders(tx: Tx) -> list[UUID]:
    """Every order that has been signed."""
    return signing.completed_ids(tx)


def _fault(tx: Tx, keys: Keys, sign_order_id: UUID, roots: Sequence[Certificate]) -> str | None:
    order = signing.get(tx, sign_order_id)
    if order is None or order.status != SignStatus.COMPLETED:
        return "order"
    stored = signing.accepted_proofs(tx, sign_order_id)
    if not stored:
        return "missing"
    try:
        # An earlier attempt may have been signed and never returned to the browser; the last one counts.
        _check(keys, stored[-1], roots)
    except CannotOpen:
        return "sealed"
    except (ValueError, KeyError, TypeError):
        return "form"
    except proofs.ProofRefused as error:
        return str(error)
    return None


def _check(keys: Keys, stored: StoredProof, roots: Sequence[Certificate]) -> None:
    data = json.loads(keys.vault.open_bytes(stored.sealed, place=evidence_place(stored.evidence_id)))
    order = stored.order
    number = personal_number(keys, order.person_id, stored.personal_number_sealed)
    task = SignTask(
        sign_order_id=order.id,
        text=keys.vault.open(bytes(order.text_sealed), place=text_place(order.id)),
        document_sha256=bytes(order.document_sha256),
        personal_number=number,
    )
    if data["user"]["personalNumber"] != number:
        raise proofs.ProofRefused("holder")
    expected = proofs.Expected(
        function=proofs.SIGNING,
        personal_number=number,
        visible_data=task.visible_data,
        non_visible_data=task.non_visible_data(stored.attempt_id),
    )
    proofs.verify(data["signature"], data["ocspResponse"], expected, proofs.Trust(roots=roots, at=stored.at))
