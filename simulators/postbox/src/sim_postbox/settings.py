"""What the process is told from outside. A stand-in imports nothing of ours, so it reads it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "SIM_POSTBOX_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Addresses, the SMS account that is let in, and the bounds of the memory.

    `max_messages` and `max_bytes` bound what is kept (the oldest go first); a mail of more than
    `max_mail_bytes` is refused with 552. `retry_seconds` is the wait before the second attempt at
    a delivery webhook; each further wait is twice as long. `in_container`: the engine publishes us
    on the host's loopback address only, and callers come from the bridge.
    """

    bind: str = "127.0.0.1:8083"
    smtp: str = "127.0.0.1:8084"
    sms_username: str = "minasidor-development"
    sms_password: str = "not-a-secret-outside-development"  # noqa: S105 - guards nothing real
    max_messages: int = 2000
    max_bytes: int = 64_000_000
    max_mail_bytes: int = 10_000_000
    retry_seconds: float = 0.5
    in_container: bool = False

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `SIM_POSTBOX_BIND`, `_SMTP`, `_SMS_USERNAME`, `_SMS_PASSWORD`, the bounds, `_IN_CONTAINER`."""
        env = os.environ if environ is None else environ
        return cls(
            bind=env.get(PREFIX + "BIND", cls.bind),
            smtp=env.get(PREFIX + "SMTP", cls.smtp),
            sms_username=env.get(PREFIX + "SMS_USERNAME", cls.sms_username),
            sms_password=env.get(PREFIX + "SMS_PASSWORD", cls.sms_password),
            max_messages=int(env.get(PREFIX + "MAX_MESSAGES", cls.max_messages)),
            max_bytes=int(env.get(PREFIX + "MAX_BYTES", cls.max_bytes)),
            max_mail_bytes=int(env.get(PREFIX + "MAX_MAIL_BYTES", cls.max_mail_bytes)),
            retry_seconds=float(env.get(PREFIX + "RETRY_SECONDS", cls.retry_seconds)),
            in_container=env.get(PREFIX + "IN_CONTAINER", "").lower() in {"true", "1"},
        )


def host_and_port(address: str) -> tuple[str, int]:
    """Split `127.0.0.1:8084` or `[::1]:8084`."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
