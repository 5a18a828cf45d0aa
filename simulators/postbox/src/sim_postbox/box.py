"""The memory: bounded, thread-safe, gone when the process ends."""

import threading
from collections import Counter, OrderedDict
from dataclasses import replace
from typing import Any

from sim_postbox.messages import Message


class Box:
    """The messages accepted, oldest first, and how often each Message-ID came."""

    def __init__(self, *, max_messages: int, max_bytes: int) -> None:
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._sequence = 0
        self._messages: OrderedDict[str, Message] = OrderedDict()
        self._bytes = 0
        self._counts: Counter[str] = Counter()

    def put(self, message: Message) -> Message:
        """Keep a message and number it; the oldest go when there is no room."""
        with self._lock:
            self._sequence += 1
            message = replace(message, sequence=self._sequence)
            self._messages[message.id] = message
            self._bytes += message.size
            if message.message_id:
                self._counts[message.message_id] += 1
            while len(self._messages) > self._max_messages or (
                self._bytes > self._max_bytes and len(self._messages) > 1
            ):
                _, gone = self._messages.popitem(last=False)
                self._bytes -= gone.size
            return message

    def get(self, message_id: str) -> Message | None:
        """One message by our id."""
        with self._lock:
            return self._messages.get(message_id)

    def change(self, message_id: str, **fields: Any) -> Message | None:
        """Change fields of a kept message; None when it is no longer kept."""
        with self._lock:
            found = self._messages.get(message_id)
            if found is not None:
                found = self._messages[message_id] = replace(found, **fields)
            return found

    def find(self, *, to: str = "", since: int = 0, kind: str = "") -> list[Message]:
        """Messages to an address (whole, in any case) after a sequence number, oldest first."""
        wanted = to.strip().casefold()
        with self._lock:
            kept = list(self._messages.values())
        return [
            message
            for message in kept
            if message.sequence > since
            and (not kind or message.kind == kind)
            and (not wanted or wanted in [r.casefold() for r in message.recipients])
        ]

    def last(self) -> int:
        """The sequence number of the newest message ever accepted, or 0."""
        with self._lock:
            return self._sequence

    def counts(self) -> dict[str, int]:
        """How many times each Message-ID was accepted since the start or the last reset."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Forget all messages and counts; the numbering goes on."""
        with self._lock:
            self._messages.clear()
            self._counts.clear()
            self._bytes = 0
