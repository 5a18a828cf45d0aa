"""The operator's hand: one call on a channel of its own, so that a refusal spoils nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from pika.exceptions import ChannelClosedByBroker

from chassis.messaging.connection import OPEN_SECONDS, BrokerDown, Connection

NOT_FOUND = 404
DIFFERENT = 406


class Operator(Connection):
    """Declares and looks; for ``chassis.topology``."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "operator", 30)

    def _prepare(self, channel: Any) -> None:
        self._open.set()

    def _on_end(self) -> None:
        pass

    def ask(self, call: Callable[[Any, Callable[[Any], None]], None]) -> int:
        """Run ``call(channel, done)``; returns 0, or the reply code with which the broker closed the channel."""
        self.check()
        answered = threading.Event()
        code = 0

        def done(_frame: Any) -> None:
            channel.close()
            answered.set()

        def closed(_channel: Any, error: BaseException) -> None:
            nonlocal code
            code = error.reply_code if isinstance(error, ChannelClosedByBroker) else code
            answered.set()

        channel: Any = None

        def opened(made: Any) -> None:
            nonlocal channel
            channel = made
            channel.add_on_close_callback(closed)
            call(channel, done)

        self._call(lambda: self._connection.channel(on_open_callback=opened))
        if not answered.wait(OPEN_SECONDS):
            message = "no answer"
            raise BrokerDown(message)
        self.check()
        return code
