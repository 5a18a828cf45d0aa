"""Tables and named queries of notify."""

from notify.store import notices, outgoing, pages, people
from notify.store.tables import METADATA

__all__ = ["METADATA", "notices", "outgoing", "pages", "people"]
