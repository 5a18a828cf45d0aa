"""The log: what was done, when, by whom and why, also by customer service (FJ6, FC19)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request

from portal.client import ApiError
from portal.formats import ZONE
from portal.web import Area, Form, render, visit

area = Area("activity", menu="settings")
PAGE_SIZE = 30
PATHS = {"konto": "/activity/v1/account-activities", "jag": "/activity/v1/activities"}
FIELDS = {"from": "fran", "to": "till"}


@area.page("/installningar/aktivitet", needs="registered")
def show() -> Any:
    """My own log, or that of the account that I am in."""
    args = request.args
    form = Form.empty(visa=args.get("visa", ""), fran=args.get("fran", ""), till=args.get("till", ""))
    which = form["visa"] if form["visa"] in PATHS else "jag"
    if visit().account is None:
        which = "jag"
    form.values["visa"] = which
    listed: dict[str, Any] = {"items": [], "page": 1, "limit": PAGE_SIZE, "total": 0}
    after, before = _instant(form, "fran", days=0), _instant(form, "till", days=1)
    if form.ok:
        try:
            number = max(args.get("sida", 1, type=int), 1)
            query = {"from": after, "to": before, "page": number, "limit": PAGE_SIZE}
            listed = visit().get(PATHS[which], **query)
        except ApiError as error:
            form.refuse(error, **FIELDS)
    chosen = {name: form[name] for name in ("visa", "fran", "till")}
    names = {account.id: account.name for account in visit().accounts}
    return render("activity/show.html", form=form, listed=listed, chosen=chosen, names=names), form.status


def _instant(form: Form, name: str, *, days: int) -> str:
    """The midnight in Sweden at which a chosen day begins, or ends."""
    if not form[name]:
        return ""
    try:
        day = date.fromisoformat(form[name]) + timedelta(days=days)
    except (ValueError, OverflowError):
        form.wrong(name, visit().t("activity.no_date"))
        return ""
    return datetime.combine(day, time(), ZONE).isoformat()
