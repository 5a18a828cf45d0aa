"""Settings: the way to everything that a person may change, and how notices come (T42, T66, D26, D27)."""

from __future__ import annotations

from typing import Any

from flask import redirect, request

from portal.client import ApiError
from portal.web import Area, Form, flash, render, visit

area = Area("settings", menu="settings")
PREFERENCES = "/notify/v1/preferences"
CHANNELS = ("email", "sms")


@area.page("/installningar", needs="registered")
def overview() -> Any:
    """What there is to change."""
    return render("settings/overview.html", me=visit().get("/identity/v1/me"))


@area.page("/installningar/sprak", needs="registered")
def language() -> Any:
    """Swedish or English, for the pages and for notices."""
    return render("settings/language.html")


@area.page("/installningar/aviseringar", needs="registered", methods=("GET", "POST"))
def notices() -> Any:
    """The channel for each subject; what must come by e-mail cannot be switched off (D26)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    present = visit().get(PREFERENCES)
    if request.method == "POST":
        items = [
            {
                "subject": row["subject"],
                "email": row["mandatory"] or form[f"email-{row['subject']}"] == "yes",
                "sms": form[f"sms-{row['subject']}"] == "yes",
            }
            for row in present["items"]
        ]
        try:
            visit().send("PUT", PREFERENCES, {"items": items})
        except ApiError as error:
            form.refuse(error)
            chosen = {item["subject"]: item for item in items}
            present["items"] = [row | chosen[row["subject"]] for row in present["items"]]
        else:
            flash("settings.notices_saved")
            return redirect("/installningar/aviseringar", 303)
    lacking = [row["channel"] for row in present["channels"] if not row["has_address"]]
    bounced = [row["channel"] for row in present["channels"] if row["bounced_at"]]
    page = render("settings/notices.html", form=form, rows=present["items"], lacking=lacking, bounced=bounced)
    return page, form.status
