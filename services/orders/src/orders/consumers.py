"""Events that orders takes."""

from __future__ import annotations

from chassis.privacy import takes_part
from chassis.subscriptions import Subscriptions
from orders.usecases import PRIVACY

SUBSCRIPTIONS = Subscriptions(
    takes_part(PRIVACY),
    service="orders",
)
