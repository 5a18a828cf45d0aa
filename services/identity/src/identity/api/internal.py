"""What the gateway asks on every request."""

from __future__ import annotations

from chassis.http.access import internal
from chassis.http.routes import Routes
from chassis.transaction import Tx
from identity import schemas
from identity.domain.errors import SessionEnded
from identity.domain.sessions import Session
from identity.usecases import sessions as usecases

routes = Routes("internal", "For the gateway only")


@routes.post(
    "/internal/sessions",
    access=internal("gateway"),
    body=schemas.ResolveSession,
    answer=schemas.ResolvedSession,
    errors=(SessionEnded,),
    summary_sv="Vems sessionen är",
    summary_en="Whose the session is",
)
def resolve_session(tx: Tx, body: usecases.Resolve) -> Session:
    """One statement; 401 where the session is over. Extends the idle time unless ``background``."""
    return usecases.resolve_session(tx, body)
