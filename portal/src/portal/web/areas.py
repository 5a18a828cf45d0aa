"""An area of the portal: one module, one folder of templates, one file of texts. Each page says who may see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from flask import Blueprint, abort, redirect, request
from werkzeug.wrappers import Response

from portal.client import ApiError
from portal.web.paths import with_next
from portal.web.render import render
from portal.web.visit import STATUS_ENDED, visit

Needs = Literal["anyone", "person", "registered", "account"]
"""``person``: logged in. ``registered``: and has accepted the terms (T14). ``account``: and is in an account (T20)."""
View = Callable[..., Any]


class Area(Blueprint):
    """A Flask blueprint whose pages say whom they are for.

    Args:
        name: also the folder in ``templates`` and the file in ``texts``.
        menu: which entry of the menu its pages belong to.

    """

    def __init__(self, name: str, *, menu: str = "") -> None:
        super().__init__(name, f"portal.pages.{name}")
        self.menu = menu

    def page(
        self, rule: str, *, needs: Needs = "account", acts: bool = False, methods: tuple[str, ...] = ("GET",)
    ) -> Callable[[View], View]:
        """Declare a page. Whoever lacks what it needs is led there first, and back afterwards.

        ``acts``: the page is there to change something, so 403 for whoever may only look at the account (D22).
        """

        def declare(view: View) -> View:
            @wraps(view)
            def guarded(**arguments: Any) -> Any:
                visit().menu = self.menu
                instead = _lead(needs) or _other_account(needs)
                if instead is None and acts and visit().account.read_only:  # type: ignore[union-attr] # by ``needs``
                    abort(403)
                if instead is not None:
                    return instead
                return view(**arguments) if needs != "anyone" else _open(view, arguments)

            guarded.needs = needs  # type: ignore[attr-defined] # for the test that lists every page
            self.add_url_rule(rule, view.__name__, guarded, methods=list(methods))
            return guarded

        return declare


def _open(view: View, arguments: dict[str, Any]) -> Any:
    """A page for everybody, shown as to a stranger where the session ends while it is made."""
    try:
        return view(**arguments)
    except ApiError as error:
        if error.status != STATUS_ENDED or request.method != "GET" or visit().session is None:
            raise
    visit().ended()
    return view(**arguments)


def _lead(needs: Needs) -> Response | None:
    if needs == "anyone":
        return None
    present = visit()
    here = request.full_path.rstrip("?") if request.method == "GET" else request.path
    if present.session is None:
        if request.method == "POST" and present.session_ended:
            # Not a stranger: what was typed came with the request, and is shown to be kept (S17, B-03).
            raise ApiError(STATUS_ENDED, "session-ended")
        return redirect(with_next("/logga-in", here), 303)
    if needs in {"registered", "account"} and not present.session["registered"]:
        return redirect(with_next("/registrera", here), 303)
    if needs == "account" and present.account is None:
        return redirect(with_next("/konto", here), 303)
    return None


def _other_account(needs: Needs) -> Any:
    """A link of a notice names its account: ask before changing to it (B-10)."""
    wanted = request.args.get("konto", "")
    present = visit()
    if needs != "account" or request.method != "GET" or not wanted or present.account is None:
        return None
    if wanted == present.account.id:
        return None
    target = next((account for account in present.accounts if account.id == wanted), None)
    if target is None:
        return render("layout/account_unknown.html"), 403
    return render("layout/account_change.html", target=target, back=request.path)


__all__ = ["Area", "Needs"]
