"""A form between browser and API: its values, what was wrong with them, and the key that makes a retry harmless."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from chassis.ids import new_id
from portal.client import ApiError

CARRIED = frozenset({"csrf_token", "account", "idempotency_key"})
SERVER_FAULT = 500


class Form:
    """``Form.empty(email=...)`` for the first time, ``Form.posted()`` for what came.

    Args:
        values: field -> text.
        key: the idempotency key; the same one as long as it is the same action.

    """

    def __init__(self, values: Mapping[str, str], key: str | None = None) -> None:
        self.values = dict(values)
        self.key = key or str(new_id())
        self.error: ApiError | None = None
        self.field_errors: dict[str, str] = {}
        self._names: dict[str, str] = {}

    @classmethod
    def empty(cls, **values: str) -> Form:
        """A form that nobody has filled in; ``values`` are there from the start."""
        return cls(values)

    @classmethod
    def posted(cls) -> Form:
        """What the browser sent; white space around it is dropped."""
        values = {name: value.strip() for name, value in request.form.items() if name not in CARRIED}
        return cls(values, request.form.get("idempotency_key"))

    def __getitem__(self, name: str) -> str:
        """The text of a field; empty when there is none."""
        return self.values.get(name, "")

    def all(self, name: str) -> list[str]:
        """All values of a field that may come several times (check boxes)."""
        return request.form.getlist(name)

    def wrong(self, name: str, message: str) -> None:
        """Say what is wrong with a field before the API is asked."""
        self.field_errors.setdefault(name, message)

    def refuse(self, error: ApiError, **names: str) -> None:
        """Take the API's refusal into the form; raises it again when the person cannot mend it here.

        ``names``: the API's field -> ours, where they differ; a path such as ``address.street`` is written
        ``address__street``.
        """
        if not error.is_about_the_form():
            raise error
        self.error = error
        # A refusal is kept with its key: what the person mends is another action.
        self.key = str(new_id())
        for entry in error.errors:
            theirs = entry.get("field", "")
            self.wrong(names.get(theirs.replace(".", "__"), theirs), entry.get("detail", ""))

    def error_for(self, name: str) -> str:
        """What is wrong with a field; empty when nothing is."""
        return self.field_errors.get(name, "")

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong so far."""
        return self.error is None and not self.field_errors

    @property
    def status(self) -> int:
        """The status of the page that shows the form."""
        if self.error is not None:
            return self.error.status
        return 422 if self.field_errors else 200


__all__ = ["Form"]
