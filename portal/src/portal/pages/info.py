"""What everybody may read: accessibility, personal data, cookies, BankID (S8, S33-S38)."""

from __future__ import annotations

from portal.web import Area, render

area = Area("info")


@area.page("/tillganglighet", needs="anyone")
def accessibility() -> str:
    """The accessibility statement that the law asks for."""
    return render("info/accessibility.html")


@area.page("/integritet", needs="anyone")
def privacy() -> str:
    """How personal data is handled (S33-S35)."""
    return render("info/privacy.html")


@area.page("/kakor", needs="anyone")
def cookies() -> str:
    """Every cookie, by name."""
    return render("info/cookies.html")


@area.page("/om-bankid", needs="anyone")
def about_bankid() -> str:
    """What an e-identification is and how to get one (S8, S36, S37)."""
    return render("info/bankid.html")
