"""The web page: Swedish, without JavaScript, nothing of a mail runs in it."""

import io
import re
from typing import Final

from flask import Blueprint, Response, abort, render_template, request, send_file
from markupsafe import Markup, escape

from sim_postbox.messages import LINK, TRAILING, Message
from sim_postbox.state import current

PER_PAGE: Final = 50
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

blueprint = Blueprint("pages", __name__)


@blueprint.after_request
def _secure(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.app_template_filter()
def linked(text: str) -> Markup:
    """Text with its http and https addresses as links; everything else escaped."""
    result = Markup()
    end = 0
    for found in LINK.finditer(text):
        address = found.group().rstrip(TRAILING)
        result += escape(text[end : found.start()])
        result += Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(address)
        end = found.start() + len(address)
    return result + escape(text[end:])


@blueprint.app_template_filter()
def clock(at: str) -> str:
    """`2026-11-22T03:15:36.1+00:00` as `2026-11-22 03:15:36 UTC`."""
    return re.sub(r"[.+].*$", "", at).replace("T", " ") + " UTC"


@blueprint.get("/")
def index() -> str:
    """All mail and SMS, newest first; `till` limits them to one recipient."""
    to = request.args.get("till", "").strip()
    page = max(1, request.args.get("sida", 1, type=int))
    found = current().box.find(to=to)[::-1]
    first = (page - 1) * PER_PAGE
    return render_template(
        "index.html",
        messages=found[first : first + PER_PAGE],
        total=len(found),
        to=to,
        page=page,
        more=len(found) > first + PER_PAGE,
    )


def _message(message_id: str, kind: str | None = None) -> Message:
    message = current().box.get(message_id)
    if message is None or kind not in (None, message.kind):
        abort(404)
    return message


@blueprint.get("/messages/<message_id>")
def show(message_id: str) -> str:
    """One message: text, links, the HTML part in a frame, headers."""
    return render_template("message.html", message=_message(message_id))


@blueprint.get("/messages/<message_id>/html")
def html(message_id: str) -> Response:
    """The HTML part alone: no scripts, no forms, nothing fetched; links open a new tab."""
    message = _message(message_id, "mail")
    if message.html is None:
        abort(404)
    body = '<!doctype html><meta charset="utf-8"><base target="_blank">' + message.html
    return Response(
        body,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": MAIL_POLICY},
    )


@blueprint.get("/messages/<message_id>/raw")
def raw(message_id: str) -> Response:
    """The bytes of a mail as they came."""
    return Response(_message(message_id, "mail").raw, content_type="text/plain; charset=utf-8")


@blueprint.get("/messages/<message_id>/attachments/<int:number>")
def attachment(message_id: str, number: int) -> Response:
    """An attachment, always as a download."""
    attachments = _message(message_id, "mail").attachments
    if not 1 <= number <= len(attachments):
        abort(404)
    found = attachments[number - 1]
    return send_file(
        io.BytesIO(found.content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=found.name,
    )


@blueprint.app_errorhandler(404)
def missing(_error: Exception) -> tuple[str, int]:
    """Say that the message is gone: the memory is bounded and ends with the process."""
    return render_template("missing.html"), 404
