"""What it costs and how much is used: the year by month and service, the last month, periods compared (T62-T65)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask import request

from chassis.ids import utcnow
from portal.charts import Bar, Chart, bars
from portal.formats import ZONE
from portal.web import Area, Form, Visit, render, visit

area = Area("consumption", menu="consumption")
PLACES = 10
"""Places on one page: each is asked for by itself."""
MONTHS = range(1, 13)
FIRST_YEAR = 1990
BACK = 5
"""Years that may be chosen to compare with."""
LITRES = 1000


def today() -> date:
    """The date in Sweden."""
    return utcnow().astimezone(ZONE).date()


def chosen_year(name: str, default: int | None = None) -> int:
    """The year of the address, when it is one that there can be anything for."""
    this = today().year
    year = request.args.get(name, default if default is not None else this, type=int)
    return year if FIRST_YEAR <= year <= this else this


@area.page("/kostnader")
def show_costs() -> str:
    """The cost of a year, VAT included, by month of invoice and by service (T62)."""
    present, year = visit(), chosen_year("ar")
    costs = present.get("/billing/v1/costs", year=year)
    before = present.get("/billing/v1/costs", year=year - 1)
    spent = [row for row in costs["months"] if row["total_ore"]]
    return render(
        "consumption/costs.html",
        costs=costs,
        chart=_cost_chart(present, costs) if spent else None,
        average=costs["total_ore"] // len(spent) if spent else 0,
        before=before["total_ore"],
        months_before=sum(1 for row in before["months"] if row["total_ore"]),
        change=_change(present, costs, before),
        by_service=by_size(costs),
        is_present=year == today().year,
    )


def _change(present: Visit, costs: dict[str, Any], before: dict[str, Any]) -> tuple[float, str] | None:
    """Against the year before, on the months in which both have an invoice: how much, and which months they are."""
    pairs = [
        (mine["month"], mine["total_ore"], theirs["total_ore"])
        for mine, theirs in zip(costs["months"], before["months"], strict=True)
        if mine["total_ore"] and theirs["total_ore"]
    ]
    earlier = sum(theirs for _, _, theirs in pairs)
    if earlier <= 0:
        return None
    return round((sum(mine for _, mine, _ in pairs) - earlier) / earlier, 2), _spans(
        present, [month for month, _, _ in pairs]
    )


def _spans(present: Visit, months: list[int]) -> str:
    """``[1, 2, 3, 11]`` -> "januari-mars, november", with a dash as in print."""
    runs: list[list[int]] = []
    for month in months:
        if runs and month == runs[-1][-1] + 1:
            runs[-1].append(month)
        else:
            runs.append([month])
    name = present.formats.month_name
    return ", ".join(name(run[0]) if len(run) == 1 else f"{name(run[0])}\u2013{name(run[-1])}" for run in runs)


def by_size(costs: dict[str, Any]) -> list[dict[str, Any]]:
    """The services, the dearest first and fees last."""
    return sorted(costs["areas"], key=lambda row: (row["service_area"] == "other", -row["amount_ore"]))


def _cost_chart(present: Visit, costs: dict[str, Any]) -> Chart:
    formats, texts = present.formats, present.t
    areas = [row["service_area"] for row in by_size(costs)]
    rows = []
    for month in costs["months"]:
        amounts = {row["service_area"]: row["amount_ore"] for row in month["areas"]}
        rows.append(
            Bar(
                label=formats.month_name(month["month"], short=True)[:3],
                name=f"{formats.month_name(month['month'])} {costs['year']}",
                values=tuple(amounts.get(name, 0) / 100 for name in areas),
                texts=tuple(formats.money(amounts.get(name, 0)) for name in areas),
            )
        )
    most = max(costs["months"], key=lambda row: row["total_ore"])
    return bars(
        "costs",
        texts("consumption.cost_chart", year=costs["year"]),
        rows,
        series=[texts(f"common.area_{name}") for name in areas],
        unit="kr",
        tick=formats.number,
        stacked=True,
        summary=texts(
            "consumption.cost_summary",
            total=formats.money(costs["total_ore"]),
            month=formats.month_name(most["month"]),
            most=formats.money(most["total_ore"]),
        ),
    )


@area.page("/forbrukning")
def list_services() -> str:
    """Each place with the use of the last month and of the year (T63); one leads on to its year (T64)."""
    present = visit()
    number = max(request.args.get("sida", 1, type=int), 1)
    listed = present.get("/metering/v1/metering-points", page=number, limit=PLACES)
    shown = [_place(present, point) for point in listed["items"]]
    return render("consumption/services.html", listed=listed, shown=shown, year=today().year)


def _place(present: Visit, point: dict[str, Any]) -> dict[str, Any]:
    use = use_of(present, point["id"], today().year)
    return {"point": point, "use": use, "month": last_month(present, point["id"], use)}


def use_of(present: Visit, point_id: str, year: int) -> dict[str, Any]:
    """The use of a year at one place."""
    body: dict[str, Any] = present.get("/metering/v1/consumption", metering_point_id=point_id, year=year)
    return body


def last_month(present: Visit, point_id: str, use: dict[str, Any]) -> dict[str, Any] | None:
    """The month before this one, or the newest before it of which anything is known."""
    now = today()
    rows = [row | {"year": use["year"]} for row in use["months"] if row["month"] < now.month]
    if not any(row["quality"] for row in rows):
        before = use_of(present, point_id, now.year - 1)
        rows = [row | {"year": before["year"]} for row in before["months"]] + rows
    known = [row for row in rows if row["quality"]]
    return known[-1] if known else None


@area.page("/forbrukning/<uuid:point_id>")
def show_use(point_id: UUID) -> str:
    """The use of a year at one place, and of another year beside it (T64, T65)."""
    present, year = visit(), chosen_year("ar")
    compared = chosen_year("jamfor", year - 1) if request.args.get("jamfor") != "" else None
    if compared == year:
        compared = None
    use = use_of(present, str(point_id), year)
    other = use_of(present, str(point_id), compared) if compared else None
    has_other = bool(other and any(row["quality"] for row in other["months"]))
    form = Form.empty(ar=str(year), jamfor=str(compared or ""))
    years = [str(each) for each in range(today().year, today().year - BACK - 1, -1)]
    return render(
        "consumption/use.html",
        point=_point(present, str(point_id)),
        use=use,
        other=other,
        form=form,
        years=years,
        chart=_use_chart(present, use, other if has_other else None),
        difference=_difference(use, other) if has_other and other else None,
    )


def _point(present: Visit, point_id: str) -> dict[str, Any]:
    """The place's name; a place beyond the first hundred goes without."""
    rows = present.get("/metering/v1/metering-points", limit=100)["items"]
    return next((row for row in rows if row["id"] == point_id), {"id": point_id, "address": None, "meter": None})


def _difference(use: dict[str, Any], other: dict[str, Any]) -> dict[str, Any] | None:
    """What both years know: the same months, in litres."""
    pairs = [
        (mine["use_litres"], theirs["use_litres"])
        for mine, theirs in zip(use["months"], other["months"], strict=True)
        if mine["quality"] and theirs["quality"]
    ]
    before = sum(theirs for _, theirs in pairs)
    if not before:
        return None
    now = sum(mine for mine, _ in pairs)
    return {"months": len(pairs), "share": round((now - before) / before, 2)}


def _use_chart(present: Visit, use: dict[str, Any], other: dict[str, Any] | None) -> Chart | None:
    years = [use] + ([other] if other else [])
    if not any(row["quality"] for each in years for row in each["months"]):
        return None
    formats, texts = present.formats, present.t
    rows = []
    for index, month in enumerate(MONTHS):
        cells = [each["months"][index] for each in years]
        said = [texts(f"consumption.quality_{cell['quality']}") if cell["quality"] else "" for cell in cells]
        rows.append(
            Bar(
                label=formats.month_name(month, short=True)[:3],
                name=formats.month_name(month),
                values=tuple(cell["use_litres"] / LITRES if cell["quality"] else None for cell in cells),
                texts=tuple(
                    formats.number(cell["use_litres"] / LITRES, "m³", digits=1)
                    if cell["quality"]
                    else texts("consumption.no_value")
                    for cell in cells
                ),
                note=" / ".join(said) if any(said) else "",
                uncertain=tuple(cell["quality"] == "estimated" for cell in cells),
            )
        )
    return bars(
        "use",
        texts("consumption.use_chart", year=use["year"]),
        rows,
        series=[str(each["year"]) for each in years],
        unit="m³",
        tick=formats.number,
        summary=texts(
            "consumption.use_summary",
            year=use["year"],
            total=formats.number(use["use_litres"] / LITRES, "m³", digits=1),
        ),
    )
