"""The bare application of a simulated register, with the style of its page."""

from pathlib import Path

from flask import Flask, Response, jsonify

from sim_common.memory import EXTENSION, Memory

MAX_BODY = 65_536
STATIC = Path(__file__).parent / "static"
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def bare(package: str, memory: Memory) -> Flask:
    """An application with `/livez` and `/static/page.css`; templates are those of `package` (a module's name)."""
    app = Flask(package, static_folder=STATIC)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask types the interface only
    app.extensions[EXTENSION] = memory
    app.add_url_rule("/livez", "livez", lambda: jsonify(status="ok"))
    return app


def harden(response: Response) -> None:
    """Give a page, or an answer of the control interface, its security headers."""
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
