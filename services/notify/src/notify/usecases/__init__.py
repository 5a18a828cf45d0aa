"""What can be done, one function per verb."""

from notify.usecases import inviting, people, preferring, rendering, sending, telling, viewing

__all__ = ["inviting", "people", "preferring", "rendering", "sending", "telling", "viewing"]
