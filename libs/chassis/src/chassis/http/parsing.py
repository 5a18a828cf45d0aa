"""Strict JSON in: what two parsers could read differently, or a database cannot hold, is refused."""

from __future__ import annotations

import json
from typing import Any, ClassVar, NoReturn

import marshmallow as ma
from flask import Request
from webargs import missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

MAX_DEPTH = 32


class SchemaRefused(Exception):
    """The input breaks its schema; ``messages`` are marshmallow's, by location and field."""

    def __init__(self, messages: Any) -> None:
        super().__init__("schema")
        self.messages = messages


class StrictParser(FlaskParser):
    """webargs with a JSON reader that refuses what is ambiguous: duplicate keys, NaN, NUL, lone surrogates, bombs."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {  # type: ignore[misc]
        "json": ma.RAISE,
        "query": ma.RAISE,
        "form": ma.RAISE,
        "files": ma.RAISE,
    }

    def handle_error(
        self,
        error: ma.ValidationError,
        req: Request,
        schema: ma.Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Hand the messages to ``chassis.app``, which answers in the user's language."""
        raise SchemaRefused(error.messages) from error

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """Read the body; an empty one is missing."""
        if req.headers.get("Content-Encoding", "identity") != "identity":
            raise UnsupportedMediaType
        body = req.get_data(cache=True)
        if not body:
            return missing
        if req.mimetype != "application/json" or req.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
            raise UnsupportedMediaType
        return parse(body)

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        """Read the query; a parameter given twice is refused unless the schema takes a list."""
        for name, values in req.args.lists():
            field = schema.fields.get(name)
            if len(values) > 1 and not isinstance(field, ma.fields.List):
                raise BadRequest
            if any("\x00" in value for value in values):
                raise BadRequest
        return super().load_querystring(req, schema)


def parse(body: bytes) -> Any:
    """Return the JSON value of ``body``; raises ``BadRequest`` for anything that is not plain, unambiguous JSON."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse)
        _check(value, MAX_DEPTH)
    except (ValueError, RecursionError) as error:
        raise BadRequest from error
    return value


def _refuse(_constant: str) -> NoReturn:
    message = "NaN and Infinity are not JSON"
    raise ValueError(message)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        message = "duplicate key"
        raise ValueError(message)
    return value


def _check(value: Any, depth: int) -> None:
    if depth == 0:
        message = "nested too deeply"
        raise ValueError(message)
    if isinstance(value, str):
        value.encode("utf-8")
        if "\x00" in value:
            message = "NUL"
            raise ValueError(message)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(key, depth)
            _check(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth - 1)
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        message = "too large a number"
        raise ValueError(message)
