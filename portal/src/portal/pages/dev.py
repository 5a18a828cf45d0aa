"""Every macro in every state, for those who build pages. Not there in production."""

from __future__ import annotations

from portal.charts import Bar, bars
from portal.client import ApiError
from portal.web import Area, Form, render

area = Area("dev")


@area.page("/dev/components", needs="anyone")
def components() -> str:
    """Show them all."""
    wrong = Form({"email": "anna@", "amount": ""})
    wrong.refuse(
        ApiError(
            422,
            "validation-error",
            "Något stämmer inte",
            "Rätta det som är markerat.",
            errors=[
                {"field": "email", "detail": "Ange en e-postadress som namn@exempel.se."},
                {"field": "amount", "detail": "Fältet måste fyllas i."},
            ],
        )
    )
    months = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
    rows = [
        Bar(
            name,
            f"{name} 2026",
            (float(700 + 90 * abs(6 - index)), float(640 + 80 * abs(6 - index))),
            (f"{700 + 90 * abs(6 - index)} kWh", f"{640 + 80 * abs(6 - index)} kWh"),
            note="Beräknad" if name in {"nov", "dec"} else "",
            uncertain=name in {"nov", "dec"},
        )
        for index, name in enumerate(months)
    ]
    chart = bars("use", "Elanvändning", rows, series=("2026", "2025"), unit="kWh", summary="Mest i januari.")
    return render("dev/components.html", wrong=wrong, fresh=Form.empty(email="karin@example.se"), chart=chart)
