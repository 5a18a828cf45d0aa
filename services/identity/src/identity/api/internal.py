"""What the gateway asks on every request."""

from __future__ import annotations

from chassis.http.access import internal
from chassis.http.routes import Routes, handed
from chassis.transaction import Tx
from identity import schemas
from identity.domain.errors import ReceiverUnknown, SessionEnded
from identity.usecases import sessions as usecases
from identity.usecases.keys import Keys

routes = Routes("internal", "For the gateway only")


@routes.post(
    "/internal/sessions",
    access=internal("gateway"),
    body=schemas.ResolveSession,
    answer=schemas.ResolvedSession,
    prepare=handed("keys"),
    errors=(SessionEnded, ReceiverUnknown),
    summary_sv="Vems sessionen är",
    summary_en="Whose the session is",
)
def resolve_session(tx: Tx, body: usecases.Resolve, prepared: Keys) -> usecases.Resolved:
    """One statement; 401 where the session is over. Extends the idle time unless ``background``."""
    return usecases.resolve_session(tx, prepared, body)
