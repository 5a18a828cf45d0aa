"""Mail by SMTP: one connection, kept while there is work; one recipient per mail; a time limit over the whole of it."""

from __future__ import annotations

import re
import smtplib
import ssl
import time
from contextlib import suppress
from urllib.parse import SplitResult, unquote, urlsplit

from chassis.sealing import Unsealer
from chassis.telemetry import logger
from notify.consumers.sending import mail
from notify.consumers.sending.opening import open_message
from notify.domain import Outcome, Verdict
from notify.settings import Settings
from notify.usecases.sending import Outgoing

log = logger(__name__)

IDLE_SECONDS = 20.0
"""Servers close idle connections after minutes; ours goes before that."""
MAILS_PER_CONNECTION = 200
DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
NO_SUCH_ADDRESS = frozenset({521, 550, 551, 553, 556})
POLICY = re.compile(rb"^5\.7\.")
OK, CLOSING, PERMANENT = 250, 421, 500


class _Refused(Exception):
    """An answer other than yes: at which command, with which code."""

    def __init__(self, command: str, code: int, text: bytes) -> None:
        super().__init__(f"{command} {code}")
        self.command, self.code, self.text = command, code, text


class SmtpClient:
    """The mail server, as the sender sees it."""

    def __init__(self, settings: Settings, unsealer: Unsealer) -> None:
        """Nothing is connected before there is something to send."""
        self._settings = settings
        self._unsealer = unsealer
        self._url = urlsplit(settings.smtp_url)
        self._tls = (
            None if self._url.scheme == "smtp" else ssl.create_default_context(cafile=settings.smtp_ca_file or None)
        )
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0
        self._used = 0.0
        self._deadline = 0.0
        self.timeout_seconds = float(settings.smtp_timeout_seconds)

    def send(self, message: Outgoing) -> Outcome:
        """Try once; what is not a clear yes or no counts as temporary, because the mail may have been taken."""
        opened = open_message(message, self._unsealer, self._settings)
        if isinstance(opened, Outcome):
            return opened
        content = mail.build(message, opened.words, opened.address, self._settings, opened.preferences_link)
        self._deadline = time.monotonic() + self.timeout_seconds
        try:
            smtp = self._begin()
        except _Refused as refused:
            self._drop()
            # Login or sender refused, or 421: ours or the server's trouble, not this message's.
            return Outcome(Verdict.UNREACHABLE, f"smtp-{refused.command}-{refused.code}", trouble=True)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Verdict.UNREACHABLE, f"smtp-{type(error).__name__}", trouble=True)
        try:
            self._hand_over(smtp, opened.address, content)
        except _Refused as refused:
            return self._refused(refused)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(Verdict.TEMPORARY, f"smtp-{type(error).__name__}", trouble=True)
        self._sent += 1
        self._used = time.monotonic()
        if self._sent >= MAILS_PER_CONNECTION:
            self.close()
        return Outcome(Verdict.SENT)

    def rest(self) -> None:
        """Close a connection that has been idle for a while."""
        if self._smtp is not None and time.monotonic() - self._used > IDLE_SECONDS:
            self.close()

    def close(self) -> None:
        """Say goodbye."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._deadline = time.monotonic() + 1.0
                self._patience()
                self._smtp.quit()
        self._drop()

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(OSError):
                smtp.close()

    def _begin(self) -> smtplib.SMTP:
        """A connection on which the sender is accepted; a kept one that has gone stale is replaced, once."""
        if self._smtp is not None:
            try:
                return self._from(self._smtp)
            except (_Refused, OSError, smtplib.SMTPException):
                self._drop()
        self._smtp = self._connect()
        self._sent = 0
        return self._from(self._smtp)

    def _connect(self) -> smtplib.SMTP:
        url = self._url
        host, port = url.hostname or "", url.port or DEFAULT_PORTS[url.scheme]
        name = self._settings.sender_address.rpartition("@")[2]
        left = self._left()
        smtp: smtplib.SMTP
        if url.scheme == "smtps":
            smtp = smtplib.SMTP_SSL(host, port, local_hostname=name, timeout=left, context=self._tls)
        else:
            smtp = smtplib.SMTP(host, port, local_hostname=name, timeout=left)
        self._smtp = smtp
        self._patience()
        smtp.ehlo_or_helo_if_needed()
        if url.scheme == "smtp+starttls":
            smtp.starttls(context=self._tls)
            self._patience()
            smtp.ehlo()
        _log_in(smtp, url)
        return smtp

    def _from(self, smtp: smtplib.SMTP) -> smtplib.SMTP:
        self._patience()
        _expect("mail", smtp.mail(self._settings.sender_address))
        return smtp

    def _hand_over(self, smtp: smtplib.SMTP, address: str, content: bytes) -> None:
        self._patience()
        _expect("rcpt", smtp.rcpt(address))
        self._patience()
        try:
            _expect("data", smtp.data(content))
        except smtplib.SMTPDataError as error:
            text = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
            raise _Refused("data", error.smtp_code, text) from error

    def _refused(self, refused: _Refused) -> Outcome:
        reason = f"smtp-{refused.command}-{refused.code}"
        if refused.code == CLOSING:
            self._drop()
            return Outcome(Verdict.UNREACHABLE, reason, trouble=True)
        try:
            if self._smtp is not None:
                self._patience()
                self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        self._used = time.monotonic()
        if refused.code < PERMANENT:
            return Outcome(Verdict.TEMPORARY, reason)
        if refused.code in NO_SUCH_ADDRESS and not POLICY.match(refused.text):
            return Outcome(Verdict.BOUNCED, reason)
        return Outcome(Verdict.REFUSED, reason)

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _patience(self) -> None:
        # smtplib has a limit per read only; this makes it one for the whole mail.
        left = self._left()
        if self._smtp is not None and self._smtp.sock is not None:
            self._smtp.sock.settimeout(left)


def _log_in(smtp: smtplib.SMTP, url: SplitResult) -> None:
    if url.username:
        try:
            smtp.login(unquote(url.username), unquote(url.password or ""))
        except smtplib.SMTPAuthenticationError as error:
            raise _Refused("auth", error.smtp_code, b"") from error


def _expect(command: str, answer: tuple[int, bytes]) -> None:
    code, text = answer
    if not OK <= code < 300:  # noqa: PLR2004 - the positive answers
        raise _Refused(command, code, text)
