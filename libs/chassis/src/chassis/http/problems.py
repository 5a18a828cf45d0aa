"""RFC 9457 problems in Swedish and English: the only place that knows which status an error has."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from flask import Response, g, has_request_context, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from chassis import errors
from chassis.telemetry import trace_context

STATUS: dict[type[errors.DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.Invalid: 422,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.DomainError: 400,
}

CONTENT_TYPE = "application/problem+json"

Texts = tuple[tuple[str, str], tuple[str, str]]
HTTP_TEXTS: dict[int, tuple[str, Texts]] = {
    400: (
        "bad-request",
        (("Felaktig begäran", "Begäran går inte att tolka."), ("Bad request", "The request could not be understood.")),
    ),
    404: ("not-found", (errors.NotFound.sv, errors.NotFound.en)),
    405: (
        "method-not-allowed",
        (
            ("Metoden stöds inte", "Adressen finns men stöder inte den metoden."),
            ("Method not allowed", "The address exists but does not take that method."),
        ),
    ),
    406: (
        "not-acceptable",
        (
            ("Formatet stöds inte", "Svaret finns bara som JSON."),
            ("Not acceptable", "The answer is available as JSON only."),
        ),
    ),
    408: ("timeout", (("Det tog för lång tid", "Försök igen."), ("It took too long", "Try again."))),
    413: (
        "too-large",
        (
            ("För stort", "Det du skickade är större än vad som tas emot."),
            ("Too large", "What you sent is larger than what is accepted."),
        ),
    ),
    415: (
        "unsupported-media-type",
        (
            ("Innehållstypen stöds inte", "Skicka application/json i UTF-8 utan komprimering."),
            ("Unsupported media type", "Send application/json in UTF-8, not compressed."),
        ),
    ),
    500: (
        "internal-error",
        (
            ("Något gick fel hos oss", "Felet är registrerat. Försök igen om en stund."),
            ("Something went wrong on our side", "The fault has been recorded. Try again in a while."),
        ),
    ),
}


class Text(str):
    """A message in both languages; validators raise ``ValidationError(Text("…", "…"))``."""

    en: str

    def __new__(cls, sv: str, en: str) -> Text:
        """``sv`` is the string itself, ``en`` its twin."""
        text = super().__new__(cls, sv)
        text.en = en
        return text


# What marshmallow says, and what we say. Patterns keep bounds and choices, which are ours, never the value.
MESSAGES: list[tuple[re.Pattern[str], str, str]] = [
    (re.compile(pattern), sv, en)
    for pattern, sv, en in [
        (r"^Missing data for required field\.$", "Fältet måste fyllas i.", "This field is required."),
        (r"^Field may not be null\.$", "Fältet får inte vara tomt.", "This field may not be empty."),
        (r"^Unknown field\.$", "Fältet är okänt. Ta bort det.", "Unknown field. Remove it."),
        (r"^Not a valid (?:integer|number)\.$", "Ange ett heltal.", "Enter a whole number."),
        (r"^Not a valid string\.$", "Ange text.", "Enter text."),
        (r"^Not a valid UUID\.$", "Ange ett giltigt id.", "Enter a valid id."),
        (r"^Not a valid date\.$", "Ange ett datum som 2026-03-05.", "Enter a date such as 2026-03-05."),
        (
            r"^Not a valid datetime\.$",
            "Ange en tidpunkt som 2026-03-05T10:00:00Z.",
            "Enter a time such as 2026-03-05T10:00:00Z.",
        ),
        (r"^Not a valid boolean\.$", "Ange true eller false.", "Enter true or false."),
        (r"^Not a valid list\.$", "Ange en lista.", "Enter a list."),
        (r"^(?:Invalid input type|Not a valid mapping type)\.$", "Ange ett objekt.", "Enter an object."),
        (
            r"^Not a valid email address\.$",
            "Ange en e-postadress som namn@exempel.se.",
            "Enter an e-mail address such as name@example.com.",
        ),
        (r"^Must be one of: (.+)\.$", r"Välj något av: \1.", r"Choose one of: \1."),
        (r"^Longer than maximum length (\d+)\.$", r"Högst \1 tecken.", r"At most \1 characters."),
        (r"^Shorter than minimum length (\d+)\.$", r"Minst \1 tecken.", r"At least \1 characters."),
        (r"^Length must be between (\d+) and (\d+)\.$", r"Mellan \1 och \2 tecken.", r"Between \1 and \2 characters."),
        (r"^Length must be (\d+)\.$", r"Exakt \1 tecken.", r"Exactly \1 characters."),
        (r"^Must be greater than or equal to (-?\d+)(.*)\.$", r"Minst \1.", r"At least \1."),
        (r"^Must be less than or equal to (-?\d+)(.*)\.$", r"Högst \1.", r"At most \1."),
        (r"^String does not match expected pattern\.$", "Formatet stämmer inte.", "The format is not right."),
    ]
]


def message(text: str, locale: str) -> str:
    """Return a validation message in the user's language; one we do not know becomes a general one."""
    if isinstance(text, Text):
        return text.en if locale == "en" else str(text)
    for pattern, sv, en in MESSAGES:
        match = pattern.match(text)
        if match:
            return match.expand(en if locale == "en" else sv)
    return "The value is not valid." if locale == "en" else "Värdet är inte giltigt."


def locale() -> str:
    """The language of the present request: what the browser asks for, else the person's, else Swedish."""
    if not has_request_context():
        return "sv"
    chosen = request.accept_languages.best_match(["sv", "en"])
    return chosen or getattr(g, "locale", None) or "sv"


def status_of(error: errors.DomainError) -> int:
    """Look the status up by class, through the inheritance."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def render(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    fields: list[dict[str, str]] | None = None,
    retry_after: int | None = None,
    params: dict[str, Any] | None = None,
) -> Response:
    """Build the answer. ``instance`` is the correlation id: what to tell customer service.

    ``params`` are the facts that the text was made of, for a client that writes its own.
    """
    body: dict[str, Any] = {
        "type": f"urn:minasidor:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:minasidor:request:{trace_context().correlation_id}",
        "code": code,
    }
    if fields:
        body["errors"] = fields
    if params:
        body["params"] = params
    response = Response(msgspec.json.encode(body), status=status, content_type=CONTENT_TYPE)
    response.headers["Content-Language"] = locale()
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def from_domain(error: errors.DomainError) -> Response:
    """A refusal of ours."""
    title, detail = error.text(locale())
    fields = [{"field": error.field, "detail": detail}] if error.field else None
    return render(
        status=status_of(error),
        code=error.code,
        title=title,
        detail=detail,
        fields=fields,
        retry_after=getattr(error, "retry_after", None),
        params=error.params,
    )


def from_validation(messages: Any) -> Response:
    """What the schema refused, one entry per field."""
    title, detail = errors.Invalid.sv if locale() == "sv" else errors.Invalid.en
    return render(status=422, code="invalid", title=title, detail=detail, fields=_flatten(messages))


def from_http(error: HTTPException) -> Response:
    """What Flask or Werkzeug refused; their own texts stay inside."""
    status = error.code or 500
    code, (sv, en) = HTTP_TEXTS.get(status) or HTTP_TEXTS[500 if status >= 500 else 400]  # noqa: PLR2004
    title, detail = en if locale() == "en" else sv
    response = render(status=status, code=code, title=title, detail=detail)
    if isinstance(error, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def _flatten(messages: Any, path: str = "") -> list[dict[str, str]]:
    if isinstance(messages, dict):
        found = []
        for key, value in messages.items():
            part = "" if key in {"json", "query", "_schema", "files", "form"} and not path else str(key)
            found += _flatten(value, f"{path}.{part}" if path and part else path or part)
        return found
    if isinstance(messages, list):
        return [entry for item in messages for entry in _flatten(item, path)]
    return [{"field": path, "detail": message(messages if isinstance(messages, str) else str(messages), locale())}]
