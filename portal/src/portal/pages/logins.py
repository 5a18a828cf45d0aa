"""Where I am logged in, and where I have been (B-19, D20)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.web import Area, flash, render, visit

area = Area("logins", menu="settings")
HERE = "/installningar/inloggningar"
PAGE_SIZE = 20


@area.page(HERE, needs="person")
def show() -> Any:
    """My open sessions, and my logins of 36 months."""
    number = max(request.args.get("sida", 1, type=int), 1)
    return render(
        "logins/show.html",
        sessions=visit().get("/identity/v1/sessions")["items"],
        records=visit().get("/identity/v1/login-records", page=number, limit=PAGE_SIZE),
    )


@area.page(HERE + "/<uuid:session_id>/avsluta", needs="person", methods=("POST",))
def end(session_id: UUID) -> Any:
    """End one of my sessions; ending this one is logging out."""
    visit().send("DELETE", f"/identity/v1/sessions/{session_id}")
    flash("logins.ended")
    return redirect(HERE, 303)


@area.page(HERE + "/avsluta-andra", needs="person", methods=("POST",))
def end_others() -> Any:
    """Log out everywhere but here."""
    visit().send("DELETE", "/identity/v1/sessions")
    flash("logins.others_ended")
    return redirect(HERE, 303)
