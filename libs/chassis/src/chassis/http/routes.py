"""Routes: one declaration says access, schemas, errors and documentation; the chassis does the rest.

A view is ``f(tx, ...)``: it gets the transaction, path parameters, ``query`` and ``body`` where declared, and returns
what the answer schema dumps. GET runs on a connection on which PostgreSQL refuses to write.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
import msgspec
from flask import Flask, Response, current_app, g, request
from flask_smorest import Blueprint

from chassis.activity import Activity
from chassis.errors import DomainError, Unavailable
from chassis.http import files, idempotency, problems, recording
from chassis.http.access import Access
from chassis.http.dumping import dumper
from chassis.http.files import Binary, Raw
from chassis.http.parsing import StrictParser
from chassis.http.schemas import PageQuery, page_of
from chassis.settings import Settings
from chassis.transaction import Database, Principal, Tx

SERVER_FAULT = 500
View = Callable[..., Any]


@dataclass(frozen=True)
class Page:
    """Marks an answer as a page of ``item``: the view returns ``(rows, total)``."""

    item: type[ma.Schema]


@dataclass(frozen=True)
class Reply:
    """An answer with more than a body: headers, cookies, another status."""

    body: Any = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[dict[str, Any]] = field(default_factory=list)
    """Keyword arguments of ``Response.set_cookie``."""
    raw: Response | None = None
    """A file or other non-JSON answer, as it is."""


@dataclass(frozen=True)
class Context:
    """What a ``prepare`` step may use: it runs before the transaction, so it may call other systems."""

    app: Flask
    principal: Principal | None

    @property
    def settings(self) -> Settings:
        """The service's settings."""
        return self.app.extensions["chassis"].settings  # type: ignore[no-any-return]

    @property
    def database(self) -> Database:
        """The service's database."""
        return self.app.extensions["chassis"].database  # type: ignore[no-any-return]

    def extension(self, name: str) -> Any:
        """What ``create_app(extensions=...)`` wired, for example a client of another system."""
        return self.app.extensions["chassis"].extensions[name]

    @property
    def client_ip(self) -> str:
        """The citizen's address as the gateway saw it."""
        return request.headers.get("X-Real-IP") or request.remote_addr or "127.0.0.1"


def handed(name: str) -> View:
    """A ``prepare`` step that hands the view one of the application's extensions: its keys, a vault."""

    def prepare(ctx: Context, **_: Any) -> Any:
        return ctx.extension(name)

    return prepare


@dataclass(frozen=True, kw_only=True)
class Route:
    """One operation, as data."""

    method: str
    path: str
    access: Access
    view: View
    body: type[ma.Schema] | Raw | None = None
    query: type[ma.Schema] | None = None
    answer: type[ma.Schema] | Page | Binary | None = None
    status: int = 200
    idempotent: bool = False
    prepare: View | None = None
    errors: tuple[type[DomainError], ...] = ()
    summary_sv: str = ""
    summary_en: str = ""
    body_limit: int = 64 * 1024
    rate: str | None = None
    """Rate limit class for the gateway, for example ``login`` (see gateway)."""
    activity: Activity | None = None
    """What the activity log says of it (``chassis.activity``); for a read, what it says of customer service's."""
    leaves_trace: bool = False
    """A read that keeps who has seen what, by its own: it takes a transaction that can write."""

    @property
    def name(self) -> str:
        """The view's name: the operation id."""
        return self.view.__name__


class Routes:
    """The routes of one resource group; ``prefix`` is the version, ``/v1``."""

    def __init__(self, name: str, description: str, *, prefix: str = "/v1") -> None:
        self.name = name
        self.prefix = prefix
        self.routes: list[Route] = []
        self.blueprint = Blueprint(name, name, url_prefix=prefix, description=description)
        self.blueprint.ARGUMENTS_PARSER = StrictParser()

    def get(self, path: str, **options: Any) -> Callable[[View], View]:
        """Declare a read."""
        return self._declare("GET", path, options)

    def post(self, path: str, **options: Any) -> Callable[[View], View]:
        """Declare a command. ``idempotent=True`` where it creates or sends."""
        return self._declare("POST", path, options)

    def put(self, path: str, **options: Any) -> Callable[[View], View]:
        """Declare a replacement: idempotent by nature."""
        return self._declare("PUT", path, options)

    def patch(self, path: str, **options: Any) -> Callable[[View], View]:
        """Declare a change."""
        return self._declare("PATCH", path, options)

    def delete(self, path: str, **options: Any) -> Callable[[View], View]:
        """Declare a removal."""
        return self._declare("DELETE", path, options)

    def _declare(self, method: str, path: str, options: dict[str, Any]) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            options.setdefault("status", 204 if options.get("answer") is None else 200)
            route = Route(method=method, path=path, view=view, **options)
            if isinstance(route.answer, Page) and route.query is None:
                route = Route(method=method, path=path, view=view, **options, query=PageQuery)
            fault = recording.complaint(route)
            if fault:
                message = f"{method} {self.prefix}{path}: {fault}"
                raise TypeError(message)
            self.routes.append(route)
            self.blueprint.route(path, methods=[method])(self._handler(route))
            return view

        return decorate

    def _handler(self, route: Route) -> View:
        schema = _answer_schema(route)
        dump = dumper(schema) if schema else None

        @functools.wraps(route.view)
        def run(*args: Any, **path: Any) -> Response:
            parsed = dict(path)
            if route.query:
                parsed["query"] = args[0]
            if isinstance(route.body, Raw):
                parsed["body"] = files.read(route.body)
            elif route.body:
                parsed["body"] = args[-1]
            return _run(route, f"{self.prefix}{route.path}", parsed, dump)

        handler: View = run
        if route.body and not isinstance(route.body, Raw):
            handler = self.blueprint.arguments(route.body, location="json", required=True)(handler)
        if route.query:
            handler = self.blueprint.arguments(route.query, location="query")(handler)
        if schema is not None:
            handler = self.blueprint.response(route.status, schema)(handler)
        else:
            handler = self.blueprint.response(route.status)(handler)
        handler = self.blueprint.doc(**_documentation(route))(handler)

        @functools.wraps(handler)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if request.content_length is not None and request.content_length > route.body_limit:
                return problems.from_http(problems_too_large())
            request.max_content_length = route.body_limit
            route.access.check(g.principal)
            return handler(*args, **kwargs)

        return guarded


def problems_too_large() -> Any:
    """413, before a byte of the body is read."""
    from werkzeug.exceptions import RequestEntityTooLarge

    return RequestEntityTooLarge()


def _answer_schema(route: Route) -> type[ma.Schema] | None:
    if isinstance(route.answer, Page):
        return page_of(route.answer.item)
    return None if isinstance(route.answer, Binary) else route.answer


def _documentation(route: Route) -> dict[str, Any]:
    statuses = {problems.status_of(error()) for error in route.errors}
    access = f"Åtkomst / access: {route.access.kind}" + (f" `{route.access.scope}`" if route.access.scope else "")
    codes = ", ".join(f"`{error.code}`" for error in route.errors)
    problems_of = f"Fel / errors: {codes}" if codes else ""
    document: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary_sv or (route.view.__doc__ or "").strip().split("\n")[0],
        "description": "\n\n".join(part for part in (route.summary_en, access, problems_of) if part),
        "x-access": {"kind": route.access.kind, "scope": route.access.scope},
        "x-problem-codes": sorted(error.code for error in route.errors),
        "x-problem-statuses": sorted(statuses | ({401, 403} if route.access.kind != "public" else set()) | {429, 503}),
    }
    if route.access.kind == "public":
        document["security"] = []
    if route.idempotent:
        document["parameters"] = ["IdempotencyKey"]
    return document | files.document(route.body, route.answer, route.status)


def _run(route: Route, template: str, parsed: dict[str, Any], dump: Any) -> Response:
    chassis = current_app.extensions["chassis"]
    database: Database = chassis.database
    principal: Principal | None = g.principal
    path = {name: value for name, value in parsed.items() if name not in {"query", "body"}}
    if g.deadline_passed():
        raise Unavailable(retry_after=1)
    key = idempotency.read_key(principal, template) if route.idempotent else None
    if route.prepare is not None:
        if key is not None:
            with database.read(principal=principal, locale=problems.locale()) as tx:
                replay = idempotency.stored(tx, key)
            if replay is not None:
                return replay
        parsed["prepared"] = route.prepare(Context(current_app, principal), **parsed)
    told = recording.texts(route, principal)
    if route.method == "GET":
        # What customer service looks at is told, so it takes a transaction that can write; nobody else's read does.
        opened = database.read if told is None and not route.leaves_trace else database.transaction
        with opened(principal=principal, locale=problems.locale()) as tx:
            result = _call(route, tx, parsed)
            if told is not None:
                recording.record(route, tx, told, path, None)
            return _conditional(_respond(route, result, dump, parsed))
    try:
        with database.transaction(principal=principal, locale=problems.locale()) as tx:
            if key is not None:
                replay = idempotency.claim(tx, key)
                if replay is not None:
                    return replay
            result = _call(route, tx, parsed)
            if told is not None:
                recording.record(route, tx, told, path, result.body if isinstance(result, Reply) else result)
            response = _respond(route, result, dump, parsed)
            if key is not None:
                idempotency.store(tx, key, response)
            return response
    except DomainError as error:
        if key is not None:
            _keep_refusal(database, principal, key, error)
        raise


def _call(route: Route, tx: Tx, parsed: dict[str, Any]) -> Any:
    return route.view(tx, **parsed)


def _keep_refusal(database: Database, principal: Principal | None, key: idempotency.Key, error: DomainError) -> None:
    # A refusal about the key itself, about load or about our own state is no answer to keep.
    status = problems.status_of(error)
    if status >= SERVER_FAULT or status == 429 or isinstance(error, idempotency.KeyReused | idempotency.InFlight):  # noqa: PLR2004
        return
    with database.transaction(principal=principal) as tx:
        if idempotency.claim(tx, key) is None:
            idempotency.store(tx, key, problems.from_domain(error))


def _respond(route: Route, result: Any, dump: Any, parsed: dict[str, Any]) -> Response:
    reply = result if isinstance(result, Reply) else Reply(result)
    if reply.raw is not None or isinstance(route.answer, Binary):
        response = reply.raw or reply.body
    elif dump is None:
        response = Response(status=reply.status or route.status)
        response.headers.pop("Content-Type", None)
    else:
        body = reply.body
        if isinstance(route.answer, Page):
            rows, total = body
            page = parsed["query"]
            values = page if isinstance(page, dict) else vars(page)
            body = {"items": rows, "page": values["page"], "limit": values["limit"], "total": total}
        response = Response(
            msgspec.json.encode(dump(body)), status=reply.status or route.status, content_type="application/json"
        )
    for name, value in reply.headers.items():
        response.headers[name] = value
    for cookie in reply.cookies:
        response.set_cookie(**cookie)
    return response


def _conditional(response: Response) -> Response:
    # The tag is made from the bytes, so it is right whatever the answer was made from.
    if response.status_code == 200 and not response.is_streamed and not response.direct_passthrough:  # noqa: PLR2004
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
        response.make_conditional(request)
    return response


__all__ = ["Context", "Page", "Reply", "Route", "Routes"]
