"""Structured logs, correlation and trace ids, metrics. Nothing personal is ever logged.

``traceparent`` (W3C Trace Context) is taken from the request or the event, carried through the outbox and
the broker, and written on each log line, so that one citizen's click can be followed over all services.
"""

from __future__ import annotations

import contextlib
import logging
import re
import secrets
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TextIO

import structlog

TRACEPARENT = re.compile(r"^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$")
CORRELATION = re.compile(r"^[A-Za-z0-9._-]{1,64}$")
PERSONAL_NUMBER = re.compile(
    r"(?P<id>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)|(?<!\d)(?:19|20)?\d{6}[-+]?\d{4}(?!\d)"
)
"""Or an id, which one time in a hundred holds ten digits in a row."""
SECRET_KEYS = ("token", "cookie", "authorization", "password", "secret", "personal_number", "email", "phone")


@dataclass(frozen=True, slots=True)
class TraceContext:
    """What joins the log lines and events of one cause."""

    correlation_id: str
    traceparent: str

    @property
    def trace_id(self) -> str:
        """The 32 hexadecimal digits in the middle of the traceparent."""
        return self.traceparent[3:35]


_current: ContextVar[TraceContext | None] = ContextVar("trace_context", default=None)


def _make(correlation_id: str | None, traceparent: str | None) -> TraceContext:
    match = TRACEPARENT.match(traceparent or "")
    trace_id = match[1] if match else secrets.token_hex(16)
    if not correlation_id or not CORRELATION.match(correlation_id):
        correlation_id = trace_id
    return TraceContext(correlation_id, f"00-{trace_id}-{secrets.token_hex(8)}-01")


def trace_context() -> TraceContext:
    """The present context; made on the spot where nothing has set one."""
    context = _current.get()
    if context is None:
        context = _make(None, None)
        _current.set(context)
    return context


def set_trace(correlation_id: str | None = None, traceparent: str | None = None) -> TraceContext:
    """Take over a context from outside (validated; a new one where it is missing or malformed)."""
    context = _make(correlation_id, traceparent)
    _current.set(context)
    return context


@contextlib.contextmanager
def traced(correlation_id: str | None = None, traceparent: str | None = None) -> Iterator[TraceContext]:
    """``set_trace`` for the length of a block."""
    context = _make(correlation_id, traceparent)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def _add_trace(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    context = _current.get()
    if context is not None:
        event.setdefault("correlation_id", context.correlation_id)
        event.setdefault("trace_id", context.trace_id)
    return event


def mask(value: str) -> str:
    """Replace everything that looks like a personal number, but in ids. A net: nothing should need it."""
    return PERSONAL_NUMBER.sub(lambda found: found["id"] or "[pnr]", value)


def _redact(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if key in {"correlation_id", "trace_id", "timestamp"}:
            continue
        if any(word in key.lower() for word in SECRET_KEYS):
            event[key] = "[hidden]"
        elif isinstance(value, str):
            event[key] = mask(value)
    return event


def _exception(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write where it happened and what kind of error it was; a database's own words hold rows, so they stay out."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if not isinstance(error, BaseException):
        return event
    lines = []
    cause: BaseException | None = error
    while cause is not None:
        lines += [*traceback.format_tb(cause.__traceback__), _summary(cause) + "\n"]
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    event["exception"] = "".join(lines)
    return event


def _summary(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    origin = getattr(error, "orig", error)
    state = getattr(origin, "sqlstate", None)
    if state is None and origin is error:
        return f"{name}: {error}"
    constraint = getattr(getattr(origin, "diag", None), "constraint_name", None)
    return f"{name}: sqlstate {state}, constraint {constraint}"


def configure_logging(service: str, *, level: str = "INFO", fmt: str = "json", stream: TextIO | None = None) -> None:
    """Send every log line of the process, ours and the libraries', as one JSON object to ``stream`` (stdout)."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        _exception,
        _redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if fmt == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("pika", "httpx2", "httpcore2", "alembic"):
        logging.getLogger(noisy).setLevel("WARNING")
    structlog.configure(
        # The level first: a line that nobody wants costs nothing.
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(service=service)


def logger(name: str) -> Any:
    """A structured logger: ``logger(__name__).info("reading-submitted", reading_id=…)``."""
    return structlog.stdlib.get_logger(name)
