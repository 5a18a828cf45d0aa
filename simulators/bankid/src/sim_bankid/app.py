"""Puts the parts together as WSGI applications."""

from __future__ import annotations

from flask import Flask

from sim_bankid import control_api, pages, rp_api
from sim_bankid.world import World


def rp_app(world: World) -> Flask:
    """What the relying party sees; with the tester's side too unless that has its own address."""
    app = _app(world)
    app.register_blueprint(rp_api.blueprint)
    if world.settings.control_bind is None:
        _add_tester_side(app)
    return app


def tester_app(world: World) -> Flask:
    """The control API and the page alone."""
    app = _app(world)
    _add_tester_side(app)
    return app


def _app(world: World) -> Flask:
    app = Flask("sim_bankid", static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.extensions["world"] = world
    return app


def _add_tester_side(app: Flask) -> None:
    app.register_blueprint(control_api.blueprint)
    app.register_blueprint(pages.blueprint)
