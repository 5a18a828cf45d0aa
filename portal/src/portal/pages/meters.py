"""Meters and their readings: report one, be asked where it is unlikely, correct it until it is billed (T5, D24)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.pages.consumption import today
from portal.web import Area, Form, flash, render, visit

area = Area("meters", menu="meters")
READINGS = 10
ASKS = "reading-needs-confirmation"
FIELDS = {"value_m3": "varde", "read_on": "datum", "metering_point_id": "matplats", "meter_number": "matarnummer"}
MOST_DIGITS = 9


@area.page("/matare")
def list_meters() -> str:
    """The metering points and the newest readings."""
    present = visit()
    number = max(request.args.get("sida", 1, type=int), 1)
    points = present.get("/metering/v1/metering-points", limit=100)["items"]
    readings = present.get("/metering/v1/readings", page=number, limit=READINGS)
    places = {point["id"]: point for point in points}
    may_write = not (present.account is None or present.account.read_only)
    return render("meters/list.html", points=points, places=places, readings=readings, may_write=may_write)


@area.page("/matare/avlasningar/ny", acts=True, methods=("GET", "POST"))
def report_reading() -> Any:
    """Report what the counter shows, in whole cubic metres."""
    present = visit()
    points = [row for row in present.get("/metering/v1/metering-points", limit=100)["items"] if row["can_report"]]
    if request.method == "GET":
        wanted = request.args.get("matplats", "")
        chosen = wanted if any(row["id"] == wanted for row in points) else points[0]["id"] if len(points) == 1 else ""
        form = Form.empty(matplats=chosen, datum=today().isoformat())
        return render("meters/report.html", form=form, points=points, asked=None)
    form = Form.posted()
    value = _value(form)
    if not form["matplats"]:
        form.wrong("matplats", present.t("meters.choose_place"))
    asked = None
    if form.ok and value is not None:
        body = {"metering_point_id": form["matplats"], "value_m3": value, "read_on": form["datum"]}
        if form["matarnummer"]:
            body["meter_number"] = form["matarnummer"]
        try:
            made = present.send("POST", "/metering/v1/readings", body | {"confirmed": _confirmed(form)})
        except ApiError as error:
            form.refuse(error, **FIELDS)
            asked = _asked(form, error)
        else:
            flash("meters.reported")
            return redirect(f"/matare/avlasningar/{made['id']}", 303)
    return render("meters/report.html", form=form, points=points, asked=asked), form.status


@area.page("/matare/avlasningar/<uuid:reading_id>")
def show_reading(reading_id: UUID) -> str:
    """One reading: where it is, and what the billing system has answered."""
    reading = visit().get(f"/metering/v1/readings/{reading_id}")
    return render("meters/reading.html", reading=reading, **_around(reading))


@area.page("/matare/avlasningar/<uuid:reading_id>/ratta", acts=True, methods=("GET", "POST"))
def correct_reading(reading_id: UUID) -> Any:
    """Replace the value until it is billed (D24)."""
    present, asked = visit(), None
    reading = present.get(f"/metering/v1/readings/{reading_id}")
    form = Form.posted() if request.method == "POST" else Form.empty(varde=str(reading["value_m3"]))
    value = _value(form) if request.method == "POST" else None
    if value is not None and form.ok:
        body = {"value_m3": value, "confirmed": _confirmed(form)}
        try:
            present.send("POST", f"/metering/v1/readings/{reading_id}/corrections", body)
        except ApiError as error:
            form.refuse(error, **FIELDS)
            asked = _asked(form, error)
        else:
            flash("meters.corrected")
            return redirect(f"/matare/avlasningar/{reading_id}", 303)
    return render("meters/correct.html", reading=reading, form=form, asked=asked, **_around(reading)), form.status


def _around(reading: dict[str, Any]) -> dict[str, Any]:
    present = visit()
    points = present.get("/metering/v1/metering-points", limit=100)["items"]
    point = next((row for row in points if row["id"] == reading["metering_point_id"]), None)
    may_write = not (present.account is None or present.account.read_only)
    return {"point": point, "may_correct": reading["may_correct"] and may_write}


def _value(form: Form) -> int | None:
    """Whole cubic metres (D24); spaces between the digits are taken, decimals and letters are not."""
    text = "".join(form["varde"].split())
    if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
        return int(text)
    form.wrong("varde", visit().t("meters.whole_numbers" if text else "meters.no_value"))
    return None


def _asked(form: Form, error: ApiError) -> ApiError | None:
    """The question, where the refusal is one; a question is no fault of the field."""
    if error.code != ASKS:
        return None
    form.field_errors.clear()
    return error


def _confirmed(form: Form) -> bool:
    """The person has said yes to this very value; another one is asked about anew."""
    return form["bekraftat"] == "ja" and form["fragat_varde"] == form["varde"]
