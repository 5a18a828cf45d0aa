"""``./minasidor screenshots`` has a picture of every page, or says here why not."""

from __future__ import annotations

import re

from flask import Flask

from portal.pages import areas
from runner import pictures

NO_PICTURE = {
    "/session": "data for a script",
    "/installningar/mina-uppgifter/fil/<uuid:export_id>": "a file",
    "/logga-in/e-legitimation": "leads on to another site",
    "/logga-in/retur": "a script's step",
    "/skriv-under/retur": "a script's step",
    "/logga-in/<uuid:login_id>": "the login page without script",
    "/skriv-under/<uuid:order_id>": "needs another service's order",
    "/skriv-under/<uuid:order_id>/pagar": "needs another service's order",
    "/inbjudan/svar": "needs a mail's secret",
    "/inbjudan/tack": "needs a mail's secret",
    "/delad-faktura/svar": "needs a mail's secret",
    "/kopior/svar": "needs a mail's secret",
    "/delade-fakturor/<uuid:share_id>": "needs a mail's secret",
    "/installningar/kontaktuppgifter/kod/<uuid:change_id>": "needs a change that has begun",
    "/matare/avlasningar/<uuid:reading_id>/ratta": "the demo's readings are billed",
    "/behorigheter/<uuid:membership_id>/ta-bort": "a question in a dialog, where there is script",
    "/fullmakt/<uuid:power_id>": "nobody in the demo has sent one in",
    "/personal/fullmakter/<uuid:power_id>": "nobody in the demo has sent one in",
    "/radering/<uuid:erasure_id>": "nobody in the demo is erased",
}
"""The browser's tests go to all of these."""


def shown(rule: str) -> bool:
    """Whether the command goes there."""
    if "<" in rule:
        behind = (behind.rstrip("0") for _, behind in (*pictures.FOLLOWED, *pictures.COMPANY))
        return re.sub(r"<[^>]+>$", "", rule) in behind
    listed = (pictures.STRANGER, pictures.NEW, pictures.CHOOSING, pictures.INSIDE, pictures.STAFF_PAGES)
    return any(rule in paths for paths in listed)


def test_every_page_has_a_picture_or_a_reason() -> None:
    app = Flask("pages", static_folder=None)
    for area in areas(development=True):
        app.register_blueprint(area)
    rules = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert {rule for rule in rules if not shown(rule)} == NO_PICTURE.keys()
