"""``python -m sim_batch_billing``: settings SIM_BATCH_BILLING_BIND, _AMQP_URL and _LEDGER (a file; default: memory)."""

from __future__ import annotations

import os
from typing import Any

from gunicorn.app.base import BaseApplication

from sim_batch_billing.billing import BillingSystem
from sim_batch_billing.broker import Broker
from sim_batch_billing.ledger import Ledger
from sim_batch_billing.server import create_app


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one worker: the ledger has one writer."""

    def load_config(self) -> None:
        """One process, several threads, no control socket."""
        settings = {
            "bind": os.environ.get("SIM_BATCH_BILLING_BIND", "127.0.0.1:8085"),
            "worker_class": "gthread",
            "workers": 1,
            "threads": 4,
            "graceful_timeout": 2,
            "control_socket_disable": True,
            "loglevel": "warning",
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the system inside the worker."""
        ledger = Ledger(os.environ.get("SIM_BATCH_BILLING_LEDGER", ":memory:"))
        broker = Broker(os.environ["SIM_BATCH_BILLING_AMQP_URL"], ledger)
        return create_app(BillingSystem(ledger, broker))


if __name__ == "__main__":
    Server().run()
