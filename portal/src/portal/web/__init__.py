"""What every page has: the visit, access, forms, errors, headers."""

from portal.web.areas import Area
from portal.web.forms import Form
from portal.web.render import flash, render
from portal.web.visit import Account, Visit, visit

__all__ = ["Account", "Area", "Form", "Visit", "flash", "render", "visit"]
