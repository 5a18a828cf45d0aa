"""What is asked of identity, by our own key and only in ``prepare`` steps (ADR 0017).

While identity does not answer, what needs it is refused with 503 and nothing has changed; everything else goes on.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.errors import Unavailable
from chassis.peers import Peer
from chassis.telemetry import logger
from invitations.domain import InvitationBindingGone
from invitations.domain.mandate import LASTS_MINUTES, PURPOSE, Mandate

log = logger(__name__)

OK, CREATED, MISSING = 200, 201, 404
BINDINGS, ORDERS = "/v1/internal/person-bindings", "/v1/internal/sign-orders"


class Identity:
    """Identity, as far as invitations asks it."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def use_binding(self, binding_id: UUID, made_by: UUID) -> None:
        """Before a mail: the binding is there and the inviter's own. Raises ``InvitationBindingGone``."""
        status, _ = self._peer.post(f"{BINDINGS}/{binding_id}/uses", {"made_by": str(made_by)})
        if status == MISSING:
            raise InvitationBindingGone(field="person_binding")
        _expect(status, OK)

    def is_meant(self, binding_id: UUID, person_id: UUID) -> bool:
        """Whether the person has the number that was given; one that is not there any more is nobody's."""
        status, answer = self._peer.post(f"{BINDINGS}/{binding_id}/checks", {"person_id": str(person_id)})
        if status == MISSING:
            log.info("person-binding-missing", binding_id=str(binding_id))
            return False
        _expect(status, OK)
        return answer.get("same") is True

    def order_signature(self, made: Mandate, text: str) -> datetime:
        """Have an approval signed by whoever approves; returns until when."""
        order = {
            "sign_order_id": str(made.sign_order_id),
            "subject_id": str(made.invitation_id),
            "person_id": str(made.approver_id),
            "purpose": PURPOSE,
            "text": text,
            "document_sha256": made.document_sha256,
            "valid_minutes": LASTS_MINUTES,
        }
        status, answer = self._peer.post(ORDERS, order)
        _expect(status, CREATED)
        return datetime.fromisoformat(answer["expires_at"])

    def withdraw(self, sign_order_id: UUID) -> None:
        """Nobody needs to sign it any more. As well as we can: it ends by itself within the hour."""
        try:
            self._peer.delete(f"{ORDERS}/{sign_order_id}")
        except Unavailable:
            log.warning("sign-order-not-withdrawn", sign_order_id=str(sign_order_id))


def _expect(status: int, wanted: int) -> None:
    if status != wanted:
        # We asked for something that it should not refuse: our own fault, which nobody who is waiting can mend.
        log.error("identity-refused", status=status)
        raise Unavailable
