"""What the process is told from outside. A stand-in imports nothing of the suite, so it reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "SIM_SPAR_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses, the one customer that is let in, and TLS.

    With `tls_cert` and `tls_key` the register speaks TLS, and with `tls_client_ca` too it takes only callers with a
    certificate from there, as SPAR does. A browser and a test have none: `control_bind` then gives the page and the
    control interface a plain address of their own.
    """

    bind: str = "127.0.0.1:8087"
    control_bind: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    tls_client_ca: str = ""
    customer_number: int = 500243
    """Published by SPAR with its examples for the customers' test environment; so is the assignment."""
    assignment_id: int = 637
    in_container: bool = False
    """The engine publishes us on the host's loopback address only, and callers come from the bridge."""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `SIM_SPAR_BIND` and so on: the fields above in capitals."""
        env = os.environ if environ is None else environ
        texts = ("bind", "control_bind", "tls_cert", "tls_key", "tls_client_ca")
        numbers = ("customer_number", "assignment_id")
        return cls(
            **{name: env.get(PREFIX + name.upper(), getattr(cls, name)) for name in texts},
            **{name: int(env.get(PREFIX + name.upper(), getattr(cls, name))) for name in numbers},
            in_container=env.get(PREFIX + "IN_CONTAINER", "").lower() in {"true", "1"},
        )
