"""What the process is told from outside. A stand-in imports nothing of the suite, so it reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "SIM_BOLAGSVERKET_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Address, the one API client that is let in, and how long its tokens live (seconds)."""

    bind: str = "127.0.0.1:8082"
    client_id: str = "minasidor-development"
    client_secret: str = "not-a-secret-outside-development"  # noqa: S105 - guards fictitious data
    token_seconds: int = 3600
    in_container: bool = False
    """The engine publishes us on the host's loopback address only, and callers come from the bridge."""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `SIM_BOLAGSVERKET_BIND`, `_CLIENT_ID`, `_CLIENT_SECRET`, `_TOKEN_SECONDS`, `_IN_CONTAINER`."""
        env = os.environ if environ is None else environ
        return cls(
            bind=env.get(PREFIX + "BIND", cls.bind),
            client_id=env.get(PREFIX + "CLIENT_ID", cls.client_id),
            client_secret=env.get(PREFIX + "CLIENT_SECRET", cls.client_secret),
            token_seconds=int(env.get(PREFIX + "TOKEN_SECONDS", cls.token_seconds)),
            in_container=env.get(PREFIX + "IN_CONTAINER", "").lower() in {"true", "1"},
        )
