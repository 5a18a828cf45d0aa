"""Where the simulated app may send a browser: only to loopback web addresses."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def loopback_url(url: str | None) -> str | None:
    """The URL itself if it is http(s) to this machine and free of tricks, otherwise None."""
    if not url or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return None
    return url if loopback_host(parts.hostname) else None


def loopback_host(host: str | None) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return host is not None and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(url: str) -> str:
    """Scheme, host and port of a URL, as a Content-Security-Policy source."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
