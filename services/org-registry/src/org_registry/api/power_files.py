"""A signed document on its way in: examined, scanned, ready for the transaction (D19, C24-C27)."""

from __future__ import annotations

from typing import cast

from chassis import attachments
from chassis.clamd import Clamd, ScannerUnavailable
from chassis.http.files import Raw, RawBody
from chassis.http.routes import Context
from chassis.telemetry import logger
from org_registry.domain.power_errors import DocumentInfected
from org_registry.domain.powers import Scan
from org_registry.settings import Settings
from org_registry.usecases.powers import NewDocument

log = logger(__name__)
UPLOAD = Raw(attachments.MEDIA_TYPES)
LIMIT = attachments.MAX_BYTES


def receive(ctx: Context, body: RawBody) -> NewDocument:
    """Look into the file and ask the scanner; raises a ``FileRefused`` or ``DocumentInfected``.

    A scanner that does not answer leaves it pending: the job asks again, and nobody opens it before (C27).
    """
    kept = attachments.examine(body.data, claimed=body.media_type)
    return NewDocument(media_type=kept.media_type, data=kept.data, scan=_scan(ctx, kept.data))


def _scan(ctx: Context, data: bytes) -> Scan:
    scanner: Clamd | None = ctx.extension("scanner")
    if scanner is None:
        return Scan.PENDING if cast("Settings", ctx.settings).is_production else Scan.NOT_SCANNED
    try:
        clean = scanner.is_clean(data)
    except ScannerUnavailable as error:
        log.warning("scanner-unavailable", reason=str(error))
        return Scan.PENDING
    if not clean:
        log.warning("malware-refused")
        raise DocumentInfected
    return Scan.CLEAN
