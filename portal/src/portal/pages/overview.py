"""The landing page: what there is to do, the numbers that matter, and the menu of everything (T57).

Each part comes from another service. One that does not answer leaves its own place empty, and the page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from chassis.ids import utcnow
from chassis.telemetry import logger
from portal.client import ApiError
from portal.pages.consumption import last_month, today, use_of
from portal.web import Area, Visit, render, visit

log = logger(__name__)
area = Area("overview", menu="overview")
STATUS_ENDED = 401
NOT_MINE = {403, 404}
"""A part that this person, or this installation, has not got: it is left out without a word."""
READ_AGAIN = timedelta(days=330)
"""A water meter is read once a year: from here on the page reminds."""
FEW = 3


@dataclass(frozen=True)
class ToDo:
    """One thing that waits for the person."""

    title: str
    text: str
    href: str
    icon: str
    kind: str = "info"
    """danger, warning or info: also the order."""


@dataclass
class Gathered:
    """What the services said, and which did not answer."""

    present: Visit
    silent: list[str] = field(default_factory=list)

    def ask(self, part: str, read: Callable[[], Any]) -> Any:
        """The answer, or None; only a session that has ended stops the page."""
        try:
            return read()
        except ApiError as error:
            if error.status == STATUS_ENDED:
                raise
            if error.status not in NOT_MINE:
                log.warning("part-missing", part=part, code=error.code)
                self.silent.append(part)
            return None

    def get(self, part: str, path: str, **query: Any) -> Any:
        """``ask`` for one address."""
        return self.ask(part, lambda: self.present.get(path, **query))


@area.page("/oversikt")
def show_overview() -> str:
    """Where everybody lands after login."""
    present = visit()
    gathered = Gathered(present)
    # Customer service sees the customer's page, not its own letters and addresses (FK9).
    own = present.account is not None and present.account.role != "support"
    invoices = gathered.get("invoices", "/billing/v1/invoices", status="unpaid", limit=100)
    points = gathered.get("meters", "/metering/v1/metering-points", limit=100)
    todo = [
        *_invoices(present, invoices),
        *_contact(present, gathered.get("contact", "/identity/v1/me") if own else None),
        *_approvals(present, gathered.get("members", "/invitations/v1/invitations", limit=100)),
        *_readings(present, points),
        *_review(present, gathered.get("review", "/org-registry/v1/membership-review")),
    ]
    todo.sort(key=lambda each: ("danger", "warning", "info").index(each.kind))
    return render(
        "overview/show.html",
        first_name=present.session["person"]["name"].split()[0] if present.session and own else "",
        todo=todo,
        silent=gathered.silent,
        year=today().year,
        costs=gathered.get("costs", "/billing/v1/costs", year=today().year),
        used=_use(gathered, points),
        news=_news(gathered) if own else [],
        shared=own and _shared(gathered),
        watching=_watching(gathered.get("support", "/org-registry/v1/support-accesses", limit=1)),
    )


def _news(gathered: Gathered) -> list[dict[str, Any]]:
    """The newest notices to this person (FI14)."""
    listed = gathered.get("news", "/notify/v1/notifications", limit=FEW)
    return list(listed["items"]) if listed else []


def _shared(gathered: Gathered) -> bool:
    """Whether others share invoices with this person (FC22)."""
    listed = gathered.get("shared", "/billing/v1/shared-invoices", limit=1)
    return bool(listed and listed["total"])


def _invoices(present: Visit, listed: Any) -> list[ToDo]:
    """Overdue ones together, the others each by itself while they are few."""
    if not listed:
        return []
    texts, formats = present.t, present.formats
    rows = [row for row in listed["items"] if row["remaining_ore"] > 0]
    overdue = [row for row in rows if row["overdue"]]
    coming = sorted((row for row in rows if not row["overdue"]), key=lambda row: str(row["due_on"]))
    found = []
    if overdue:
        total = formats.money(sum(row["remaining_ore"] for row in overdue))
        href = f"/fakturor/{overdue[0]['id']}" if len(overdue) == 1 else "/fakturor?status=unpaid"
        title = texts.count("overview.overdue", len(overdue))
        found.append(ToDo(title, texts("overview.overdue_text", total=total), href, "triangle-alert", "danger"))
    for row in coming[:FEW]:
        title = texts("overview.unpaid", total=formats.money(row["remaining_ore"]))
        text = texts("overview.unpaid_text", due=formats.date(row["due_on"]), number=row["invoice_number"])
        found.append(ToDo(title, text, f"/fakturor/{row['id']}", "receipt", "warning"))
    if len(coming) > FEW:
        more = texts.count("overview.more_unpaid", len(coming) - FEW)
        found.append(ToDo(more, texts("overview.more_unpaid_text"), "/fakturor?status=unpaid", "receipt", "warning"))
    return found


def _contact(present: Visit, me: Any) -> list[ToDo]:
    """An address that takes no mail is shown where the person cannot miss it (B-04); once a year, all of them (FJ5)."""
    texts = present.t
    lost = [name for name in ("email", "phone") if me and me[f"{name}_bounced"]]
    if not lost and me and me.get("contact_review_due"):
        href = "/installningar/kontaktuppgifter"
        return [ToDo(texts("overview.contact_review"), texts("overview.contact_review_text"), href, "mail")]
    return [
        ToDo(texts(f"overview.bounced_{name}"), texts("overview.bounced_text"), "/installningar", "mail", "warning")
        for name in lost
    ]


def _approvals(present: Visit, listed: Any) -> list[ToDo]:
    """Somebody has accepted and waits for a yes (T51)."""
    texts = present.t
    waiting = [row for row in listed["items"] if row["status"] == "accepted" and row["may_decide"]] if listed else []
    return [
        ToDo(
            texts("overview.approve", name=row["acceptor"]["name"] if row["acceptor"] else row["invited_address"]),
            texts("overview.approve_text", before=present.formats.date(row["approve_before"])),
            f"/behorigheter/inbjudningar/{row['id']}",
            "user-check",
            "warning",
        )
        for row in waiting[:FEW]
    ]


def _readings(present: Visit, points: Any) -> list[ToDo]:
    """Meters that nobody has read for most of a year."""
    if not points or present.account is None or present.account.read_only:
        return []
    texts = present.t
    return [
        ToDo(
            texts("overview.read", place=point["address"]["street"]),
            texts("overview.read_text", date=present.formats.date(point["last_reading"]["read_on"]))
            if point["last_reading"]
            else texts("overview.never_read"),
            f"/matare/avlasningar/ny?matplats={point['id']}",
            "droplets",
        )
        for point in points["items"]
        if point["can_report"] and _is_old(point["last_reading"])
    ][:FEW]


def _is_old(reading: dict[str, Any] | None) -> bool:
    return reading is None or today() - date.fromisoformat(reading["read_on"]) > READ_AGAIN


def _review(present: Visit, review: Any) -> list[ToDo]:
    """Once a year: are these people still right (B-08)."""
    if not review or not review["due"]:
        return []
    texts = present.t
    return [ToDo(texts("overview.review"), texts("overview.review_text"), "/behorigheter/oversyn", "users")]


def _use(gathered: Gathered, points: Any) -> list[dict[str, Any]]:
    """The last month at the first few places (T63)."""
    shown = []
    for point in (points["items"] if points else [])[:FEW]:
        month = gathered.ask("use", partial(_month_at, gathered.present, point["id"]))
        if month:
            shown.append({"point": point, "month": month})
    return shown


def _month_at(present: Visit, point_id: str) -> dict[str, Any] | None:
    return last_month(present, point_id, use_of(present, point_id, today().year))


def _watching(accesses: Any) -> dict[str, Any] | None:
    """Customer service may look just now, by the customer's own consent (B-22)."""
    rows = accesses["items"] if accesses else []
    return next(
        (row for row in rows if row["ended_at"] is None and datetime.fromisoformat(row["until"]) > utcnow()), None
    )
