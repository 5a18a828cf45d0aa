"""Who else may act for the account: invite, follow, approve, take away, and look through it once a year (T41-T56)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import redirect, request

from portal.client import ApiError
from portal.web import Area, Form, flash, render, visit

area = Area("members", menu="members")
MOST = 100
"""Rows asked for at once; the API's own limit."""
AREAS = ("water", "electricity", "district-heating", "waste", "broadband")
FORBIDDEN, NOT_FOUND = 403, 404
REVIEW = "/org-registry/v1/membership-review"
INVITATIONS = "/invitations/v1/invitations"
TAGS = {
    "sent": "info",
    "accepted": "warning",
    "approved": "success",
    "grant-refused": "danger",
    "expired": "neutral",
    "approval-expired": "neutral",
    "denied": "danger",
    "declined": "danger",
    "revoked": "neutral",
}


@dataclass(frozen=True)
class Member:
    """A person who may act, as the page shows it."""

    id: str
    name: str
    is_me: bool
    role: str
    read_only: bool
    services: tuple[str, ...] | None
    granted_at: str
    ends_on: str | None
    may_remove: bool


@area.page("/behorigheter")
def list_members() -> Any:
    """Everybody whom the person may see, who waits for an answer, and every invitation with its status (T49, D1)."""
    return _list(Form.empty())


@area.page("/behorigheter/ny", acts=True, methods=("GET", "POST"))
def invite() -> Any:
    """Give somebody access: an address is enough (T43-T45); it may be narrowed (D22)."""
    form = Form.posted() if request.method == "POST" else Form.empty(extent="full")
    areas = areas_to_give()
    if request.method == "POST":
        body = {
            "email": form["email"],
            "read_only": form["extent"] == "read",
            "services": [name for name in form.all("services") if name in areas] or None,
            "ends_on": form["ends_on"] or None,
        }
        try:
            visit().send("POST", INVITATIONS, body | _binding(form["personal_number"]))
        except ApiError as error:
            form.refuse(error, person_binding="personal_number")
        else:
            flash("members.sent")
            return redirect("/behorigheter", 303)
    return render("members/invite.html", form=form, areas=areas), form.status


def _binding(personal_number: str) -> dict[str, str]:
    """What stands for the number outside identity, which alone is told it (FC2, D23); nothing where none is given."""
    if not personal_number:
        return {}
    made = visit().send("POST", "/identity/v1/person-bindings", {"personal_number": personal_number})
    return {"person_binding": made["id"]}


@area.page("/behorigheter/inbjudningar/<uuid:invitation_id>")
def show_invitation(invitation_id: UUID) -> Any:
    """One invitation; here the mail of T51 leads, to judge the verified name (D5)."""
    return _invitation(invitation_id, Form.empty())


def _decide(invitation_id: UUID, path: str, done: str) -> Any:
    form = Form.posted()
    try:
        visit().send("POST", f"{INVITATIONS}/{invitation_id}/{path}")
    except ApiError as error:
        form.refuse(error)
        return _invitation(invitation_id, form)
    flash(done)
    return redirect("/behorigheter", 303)


@area.page("/behorigheter/inbjudningar/<uuid:invitation_id>/godkann", methods=("POST",))
def approve(invitation_id: UUID) -> Any:
    """Let the person in (T51-T53)."""
    return _decide(invitation_id, "approvals", "members.approved")


@area.page("/behorigheter/inbjudningar/<uuid:invitation_id>/skriv-under", methods=("POST",))
def sign(invitation_id: UUID) -> Any:
    """Approve by a signature with BankID (FC14); it is read and made on its own page, which leads back here."""
    form = Form.posted()
    try:
        made = visit().send("POST", f"{INVITATIONS}/{invitation_id}/approval-signatures")
    except ApiError as error:
        form.refuse(error)
        return _invitation(invitation_id, form)
    return redirect(f"/skriv-under/{made['sign_order_id']}", 303)


@area.page("/behorigheter/inbjudningar/<uuid:invitation_id>/neka", methods=("POST",))
def deny(invitation_id: UUID) -> Any:
    """Do not let the person in (T52)."""
    return _decide(invitation_id, "denials", "members.denied")


@area.page("/behorigheter/inbjudningar/<uuid:invitation_id>/fornya", methods=("POST",))
def renew(invitation_id: UUID) -> Any:
    """One click: a new link, the old one is dead (D7, B-24)."""
    return _decide(invitation_id, "renewals", "members.renewed")


@area.page("/behorigheter/inbjudningar/<uuid:invitation_id>/ta-tillbaka", methods=("POST",))
def revoke(invitation_id: UUID) -> Any:
    """Take back what nobody has accepted."""
    form = Form.posted()
    try:
        visit().send("DELETE", f"{INVITATIONS}/{invitation_id}")
    except ApiError as error:
        form.refuse(error)
        return _invitation(invitation_id, form)
    flash("members.revoked")
    return redirect("/behorigheter", 303)


@area.page("/behorigheter/<uuid:membership_id>/ta-bort", methods=("GET", "POST"))
def remove(membership_id: UUID) -> Any:
    """Ask, then take the access away (T54-T56); the reason is for the record (D1)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    member = next((one for one in _members() if one.id == str(membership_id)), None)
    if member is None:
        flash("members.gone", good=False)
        return redirect("/behorigheter", 303)
    if request.method == "POST":
        try:
            body = {"reason": form["reason"] or None}
            visit().send("DELETE", f"/org-registry/v1/memberships/{membership_id}", body)
        except ApiError as error:
            form.refuse(error)
        else:
            flash("members.left" if member.is_me else "members.removed")
            return redirect("/oversikt" if member.is_me else "/behorigheter", 303)
    return render("members/remove.html", form=form, member=member), form.status


@area.page("/behorigheter/oversyn", methods=("GET", "POST"))
def review() -> Any:
    """Are these still right? Once a year; who is not answered for now is asked about again (B-08, FC23)."""
    form = Form.posted() if request.method == "POST" else Form.empty()
    asked = visit().get(REVIEW)
    rows = asked["memberships"]
    invitations = every_row(INVITATIONS)
    people = _shown([row for row in rows if row["status"] == "active"], invitations)
    open_ids = (
        {row["id"] for row in rows if row["status"] == "active" and row["kept"] is None} if asked["due"] else set()
    )
    if request.method == "POST":
        answers = {id_: form[f"answer-{id_}"] for id_ in sorted(open_ids)}
        body = {word: [id_ for id_, answer in answers.items() if answer == word] for word in ("keep", "remove")}
        if not (body["keep"] or body["remove"]):
            for member in people:
                if member.id in open_ids:
                    form.wrong(f"answer-{member.id}", visit().t("members.review_choose", name=member.name))
        if form.ok:
            try:
                visit().send("POST", f"{REVIEW}/answers", body)
            except ApiError as error:
                form.refuse(error)
            else:
                flash("members.reviewed")
                return redirect("/behorigheter", 303)
    ended = [row for row in rows if row["status"] != "active"]
    page = render(
        "members/review.html",
        form=form,
        asked=asked,
        people=people,
        open_ids=open_ids,
        ended=list(zip(_shown(ended, invitations), ended, strict=True)),
    )
    return page, form.status


# -- what the pages show ----------------------------------------------------------------------
def _list(form: Form) -> Any:
    invitations = every_row(INVITATIONS)
    waiting = [row for row in invitations if row["may_decide"]]
    rest = [row for row in invitations if not row["may_decide"]]
    return render(
        "members/list.html",
        form=form,
        members=_members(invitations),
        waiting=waiting,
        invitations=rest,
        tags=TAGS,
        due=_review_is_due(),
        requests=_requests(),
    ), form.status


def _invitation(invitation_id: UUID, form: Form) -> Any:
    row = visit().get(f"{INVITATIONS}/{invitation_id}")
    made = row["may_decide"] and _is_made(row["signature"])
    return render("members/invitation.html", form=form, row=row, tags=TAGS, made=made), form.status


def _is_made(signature: dict[str, Any] | None) -> bool:
    """Whether one has signed, and what comes of it is on its way (FC14)."""
    if signature is None or signature["status"] != "ordered":
        return False
    try:
        order = visit().get(f"/identity/v1/sign-orders/{signature['sign_order_id']}")
    except ApiError:
        return False  # the invitation can be shown, and signed again, without it
    return bool(order["status"] == "completed")


def _members(invitations: list[dict[str, Any]] | None = None) -> list[Member]:
    rows = every_row("/org-registry/v1/memberships")
    return _shown(rows, every_row(INVITATIONS) if invitations is None else invitations)


def _shown(rows: list[dict[str, Any]], invitations: list[dict[str, Any]]) -> list[Member]:
    """By the name that the registry has of each; until identity has told it, by whom the invitation let in."""
    present = visit()
    verified = {row["id"]: row["acceptor"]["name"] for row in invitations if row["acceptor"]}
    session, account = present.session or {}, present.account
    mine = account.role if account else ""
    me = session.get("person", {})

    def member(row: dict[str, Any]) -> Member:
        is_me = row["person_id"] == me.get("id")
        # One sees the own name, protected or not.
        name = me.get("name") if is_me else row.get("name") or verified.get(row["invitation_id"])
        role = row.get("role", "delegate")
        may = role != "owner" and (role != "signatory" or mine == "signatory" or is_me)
        return Member(
            id=row["id"],
            name=name or present.t(f"members.nameless_{role}"),
            is_me=is_me,
            role=role,
            read_only=row["read_only"],
            services=None if row["services"] is None else tuple(row["services"]),
            granted_at=row["granted_at"],
            ends_on=row["ends_on"],
            may_remove=may and (is_me or not (account and account.read_only)),
        )

    return [member(row) for row in rows]


def every_row(path: str) -> list[dict[str, Any]]:
    """Every page of a list; an account has few of these."""
    found: list[dict[str, Any]] = []
    number = 1
    while True:
        body = visit().get(path, limit=MOST, page=number)
        found += body["items"]
        if len(found) >= body["total"] or not body["items"]:
            return found
        number += 1


def areas_to_give() -> list[str]:
    """What there is to give: the services of the account's agreements, and no more than one's own (D22)."""
    account = visit().account
    own = account.services if account is not None else None
    try:
        rows = visit().get("/billing/v1/agreements", limit=MOST)["items"]
    except ApiError as error:
        if error.status != FORBIDDEN:
            raise
        rows = []
    there = {row["service_area"] for row in rows} or set(AREAS)
    return [name for name in AREAS if name in there and (own is None or name in own)]


def _requests() -> list[dict[str, Any]]:
    """Those who ask to be let in (FC16); a delegate or a reader is not asked (T50, D22)."""
    account = visit().account
    if account is None or account.read_only or account.role == "delegate":
        return []
    return every_row("/org-registry/v1/account-access-requests")


def _review_is_due() -> bool:
    try:
        return bool(visit().get(REVIEW)["due"])
    except ApiError as error:
        # To customer service, which only looks, there is no review (B-22).
        if error.status in {FORBIDDEN, NOT_FOUND}:
            return False
        raise
