"""Servers for every test that asks for one; see ``devservers``."""

import gateway  # noqa: F401 - the package, before pytest takes the folder gateway/ (parent of its tests) for it
import portal  # noqa: F401 - likewise

pytest_plugins = ["devservers.pytest_plugin"]
