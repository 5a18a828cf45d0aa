"""The SMTP sink: takes every mail, or refuses as ordered."""

import asyncio
import socket
import time
from collections.abc import Awaitable

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sim_postbox.box import Box
from sim_postbox.faults import Faults
from sim_postbox.mail import parse_mail
from sim_postbox.settings import Settings, host_and_port

LOOK_EVERY = 0.05
"""Seconds between looks at whether a slow answer has been released."""


class Sink(SMTP):
    """aiosmtpd's server, which can also hang up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet, unless told to close at once."""
        super().connection_made(transport)
        handler: Handler = self.event_handler
        if handler.faults.take("smtp.connect") and isinstance(transport, asyncio.WriteTransport):
            transport.abort()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """Take the mail, unless told to hang up when DATA comes."""
        handler: Handler = self.event_handler
        recipients = tuple(self.envelope.rcpt_tos) if self.envelope else ()
        if recipients and handler.faults.take("smtp.drop-before-data", recipients=recipients):
            await hang_up(self)
        await super().smtp_DATA(arg)


async def hang_up(server: SMTP) -> None:
    """Close the connection under the sender's feet; this never returns."""
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()
    await asyncio.Event().wait()  # aiosmtpd cancels this task when the connection is gone


class Handler:
    """Decides on each recipient and keeps each mail."""

    def __init__(self, box: Box, faults: Faults) -> None:
        self.box = box
        self.faults = faults

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name and arguments
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """550, 451 or whatever was ordered for the address; else 250."""
        fault = self.faults.take("smtp.reject", recipients=(address,))
        if fault is not None:
            known = {550: "5.1.1 Unknown recipient", 451: "4.3.0 Try again later"}
            return f"{fault.code} {fault.text or known.get(fault.code, 'Refused')}"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
    ) -> str:
        """Keep the mail and say 250, as late as ordered, or hang up instead."""
        recipients = tuple(envelope.rcpt_tos)
        raw = envelope.original_content or b""
        slow = self.faults.take("smtp.slow", recipients=recipients)
        if slow is not None:
            await self._wait(slow.seconds)
        drop = self.faults.take("smtp.drop-after-data", recipients=recipients)
        if drop is None or drop.keep:
            sender = envelope.mail_from or ""
            self.box.put(parse_mail(raw, sender=sender, recipients=recipients))
        if drop is not None:
            await hang_up(server)
        return "250 2.0.0 OK"

    async def _wait(self, seconds: float) -> None:
        released = self.faults.released()
        until = time.monotonic() + seconds
        while not released.is_set() and time.monotonic() < until:  # noqa: ASYNC110 - set by a thread
            await asyncio.sleep(LOOK_EVERY)


def family_of(host: str) -> socket.AddressFamily:
    """IPv6 for an address with colons, else IPv4."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Listener(Controller):
    """The sink in a thread of its own. Raises OSError at once when the port is taken."""

    def __init__(self, settings: Settings, box: Box, faults: Faults) -> None:
        host, port = host_and_port(settings.smtp)
        self._socket = socket.create_server((host, port), family=family_of(host))
        super().__init__(
            Handler(box, faults),
            hostname=host,
            port=port,
            data_size_limit=settings.max_mail_bytes,
            enable_SMTPUTF8=True,
            ident="Minasidor postbox",
        )

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        """Listen on the socket bound in the constructor: aiosmtpd's own way hides a port in use for 5 s."""
        return self.loop.create_server(self._factory_invoker, sock=self._socket)

    def factory(self) -> SMTP:
        """One server object for each connection."""
        return Sink(self.handler, **self.SMTP_kwargs)
