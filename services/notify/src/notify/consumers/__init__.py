"""What notify takes in without being asked: events from the broker, and deliveries that wait to be sent."""

from notify.consumers.events import SUBSCRIPTIONS
from notify.consumers.sending import senders

__all__ = ["SUBSCRIPTIONS", "senders"]
