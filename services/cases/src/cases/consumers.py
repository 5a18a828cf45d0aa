"""Events that cases takes."""

from __future__ import annotations

from cases.usecases import PRIVACY
from chassis.privacy import takes_part
from chassis.subscriptions import Subscriptions

SUBSCRIPTIONS = Subscriptions(
    takes_part(PRIVACY),
    service="cases",
)
