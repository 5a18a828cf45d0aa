"""Routes that take or give a file instead of JSON.

``body=Raw(...)`` hands the view ``body``, a ``RawBody``; ``answer=Binary(...)`` lets it return what ``attachment``
makes. The form of both is declared, so the OpenAPI document and the gateway's body limit follow from the route.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

CHUNK = 64 * 1024
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""A file from outside is saved, never shown as a page of ours (C24)."""


@dataclass(frozen=True)
class Raw:
    """Marks a body that is one file of these media types; any other is 415. The route's ``body_limit`` is its size."""

    media_types: tuple[str, ...]


@dataclass(frozen=True)
class Binary:
    """Marks an answer that is a file of one of these media types."""

    media_types: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RawBody:
    """What was sent. The media type is the sender's claim: look into the bytes before believing it."""

    media_type: str
    data: bytes = field(repr=False)


def read(spec: Raw) -> RawBody:
    """Read the body; raises 415 for another type (or a compressed one) and 413 as soon as it grows over the limit.

    The name of a file is not a part of it: whatever ``Content-Disposition`` says is not looked at (C25).
    """
    if request.mimetype not in spec.media_types or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMediaType
    if request.max_content_length is not None:
        request.max_content_length += 1  # werkzeug refuses what has no length and reaches its limit exactly
    parts: list[bytes] = []
    while chunk := request.stream.read(CHUNK):
        parts.append(chunk)
    return RawBody(media_type=request.mimetype, data=b"".join(parts))


def attachment(data: bytes, *, media_type: str, filename: str) -> Response:
    """A file to be saved. ``filename`` is ours (ASCII, no quotes), never what somebody has called it."""
    response = Response(data, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers.update(HEADERS)
    return response


def document(body: Any, answer: Any, status: int) -> dict[str, Any]:
    """What OpenAPI says of a raw body and a binary answer, in the form that flask-smorest merges."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    said: dict[str, Any] = {}
    if isinstance(body, Raw):
        said["requestBody"] = {"required": True, "content": dict.fromkeys(body.media_types, binary)}
    if isinstance(answer, Binary):
        content = dict.fromkeys(answer.media_types, binary)
        said["responses"] = {str(status): {"description": "En fil / a file", "content": content}}
    return said
