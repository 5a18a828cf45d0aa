"""What notify refuses."""

from __future__ import annotations

from chassis import errors


class NotificationNotFound(errors.NotFound):
    """No such notice for this person."""

    code = "notification-not-found"
    sv = ("Aviseringen finns inte", "Aviseringen finns inte, eller så är den inte till dig.")
    en = ("No such notice", "The notice does not exist, or it is not for you.")


class PreferenceMandatory(errors.Invalid):
    """Notices that protect the person cannot be switched off (D26)."""

    code = "preference-mandatory"
    sv = ("Kan inte stängas av", "De här aviseringarna skyddar dig och skickas alltid med e-post.")
    en = ("Cannot be switched off", "These notices protect you and are always sent by e-mail.")


class DeliveryUnknown(errors.NotFound):
    """A delivery report for something that was not sent from here."""

    code = "delivery-unknown"
    sv = ("Utskicket finns inte", "Rapporten gäller inget utskick härifrån.")
    en = ("No such delivery", "The report is about nothing that was sent from here.")


class ReportMalformed(errors.DomainError):
    """A delivery report without an id or with a status that means nothing."""

    code = "delivery-report-malformed"
    sv = ("Rapporten går inte att tolka", "Rapporten saknar id eller har en okänd status.")
    en = ("The report is not understood", "The report lacks an id or has an unknown status.")
