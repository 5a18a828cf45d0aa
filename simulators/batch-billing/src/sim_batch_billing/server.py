"""HTTP: the control API with which journeys and demonstrations play the billing department, and a page for people."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask, Response, jsonify, request

from sim_batch_billing.billing import BillingSystem, UnknownCustomer, UnknownInvoice
from sim_batch_billing.broker import BrokerDown
from sim_batch_billing.invoicing import Use

PAGE = """<!doctype html>
<html lang="sv"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Faktureringssystemet (simulator)</title></head><body><main>
<h1>Faktureringssystemet (simulator)</h1>
<p>Tar mätarställningar och skickar kunder, avtal, fakturor och betalningar, bara genom händelser.</p>
<form method="post" action="/batch"><button>Kör nattens körning</button></form>
<h2>Fakturor</h2>
<table><caption>Utfärdade fakturor</caption><thead><tr><th scope="col">Nummer</th><th scope="col">Kund</th>
<th scope="col">Datum</th><th scope="col">Belopp</th><th scope="col">Betalning</th></tr></thead>
<tbody>{rows}</tbody></table>
</main></body></html>"""
ROW = """<tr><th scope="row">{number}</th><td>{customer}</td><td>{issued}</td><td>{total} kr</td>
<td><form method="post" action="/pay"><input type="hidden" name="ocr" value="{ocr}"><input type="hidden" name="amount"
value="{ore}"><button aria-label="Betala {number}">Betala</button></form></td></tr>"""


def create_app(system: BillingSystem) -> Flask:
    """The application; all state is in ``system``."""
    app = Flask("sim_batch_billing", static_folder=None)

    @app.errorhandler(BrokerDown)
    def down(_error: BrokerDown) -> tuple[Response, int]:
        return jsonify(error="the broker cannot be reached; nothing was taken"), 503

    @app.errorhandler(UnknownCustomer)
    def unknown(_error: UnknownCustomer) -> tuple[Response, int]:
        return jsonify(error="no such customer or agreement"), 404

    @app.errorhandler(UnknownInvoice)
    def unknown_invoice(_error: UnknownInvoice) -> tuple[Response, int]:
        return jsonify(error="no such invoice"), 404

    @app.errorhandler(KeyError)
    def missing(error: KeyError) -> tuple[Response, int]:
        return jsonify(error=f"missing: {error.args[0]}"), 422

    @app.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"
        return response

    @app.get("/livez")
    def livez() -> str:
        return "ok\n"

    @app.post("/control/customers")
    def customers() -> Any:
        return jsonify(customer_number=system.register_customer(request.get_json())), 201

    @app.get("/control/customers/<number>")
    def customer(number: str) -> Any:
        return jsonify(system.customer(number))

    @app.post("/control/organisations")
    def organisations() -> Any:
        return jsonify(customer_number=system.register_organisation(request.get_json())), 201

    @app.post("/control/agreements")
    def agreements() -> Any:
        return jsonify(agreement_number=system.start_agreement(request.get_json())), 201

    @app.post("/control/agreements/<number>/end")
    def end(number: str) -> Any:
        system.end_agreement(number, request.get_json()["ends_on"])
        return "", 204

    @app.post("/control/meter-replacements")
    def replacements() -> Any:
        system.replace_meter(request.get_json())
        return "", 204

    @app.post("/control/batches")
    def batches() -> Any:
        return jsonify(system.run_batch(request.get_json().get("days_after_reading")))

    @app.post("/control/invoices")
    def invoices() -> Any:
        body = request.get_json()
        use = Use(
            customer_number=body["customer_number"],
            facility_id=body.get("facility_id"),
            first=date.fromisoformat(body["period_from"]),
            last=date.fromisoformat(body["period_to"]),
            m3=int(body["m3"]),
            fixed_fees=body.get("fixed_fees", True),
        )
        options = {key: body[key] for key in ("kind", "credits_number") if key in body}
        return jsonify(system.issue(use, issued_on=date.fromisoformat(body["issued_on"]), **options)), 201

    @app.post("/control/reminders")
    def reminders() -> Any:
        body = request.get_json()
        return jsonify(system.remind(body["invoice_number"], date.fromisoformat(body["issued_on"]))), 201

    @app.post("/control/payments")
    def payments() -> Any:
        body = request.get_json()
        day = body.get("received_on") or datetime.now(UTC).date().isoformat()
        return jsonify(payment_id=system.receive_payment(body["ocr"], int(body["amount_ore"]), day)), 201

    @app.get("/control/state")
    def state() -> Any:
        return jsonify(waiting=system.waiting(), invoices=system.invoices(), paid=system.paid())

    @app.get("/")
    def page() -> str:
        rows = [
            ROW.format(
                number=html.escape(body["invoice_number"]),
                customer=html.escape(body["customer_number"]),
                issued=body["issued_on"],
                total=f"{body['total_ore'] / 100:.2f}".replace(".", ","),
                ocr=body["ocr"],
                ore=body["total_ore"],
            )
            for body in reversed(system.invoices())
        ]
        return PAGE.replace("{rows}", "".join(rows))

    @app.post("/batch")
    def batch() -> Any:
        system.run_batch()
        return "", 303, {"Location": "/"}

    @app.post("/pay")
    def pay() -> Any:
        day = datetime.now(UTC).date().isoformat()
        system.receive_payment(request.form["ocr"], int(request.form["amount"]), day)
        return "", 303, {"Location": "/"}

    return app
