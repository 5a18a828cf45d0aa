"""The gateway's refusals as people see them: a page where a browser asked for one, problem+json for everybody else.

The pages stand in nginx's configuration like the problems, so they need neither the portal nor the policy. Their style
is one file beside them. Under ``/api/`` nothing is ever a page.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from gateway.nginx.maps import variable
from gateway.nginx.text import block, mapping, pattern, quoted
from gateway.schemas.problems import PROBLEMS, Problem, Text
from gateway.settings import Settings

STYLE = "refusals.css"
STYLE_PATH = "/gateway.css"
THEME = "vendor/theme.css"
"""Of the portal's static files: the colours of the brand."""
STYLE_RATE = ("50r/s", 100)
"""Of the style: of its own, so that whoever meets a limit gets a page that looks like one."""
AGAIN = frozenset({"too-many-requests", "service-unavailable", "service-timeout", "timeout"})
"""Where trying again is the mend."""

WORDS: dict[str, tuple[Text, Text]] = {
    "bad-request": (
        (
            "Det gick inte att förstå det som skickades",
            "Gå till startsidan och börja därifrån. Hjälper inte det, ta bort webbläsarens kakor för Mina sidor.",
        ),
        (
            "What was sent could not be understood",
            "Go to the start page and begin from there. If that does not help, remove the cookies of this site.",
        ),
    ),
    "not-found": (
        ("Sidan finns inte", "Adressen kan vara felskriven, eller så är sidan borttagen."),
        ("There is no such page", "The address may be misspelt, or the page has been removed."),
    ),
    "too-large": (
        ("Filen är för stor", "Inget har tagits emot. Gå tillbaka och välj en mindre fil, högst 10 MB."),
        ("The file is too large", "Nothing was received. Go back and choose a smaller file, at most 10 MB."),
    ),
    "too-many-requests": (
        ("Det blev för många försök", "Vänta en minut och försök igen. Det du skickade nu togs inte emot."),
        ("There were too many attempts", "Wait a minute and try again. What you sent now was not received."),
    ),
    "service-unavailable": (
        (
            "Mina sidor är inte tillgängliga just nu",
            "Försök igen om en stund. Skickade du in något, se efter om det kom fram innan du skickar det igen.",
        ),
        (
            "My pages is not available just now",
            "Try again in a while. If you sent something, see whether it arrived before you send it again.",
        ),
    ),
    "service-timeout": (
        (
            "Det tog för lång tid",
            "Försök igen om en stund. Skickade du in något, se efter om det kom fram innan du skickar det igen.",
        ),
        (
            "It took too long",
            "Try again in a while. If you sent something, see whether it arrived before you send it again.",
        ),
    ),
}
"""Code -> Swedish, English, where a program's problem says too little to a person, or too much."""
LABELS = {
    "sv": ("Mina sidor", "Försök igen", "Till startsidan", "Om du kontaktar kundservice, uppge numret"),
    "en": ("My pages", "Try again", "To the start page", "If you contact customer service, give them the number"),
}
PAGE = """<!doctype html>
<html lang="{language}" data-color-scheme="light">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - {product}</title>
{styles}
</head>
<body>
<header><p><a href="/">{product}</a></p></header>
<main>
<h1>{title}</h1>
<p>{text}</p>
<p>{again}<a{start_class} href="/">{to_start}</a></p>
<p class="muted">{reference} <code>$correlation_id</code></p>
</main>
</body>
</html>
"""


def render(settings: Settings) -> list[str]:
    """Who gets a page, in which language, and the pages."""
    lines = [
        "# A browser that opens an address names HTML before JSON; its scripts and all programs do not.",
        *mapping(
            "$http_accept",
            "likes_pages",
            [(pattern("~*^(?:(?!application/(?:problem\\+)?json).)*\\btext/html\\b"), "1"), ("default", '""')],
        ),
        "# Some refusals come before a location is chosen: then a plain address outside the API says enough.",
        *mapping(
            '"$likes_pages:$page $request_uri"',
            "as_page",
            [
                (pattern("~^1:1 /(?!/*api(?:[/?]|\\z))"), "1"),
                (pattern("~^1: /(?!/*api(?:[/?]|\\z))(?!\\S*(?://|/\\.|%))"), "1"),
                ("default", '""'),
            ],
        ),
        "# The language that the person chose in the portal, else the browser's.",
        *mapping(
            "$http_cookie",
            "page_language",
            [(pattern("~(?:^|;[ \\t]*)__Host-language=(?<chosen>sv|en)(?:;|$)"), "$chosen"), ("default", "$language")],
        ),
        f"limit_req_zone $client_net zone=style:1m rate={STYLE_RATE[0]};",
    ]
    for problem in PROBLEMS:
        lines += mapping(
            "$page_language",
            f"page_{variable(problem.code)}",
            [
                ("en", quoted(page(problem.code, "en", settings))),
                ("default", quoted(page(problem.code, "sv", settings))),
            ],
        )
    return lines


def page(code: str, language: str, settings: Settings) -> str:
    """Return the page of a problem; nginx puts the request's id into it."""
    problem = next(problem for problem in PROBLEMS if problem.code == code)
    swedish, english = WORDS.get(code) or (problem.sv, problem.en)
    title, text = english if language == "en" else swedish
    product, try_again, to_start, reference = LABELS[language]
    again = code in AGAIN
    return PAGE.format(
        language=language,
        title=escape(title),
        text=escape(text),
        product=product,
        styles="\n".join(f'<link rel="stylesheet" href="{href}">' for href in _styles(settings)),
        again=f'<a class="action" href="">{try_again}</a> ' if again else "",
        start_class="" if again else ' class="action"',
        to_start=to_start,
        reference=reference,
    )


def _styles(settings: Settings) -> Iterable[str]:
    if settings.static_folder and (Path(settings.static_folder) / THEME).is_file():
        yield f"/static/{THEME}"
    yield STYLE_PATH


def style_location(www: str) -> list[str]:
    """The pages' style, with a limit of its own."""
    return block(
        f"location = {STYLE_PATH}",
        [
            "set $page 1;",
            "set $keep 'public, max-age=3600';",
            f"limit_req zone=style burst={STYLE_RATE[1]} nodelay;",
            f"root {www};",
        ],
    )


def locations(problem: Problem) -> list[str]:
    """Where a problem's own location sends a browser."""
    return block(
        f"location = /_page/{problem.code}",
        [
            "internal;",
            "# The body that was refused is not measured again.",
            "client_max_body_size 0;",
            "default_type text/html;",
            "set $page 1;",
            "set $keep '';",
            "set $problem_language $page_language;",
            f"return {problem.status} $page_{variable(problem.code)};",
        ],
    )


def turn(code: str) -> str:
    """Send a browser from a problem to its page."""
    return f"if ($as_page) {{ rewrite ^ /_page/{code} last; }}"


__all__ = ["STYLE", "STYLE_PATH", "WORDS", "locations", "page", "render", "style_location", "turn"]
