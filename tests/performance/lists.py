"""A page of 20 invoices over HTTP: the billing service, against the driver alone, and against ORM and marshmallow.

All three are behind the same gunicorn and run against the same rows. Ours checks the token, the scope and the query,
computes the states of each invoice and counts the pages; the driver alone is a route that sends the same statement
and dumps its rows; the third is what one writes first: ORM objects, a count, a marshmallow schema, Flask's JSON.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import socket
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from bench import children
from bench.children import Line
from bench.load import wait
from bench.servers import Servers
from bench.table import Goal, Row
from bench.wrk import get, load

from chassis import gunicorn, tokens
from chassis.ids import new_id
from chassis.settings import Settings
from chassis.transaction import Principal

SERVICE = "billing"
PATH = "/v1/invoices?limit=20"
CONNECTIONS = 4
ACCOUNTS, INVOICES = 50, 40
FILL = """
INSERT INTO invoice (id, invoice_number, customer_number, account_id, kind, issued_on, due_on, period_from, period_to,
    ocr, bankgiro, net_ore, vat_ore, rounding_ore, total_ore, credited_ore, paid_ore, service_areas, available_at, told)
SELECT gen_random_uuid(), 'F' || row_number() OVER (), '10012345', account, 'invoice', day, day + 30, day - 30, day,
    '1234567897', '5050-1055', 80000, 20000, 0, 100000, 0, 0, '{water}', now(), 1
FROM unnest(%s::uuid[]) AS account, generate_series(0, %s - 1) AS number,
    LATERAL (SELECT current_date - number * 5 AS day) AS days
"""


def measure(servers: Servers, rounds: int, seconds: int) -> list[Row]:
    """Requests per second."""
    driver = Row("list of 20 invoices, billing", "the driver alone in Flask", "req/s", Goal(at_least=0.7))
    plain = Row("list of 20 invoices, billing", "ORM and marshmallow", "req/s", Goal(at_least=2))
    accounts = [new_id() for _ in range(ACCOUNTS)]
    with servers.database(SERVICE) as connection:
        connection.execute(FILL, (accounts, INVOICES))
        connection.execute("ANALYZE invoice")
    key = tokens.generate_key("bench")
    scopes = frozenset({"billing:read"})
    person = Principal(person_id=new_id(), account_id=accounts[0], session_id=new_id(), role="owner", scopes=scopes)
    headers = {
        "Authorization": f"Bearer {tokens.Minter(key).mint(SERVICE, person)}",
        "X-Account": str(accounts[0]),
    }
    with contextlib.ExitStack() as stack:
        urls = {
            kind: stack.enter_context(_served(servers, kind, tokens.public_jwks(key)))
            for kind in ("ours", "driver", "orm")
        }
        _same({kind: get(url + PATH, headers) for kind, url in urls.items()})
        for number in range(rounds + 1):
            rates = {}
            for kind, url in urls.items():
                seen = load(url + PATH, seconds=seconds, connections=CONNECTIONS, headers=headers)
                if seen.errors:
                    raise RuntimeError(f"{kind}: {seen.errors} requests failed")
                rates[kind] = seen.per_second
            if number:  # the first round warms up
                driver.add(rates["ours"], rates["driver"])
                plain.add(rates["ours"], rates["orm"])
    servers.clear(SERVICE, "invoice CASCADE")
    return [driver, plain]


@contextlib.contextmanager
def _served(servers: Servers, kind: str, jwks: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    told = servers.told(SERVICE) | {"bind": f"127.0.0.1:{port}", "gateway_jwks": jwks, "web_threads": 4}
    with children.start("lists:serve", told=told, kind=kind) as child:
        child.hear()
        wait(lambda: _answers(port), 20, what=f"{kind} does not answer")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            child.interrupt()


def _same(bodies: dict[str, bytes]) -> None:
    numbers = {kind: [row["invoice_number"] for row in json.loads(body)["items"]] for kind, body in bodies.items()}
    if len({tuple(each) for each in numbers.values()}) != 1:
        raise RuntimeError(f"not the same page: {numbers}")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# -- in the child ------------------------------------------------------------------------------
def serve(line: Line, told: dict[str, Any], kind: str) -> None:
    """One of the three behind the chassis's gunicorn, until a signal ends it."""
    settings = Settings(**told)
    line.say(pid=True)
    gunicorn.serve(lambda: MAKERS[kind](settings), dataclasses.replace(settings, log_level="ERROR"))


def _ours(settings: Settings) -> Any:
    from billing.app import EXAMPLE_SETTINGS, create_app
    from billing.settings import Settings as Own

    known = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    keys = {name.removeprefix("BILLING_").lower(): value for name, value in EXAMPLE_SETTINGS.items()}
    return create_app(Own(**known | keys | {"log_level": "ERROR"}))


def _driver(settings: Settings) -> Any:
    import threading

    import msgspec
    import psycopg
    from flask import Flask, Response, request
    from psycopg.rows import dict_row

    from billing.store.pages import COLUMNS

    statement = (
        f"SELECT {COLUMNS}, count(*) OVER () AS total FROM invoice i WHERE i.account_id = %s"  # noqa: S608 - own text
        " AND (i.issued_on >= current_date - 270 OR i.remaining_ore > 0)"
        " ORDER BY i.issued_on DESC, i.invoice_number DESC LIMIT 20 OFFSET 0"
    )
    app = Flask("driver")
    local = threading.local()

    @app.get("/v1/invoices")
    def invoices() -> Response:
        if not hasattr(local, "connection"):
            local.connection = psycopg.connect(settings.database_url, autocommit=True, row_factory=dict_row)
        rows = local.connection.execute(statement, (UUID(request.headers["X-Account"]),)).fetchall()
        page = {"items": rows, "page": 1, "limit": 20, "total": rows[0]["total"]}
        return Response(msgspec.json.encode(page), content_type="application/json")

    return app


def _orm(settings: Settings) -> Any:
    from flask import Flask, jsonify, request
    from sqlalchemy import func, or_, select
    from sqlalchemy.orm import Session, registry

    from billing.domain import document_status, local_date, overdue, payment_status, shown_from
    from billing.schemas import InvoiceRow
    from billing.store.tables import invoice
    from chassis.db import make_engine
    from chassis.ids import utcnow

    class Invoice:
        """Mapped to the table; the states are computed when they are asked for."""

        @property
        def document_status(self: Any) -> str:
            return document_status(total_ore=self.total_ore, credited_ore=self.credited_ore).value

        @property
        def payment_status(self: Any) -> str:
            return payment_status(remaining_ore=self.remaining_ore, paid_ore=self.paid_ore).value

        @property
        def overdue(self: Any) -> bool:
            return overdue(remaining_ore=self.remaining_ore, due_on=self.due_on, today=local_date(utcnow()))

    registry().map_imperatively(Invoice, invoice)
    engine = make_engine(settings)
    schema = InvoiceRow(many=True)
    app = Flask("orm")

    @app.get("/v1/invoices")
    def invoices() -> Any:
        account, since = UUID(request.headers["X-Account"]), shown_from(local_date(utcnow()))
        seen = (invoice.c.account_id == account, or_(invoice.c.issued_on >= since, invoice.c.remaining_ore > 0))
        order = (invoice.c.issued_on.desc(), invoice.c.invoice_number.desc())
        with Session(engine) as session:
            total = session.scalar(select(func.count()).select_from(Invoice).where(*seen))
            rows = session.scalars(select(Invoice).where(*seen).order_by(*order).limit(20)).all()
            return jsonify({"items": schema.dump(rows), "page": 1, "limit": 20, "total": total})

    return app


MAKERS = {"ours": _ours, "driver": _driver, "orm": _orm}
