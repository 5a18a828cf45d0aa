"""``python -m devservers.hold postgres|rabbitmq FOLDER``: keep one server for a test run."""

from __future__ import annotations

import fcntl
import json
import signal
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from devservers import choose, shared
from devservers.errors import ServerError
from devservers.given import PostgresServer
from devservers.rabbitmq_control import RabbitmqControl


def main(server: str, folder: Path) -> None:
    """Start the server, say how to reach it, stop it when the run is over."""
    signal.signal(signal.SIGTERM, _leave)
    with (folder / f"{server}.holder").open("w") as mine:
        fcntl.flock(mine, fcntl.LOCK_EX)  # until this process ends: the controller waits for it
        try:
            with _started(server, folder / server) as running:
                known = json.dumps(running.reference)
                shared.write_whole(folder / f"{server}.json", known)
                shared.wait_for_end(folder)
        except ServerError as error:
            shared.write_whole(folder / f"{server}.error", str(error))
            sys.exit(1)


def _started(server: str, folder: Path) -> AbstractContextManager[PostgresServer | RabbitmqControl]:
    if server == "postgres":
        return choose.postgres(folder, durable=False)
    return choose.rabbitmq(folder)


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
