"""Where the suite and the simulators are, from the environment that the runner (or compose) gives."""

from __future__ import annotations

import os

from runner.journey.people import World


def from_environment() -> World:
    """The world of ``MINASIDOR_PUBLIC_URL`` and the simulators' addresses."""
    from sim_bankid.control import Control as BankID
    from sim_batch_billing.control import Control as BatchBilling
    from sim_bolagsverket.control import Control as Bolagsverket
    from sim_postbox.control import Control as Postbox
    from sim_spar.control import Control as Spar

    return World(
        gateway_url=os.environ["MINASIDOR_PUBLIC_URL"],
        bankid=BankID(os.environ["MINASIDOR_BANKID_URL"]),
        bolagsverket=Bolagsverket(os.environ["MINASIDOR_BOLAGSVERKET_URL"]),
        spar=Spar(os.environ["MINASIDOR_SPAR_URL"]),
        postbox=Postbox(os.environ["MINASIDOR_POSTBOX_URL"]),
        billing_system=BatchBilling(os.environ["MINASIDOR_BATCH_BILLING_URL"]),
    )
