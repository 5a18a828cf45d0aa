"""The page a tester uses instead of a telephone. Works without JavaScript."""

from __future__ import annotations

from flask import (
    Blueprint,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from sim_bankid.control_api import outcome_of, person_of
from sim_bankid.domain import hints
from sim_bankid.domain.errors import Refused
from sim_bankid.domain.orders import Order, Status
from sim_bankid.local_only import refuse_strangers
from sim_bankid.markdown import render
from sim_bankid.persons import PERSONS
from sim_bankid.returns import loopback_url, origin
from sim_bankid.world import World

blueprint = Blueprint("pages", __name__, static_folder="static", static_url_path="/static")
blueprint.before_request(refuse_strangers)

_PERSON_COOKIE = "sim_person"


@blueprint.after_request
def strict(response: BaseResponse) -> BaseResponse:
    """No scripts, no frames, no foreign content; forms may end at the order's return address."""
    form_action = " ".join(("'self'", *getattr(g, "form_origins", ())))
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Not no-referrer: with it a browser sends its forms as from nowhere (Origin: null), and we refuse them.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != "pages.static":
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(Refused)
def refused(error: Refused) -> tuple[str, int]:
    """Say on a page why it did not work."""
    return render_template("message.html", title="Det gick inte", text=error.message), error.status


@blueprint.get("/")
def index() -> BaseResponse:
    """The list of waiting orders; with `autostarttoken` what app.bankid.com does: open the app."""
    world = _world()
    token = request.args.get("autostarttoken")
    if token is None:
        return make_response(
            render_template(
                "index.html",
                orders=world.orders.views(Status.PENDING),
                persons=PERSONS.values(),
                chosen=_remembered(),
            )
        )
    back = request.args.get("redirect")
    order = world.orders.launch(token, None if back in (None, "", "null") else back)
    return redirect(_screen(order), 303)


@blueprint.post("/scan")
def scan() -> BaseResponse:
    """Open the order whose QR code was pasted."""
    person = person_of(request.form.get("person", ""))
    order = _world().orders.scan(request.form.get("qrData", "").strip(), person)
    return _remember(redirect(_screen(order), 303), person.personal_number)


@blueprint.get("/order/<screen>")
def show(screen: str) -> BaseResponse:
    """One order: who asks for what, and the buttons that fit its state."""
    world = _world()
    order = world.orders.by_screen(screen)
    view = world.orders.view(order)
    back = loopback_url(order.return_url)
    if back:
        g.form_origins = (origin(back),)
    text = order.visible_text
    return make_response(
        render_template(
            "order.html",
            order=view,
            rp_name=world.settings.rp_name,
            text=render(text) if view["visibleFormat"] == "simpleMarkdownV1" else None,
            plain=text,
            identification=order.kind.identification,
            by_phone=order.kind.by_phone,
            back=back,
            foreign=order.return_url if not back else None,
            persons=PERSONS.values(),
            chosen=order.named_person or _remembered(),
            failures=hints.FAILED,
            default_ip=order.outcome.ip_address or "",
        )
    )


@blueprint.post("/order/<screen>/open")
def open_order(screen: str) -> BaseResponse:
    """Open an order from the list as a person."""
    book = _world().orders
    person = person_of(request.form.get("person", ""))
    order = book.open_ref(person, book.by_screen(screen).ref)
    return _remember(redirect(_screen(order), 303), person.personal_number)


@blueprint.post("/order/<screen>/approve")
def approve(screen: str) -> BaseResponse:
    """Identifiera or Skriv under; then back to the service that started the app."""
    book = _world().orders
    outcome = outcome_of(request.form.get("risk", "low"), request.form.get("ipAddress", "").strip())
    order = book.approve(book.by_screen(screen).ref, outcome)
    back = loopback_url(order.return_url) if order.status is Status.COMPLETE else None
    return redirect(back or _screen(order), 303)


@blueprint.post("/order/<screen>/cancel")
def cancel(screen: str) -> BaseResponse:
    """Avbryt."""
    book = _world().orders
    return redirect(_screen(book.fail(book.by_screen(screen).ref, "userCancel")), 303)


@blueprint.post("/order/<screen>/fail")
def fail(screen: str) -> BaseResponse:
    """End the order with a chosen hint code."""
    hint = request.form.get("hintCode", "")
    if hint not in hints.FAILED:
        raise Refused(400, "badRequest", "Välj en felkod i listan.")
    book = _world().orders
    return redirect(_screen(book.fail(book.by_screen(screen).ref, hint)), 303)


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _screen(order: Order) -> str:
    return url_for("pages.show", screen=order.screen)


def _remembered() -> str:
    number = request.cookies.get(_PERSON_COOKIE, "")
    return number if number in PERSONS else next(iter(PERSONS))


def _remember(response: BaseResponse, number: str) -> BaseResponse:
    response.set_cookie(_PERSON_COOKIE, number, httponly=True, samesite="Lax")
    return response
