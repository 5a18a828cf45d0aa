"""Keeps web pages in the developer's browser, and other machines, away."""

from urllib.parse import urlsplit

from flask import Response, jsonify, request

from sim_common.local_only import is_loopback
from sim_postbox.state import current

SMS_API = "/a1/"
"""What other containers call, by our name."""


def refuse_rebinding() -> tuple[Response, int] | None:
    """Refuse a browser here that was led to us by a name of somebody else's (DNS rebinding).

    The mails hold login links, so this guards reading too. In a container nobody comes from
    loopback: there everything but the SMS API answers to loopback names alone.
    """
    host = urlsplit(f"//{request.host}").hostname
    local = is_loopback(request.remote_addr)
    if current().settings.in_container:
        local = not request.path.startswith(SMS_API)
    if local and not is_loopback(host):
        return jsonify(error="use localhost"), 403
    return None


def guard_control() -> tuple[Response, int] | None:
    """Let in callers on this machine that send JSON; a page of another origin can't unasked."""
    if not is_loopback(request.remote_addr) and not current().settings.in_container:
        return jsonify(error="only from this machine"), 403
    if request.method != "GET" and not request.is_json:
        return jsonify(error="send application/json"), 415
    return None
