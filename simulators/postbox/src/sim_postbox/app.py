"""Puts the postbox together."""

from flask import Flask, jsonify

from sim_postbox import json_api, pages, sms_api
from sim_postbox.local_only import refuse_rebinding
from sim_postbox.settings import Settings
from sim_postbox.state import State

MAX_BODY = 262_144


def create_app(settings: Settings) -> Flask:
    """Make the web application with its own, empty state."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask types the interface only
    app.extensions["postbox"] = State.fresh(settings)
    app.before_request(refuse_rebinding)
    for blueprint in (pages.blueprint, json_api.reading, json_api.control, sms_api.blueprint):
        app.register_blueprint(blueprint)
    app.add_url_rule("/livez", "livez", lambda: jsonify(status="ok"))
    return app
