"""The page for strangers: what this is, and how to get in (T1-T11, S1)."""

from __future__ import annotations

from typing import Any

from flask import redirect

from portal.web import Area, render, visit

area = Area("start")
QUESTIONS = ("bankid", "access", "company", "association", "delegate", "missing")


@area.page("/", needs="anyone")
def show_start() -> Any:
    """Strangers get the page; who is logged in goes on to the overview."""
    if visit().session is not None:
        return redirect("/oversikt", 303)
    return render("start/start.html", questions=QUESTIONS)
