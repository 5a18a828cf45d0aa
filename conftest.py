"""Servers for every test that asks for one; see ``devservers``."""

pytest_plugins = ["devservers.pytest_plugin"]
