"""Customer service may look, when the customer lets it, for a chosen time, and is seen doing so (B-22)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, request

from chassis.ids import utcnow
from portal.client import ApiError
from portal.web import Area, Form, flash, render, visit

area = Area("support", menu="settings")
HERE = "/installningar/kundservice"
PATH = "/org-registry/v1/support-accesses"
HOURS = ("1", "4", "24", "72", "168")


@area.page(HERE, methods=("GET", "POST"))
def show() -> Any:
    """Give access for some hours; see what was given, and what was made of it."""
    form = Form.posted() if request.method == "POST" else Form.empty(hours="24")
    if request.method == "POST":
        try:
            visit().send("POST", PATH, {"hours": int(form["hours"]) if form["hours"] in HOURS else 0})
        except ApiError as error:
            form.refuse(error)
        else:
            flash("support.given")
            return redirect(HERE, 303)
    rows = visit().get(PATH)["items"]
    running = [row for row in rows if row["ended_at"] is None and datetime.fromisoformat(row["until"]) > utcnow()]
    past = [row for row in rows if row not in running]
    return render("support/show.html", form=form, running=running, past=past, hours=HOURS), form.status


@area.page(HERE + "/<uuid:access_id>/avsluta", methods=("POST",))
def end(access_id: UUID) -> Any:
    """End it at once."""
    visit().send("DELETE", f"{PATH}/{access_id}")
    flash("support.ended")
    return redirect(HERE, 303)
