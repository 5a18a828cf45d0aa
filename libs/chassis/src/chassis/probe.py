"""``python -m chassis.probe URL``: exit status 0 when the address answers with success; for container health checks."""

from __future__ import annotations

import http.client
import sys
from urllib.parse import urlsplit

SUCCESS = range(200, 300)


def answers(url: str, timeout: float = 3.0) -> bool:
    """Whether ``url`` (plain HTTP) answers 2xx in time."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.hostname or "127.0.0.1", target.port or 80, timeout=timeout)
    try:
        connection.request("GET", target.path or "/")
        return connection.getresponse().status in SUCCESS
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1]) else 1)
