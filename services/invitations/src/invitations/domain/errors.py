"""The refusals of invitations and their texts. B-24: whoever opens a link learns what has become of it."""

from __future__ import annotations

from chassis.errors import Conflict, Forbidden, Gone, Invalid, InvalidTransition, NotFound, RateLimited, Unavailable

ASK_AGAIN_SV = "Be den som bjöd in dig att skicka en ny inbjudan."
ASK_AGAIN_EN = "Ask the person who invited you to send a new invitation."


class InvitationNotFound(NotFound):
    """No such invitation or link, or not this person's to see (T50): one answer for all."""

    code = "invitation-not-found"
    sv = ("Inbjudan finns inte", "Inbjudan finns inte, eller så har du inte tillgång till den.")
    en = ("No such invitation", "The invitation does not exist, or you do not have access to it.")


# -- what has become of a link (B-24) -------------------------------------------------------------------------------


class InvitationExpired(Gone):
    """T47, T48, D7: 72 hours or more have passed."""

    code = "invitation-expired"
    sv = ("Inbjudan har gått ut", f"Inbjudan behöver accepteras inom 72 timmar. {ASK_AGAIN_SV}")
    en = ("The invitation has expired", f"An invitation must be accepted within 72 hours. {ASK_AGAIN_EN}")


class InvitationReplaced(Gone):
    """D7: the invitation has been renewed, and this is the old link."""

    code = "invitation-link-replaced"
    sv = ("Länken är ersatt", "Det finns en nyare länk till inbjudan. Öppna den i det senaste mejlet.")
    en = ("The link has been replaced", "There is a newer link to the invitation. Open the one in the latest e-mail.")


class InvitationAlreadyUsed(InvalidTransition):
    """It was accepted with this link before."""

    code = "invitation-already-used"
    sv = ("Inbjudan är redan använd", "Inbjudan är redan accepterad. Ett mejl kommer när den har blivit godkänd.")
    en = ("The invitation is already used", "It has already been accepted. An e-mail will tell when it is approved.")


class InvitationUsedByOther(Gone):
    """Somebody else was first with this link."""

    code = "invitation-used-by-other"
    sv = ("Någon annan har använt inbjudan", f"En annan person har redan accepterat inbjudan. {ASK_AGAIN_SV}")
    en = ("Somebody else has used it", f"Another person has already accepted the invitation. {ASK_AGAIN_EN}")


class InvitationForSomebodyElse(Forbidden):
    """FC2, C12: the inviter gave a personal number, and it is not this person's. The invitation stays open."""

    code = "invitation-for-somebody-else"
    sv = (
        "Inbjudan är till någon annan",
        f"Bara personen vars personnummer angavs kan acceptera. Kan numret vara fel? {ASK_AGAIN_SV}",
    )
    en = (
        "The invitation is for somebody else",
        f"Only the person whose personal identity number was given can accept. Wrong number? {ASK_AGAIN_EN}",
    )


class InvitationBindingGone(Invalid):
    """FC2: identity does not have the inviter's personal number any more, or never had it."""

    code = "invitation-binding-gone"
    sv = ("Personnumret finns inte kvar", "Skicka en ny inbjudan och ange personnumret igen.")
    en = ("The personal number is gone", "Send a new invitation and give the personal identity number again.")


class InvitationDeclined(Gone):
    """The invited person said no."""

    code = "invitation-declined"
    sv = ("Inbjudan är avböjd", f"Någon har tackat nej med den här länken. {ASK_AGAIN_SV}")
    en = ("The invitation was declined", f"Somebody has declined with this link. {ASK_AGAIN_EN}")


class InvitationRevoked(Gone):
    """Taken back, or its inviter has lost access (D6); which of them is not told."""

    code = "invitation-revoked"
    sv = ("Inbjudan är återkallad", f"Inbjudan gäller inte längre. {ASK_AGAIN_SV}")
    en = ("The invitation was taken back", f"The invitation is no longer valid. {ASK_AGAIN_EN}")


class InvitationDenied(Gone):
    """The person who accepted was not approved."""

    code = "invitation-denied"
    sv = ("Du blev inte godkänd", f"Den som bjöd in har inte godkänt dig. {ASK_AGAIN_SV}")
    en = ("You were not approved", f"The person who invited you has not approved you. {ASK_AGAIN_EN}")


class InvitationApprovalExpired(Gone):
    """D3: 30 days or more have passed since the acceptance."""

    code = "invitation-approval-expired"
    sv = ("Tiden för godkännande har gått ut", "Ingen godkände inom 30 dagar. Inbjudan behöver förnyas.")
    en = ("The time for approval is over", "Nobody approved within 30 days. The invitation needs to be renewed.")


class InvitationOwn(Forbidden):
    """The inviter opened his own link (CVE-2026-16072 is this, with a secret read from the API)."""

    code = "invitation-own"
    sv = ("Det är din egen inbjudan", "Du kan inte acceptera en inbjudan som du själv har skickat.")
    en = ("It is your own invitation", "You cannot accept an invitation that you sent yourself.")


class InvitationAlreadyMember(Conflict):
    """The acceptor may act for the account as it is; the invitation stays (state machine 6.1)."""

    code = "invitation-already-member"
    sv = ("Du har redan tillgång", "Du har redan tillgång till kontot. Logga in och välj det.")
    en = ("You already have access", "You already have access to the account. Log in and choose it.")


class AcceptorNotVerified(Unavailable):
    """D5: without a verified name nobody can judge whom to approve. Our own fault, never the person's."""

    code = "invitation-acceptor-not-verified"
    sv = ("Vi kan inte bekräfta vem du är", "Ditt namn kunde inte hämtas från inloggningen. Logga in igen.")
    en = ("We cannot confirm who you are", "Your name could not be read from the login. Log in again.")


# -- inviting and deciding ------------------------------------------------------------------------------------------


class InvitationMembershipPending(Unavailable):
    """The gateway knows a membership or account that we have not been told of yet: it is on its way."""

    code = "invitation-membership-pending"
    sv = ("Kontot är helt nytt", "Din behörighet håller på att registreras. Försök igen om en stund.")
    en = ("The account is brand new", "Your access is being registered. Try again in a moment.")


class InvitationNotAllowed(Forbidden):
    """C7: the right was lost a moment ago, or never included inviting."""

    code = "invitation-not-allowed"
    sv = ("Du får inte bjuda in", "Din behörighet omfattar inte att bjuda in andra till kontot.")
    en = ("You may not invite", "Your access does not include inviting others to the account.")


class InvitationTooWide(Forbidden):
    """D22, C6: nobody grants more than he holds, neither when inviting nor when approving."""

    code = "invitation-exceeds-own-rights"
    sv = ("Behörigheten är för vid", "Du kan inte dela ut mer behörighet än du själv har.")
    en = ("Too much access", "You cannot give more access than you have yourself.")


class InvitationEndsInPast(Invalid):
    """The last day of the access has passed before it could begin."""

    code = "invitation-end-date-passed"
    sv = (
        "Slutdatumet har passerat",
        "Behörigheten skulle redan ha upphört. Skicka en ny inbjudan med senare datum.",
    )
    en = ("The end date has passed", "The access would already have ended. Send a new invitation with a later date.")


class InvitationAlreadyOpen(Conflict):
    """The same person has an open invitation to the same mailbox."""

    code = "invitation-already-open"
    sv = ("Redan inbjuden", "Du har redan en öppen inbjudan till den adressen. Förnya den, eller ta bort den först.")
    en = ("Already invited", "You already have an open invitation to that address. Renew it, or take it back first.")


class InvitationAccountLimit(RateLimited):
    """C28: 20 invitation mails a day and account."""

    code = "invitation-account-limit"
    sv = ("För många inbjudningar", "Från ett konto kan {limit} inbjudningar skickas per dygn. Försök igen senare.")
    en = ("Too many invitations", "An account can send {limit} invitations in 24 hours. Try again later.")


class InvitationAddressLimit(RateLimited):
    """C28: 3 invitation mails a day to one mailbox, whoever sends them."""

    code = "invitation-address-limit"
    sv = ("För många inbjudningar till adressen", "En adress kan få {limit} inbjudningar per dygn. Försök igen senare.")
    en = ("Too many invitations to the address", "An address can get {limit} invitations in 24 hours. Try again later.")


class InvitationNotAccepted(InvalidTransition):
    """There is nobody to decide about yet."""

    code = "invitation-not-accepted"
    sv = ("Ingen har accepterat än", "Inbjudan är inte accepterad, så det finns ingen att godkänna eller neka.")
    en = ("Nobody has accepted yet", "The invitation is not accepted, so there is nobody to approve or deny.")


class InvitationAwaitsDecision(InvalidTransition):
    """Too late to take back or renew: somebody has accepted."""

    code = "invitation-awaits-decision"
    sv = ("Någon har redan accepterat", "Inbjudan är accepterad. Godkänn eller neka personen i stället.")
    en = ("Somebody has already accepted", "The invitation has been accepted. Approve or deny the person instead.")


class ApprovalSignatureRequired(InvalidTransition):
    """FC14: this operator wants every approval signed."""

    code = "approval-signature-required"
    sv = (
        "Godkännandet ska skrivas under",
        'Välj "Godkänn och skriv under med BankID" i stället. Behörigheten börjar gälla när du har skrivit under.',
    )
    en = (
        "The approval must be signed",
        'Choose "Approve and sign with BankID" instead. The access begins when you have signed.',
    )


class MandateChanged(Conflict):
    """FC14: what was signed is not what the invitation is about any more."""

    code = "mandate-changed"
    sv = ("Inbjudan har ändrats", "Inbjudan ändrades medan du skrev under. Läs den igen och skriv under på nytt.")
    en = ("The invitation has changed", "It changed while you were signing. Read it again and sign anew.")


class InvitationSettled(InvalidTransition):
    """Approved, denied, declined or revoked: nothing more happens to it."""

    code = "invitation-settled"
    sv = ("Inbjudan är avslutad", "Inbjudan är redan avgjord. Läs in sidan igen.")
    en = ("The invitation is closed", "The invitation has already been settled. Reload the page.")


class InvitationNotOpen(InvalidTransition):
    """It has run out, so there is nothing to take back."""

    code = "invitation-not-open"
    sv = ("Inbjudan har redan gått ut", "Inbjudan har gått ut av sig själv och går inte att använda.")
    en = ("The invitation has already expired", "The invitation has expired by itself and cannot be used.")


class ApproverIsAcceptor(Forbidden):
    """D4: nobody decides about himself."""

    code = "invitation-own-approval"
    sv = ("Du kan inte godkänna dig själv", "Den som har accepterat inbjudan kan inte själv avgöra den.")
    en = ("You cannot approve yourself", "The person who accepted the invitation cannot decide about it.")


class AcceptorIsMember(Conflict):
    """The person got access in another way meanwhile."""

    code = "invitation-acceptor-is-member"
    sv = ("Personen har redan tillgång", "Personen har redan tillgång till kontot. Neka inbjudan för att avsluta den.")
    en = (
        "The person already has access",
        "The person already has access to the account. Deny the invitation to end it.",
    )


class InviterLostAccess(Conflict):
    """D6: what an inviter began is void once he has lost the right."""

    code = "invitation-inviter-lost-access"
    sv = ("Inbjudan gäller inte längre", "Den som bjöd in får inte längre dela ut behörighet. Skicka en ny inbjudan.")
    en = (
        "The invitation is no longer valid",
        "The person who invited may no longer give access. Send a new invitation.",
    )


class InvitationAddressForgotten(Gone):
    """The address is kept for 90 days after the last mail."""

    code = "invitation-address-forgotten"
    sv = ("Adressen är raderad", "Vi sparar adressen i 90 dagar. Skicka en ny inbjudan i stället.")
    en = ("The address has been erased", "We keep the address for 90 days. Send a new invitation instead.")
