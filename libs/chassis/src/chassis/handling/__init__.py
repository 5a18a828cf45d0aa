"""What happens to a delivery: understood, applied once in one transaction per batch, retried or buried.

The order of things in the transaction: the inbox takes all ids by one statement, handlers run for the new ones, their
effects and outbox rows commit together; then, and only then, the broker is told. Where a handler fails, everything is
rolled back, the others run again as batches and the one that failed alone. Nothing here knows AMQP.
"""

from chassis.handling.applying import Progress, apply
from chassis.handling.batches import Handling, Pause
from chassis.handling.burying import bury
from chassis.handling.understanding import Refused, Work, understand

__all__ = ["Handling", "Pause", "Progress", "Refused", "Work", "apply", "bury", "understand"]
