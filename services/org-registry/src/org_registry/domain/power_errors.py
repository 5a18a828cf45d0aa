"""The refusals about powers of attorney and their texts."""

from __future__ import annotations

from chassis.errors import Conflict, Forbidden, Invalid, InvalidTransition, NotFound, RateLimited


class PowerOfAttorneyNotFound(NotFound):
    """Unknown, or another person's: the same answer for both."""

    code = "power-of-attorney-not-found"
    sv = ("Fullmakten finns inte", "Fullmakten finns inte, eller så är den inte din.")
    en = ("No such power of attorney", "The power of attorney does not exist, or it is not yours.")


class PowerOfAttorneyState(InvalidTransition):
    """Not possible where it is now."""

    code = "power-of-attorney-state"
    sv = ("Det går inte just nu", "Fullmakten är i ett läge där det inte går. Läs in sidan igen.")
    en = ("Not possible now", "The power of attorney is in a state where this cannot be done. Reload the page.")


class PowerOfAttorneyTaken(Conflict):
    """Somebody else of customer service reviews it; take it over first."""

    code = "power-of-attorney-taken"
    sv = ("Någon annan granskar fullmakten", "Ta över granskningen först om du ska avgöra ärendet.")
    en = ("Somebody else reviews it", "Take the review over first if you are to decide it.")


class OwnPowerOfAttorney(Forbidden):
    """Nobody decides his own."""

    code = "power-of-attorney-own"
    sv = (
        "Du kan inte granska din egen fullmakt",
        "Du är administratör i den här fullmakten. En kollega får granska den.",
    )
    en = ("You cannot review your own", "You are the administrator named in it. A colleague has to review it.")


class TooManyPowersOfAttorney(Conflict):
    """Five open ones per person."""

    code = "power-of-attorney-too-many"
    sv = (
        "För många fullmakter",
        "Du har redan {limit} fullmakter som inte är avgjorda. Ta tillbaka någon eller vänta.",
    )
    en = ("Too many", "You already have {limit} powers of attorney that are not decided. Withdraw one, or wait.")

    def __init__(self, *, field: str | None = None, limit: int = 5) -> None:
        super().__init__(field=field, limit=limit)


class TooManyUploads(RateLimited):
    """C26: ten files an hour and person."""

    code = "power-of-attorney-too-many-uploads"
    sv = ("För många filer", "Du har skickat för många filer på kort tid. Vänta en stund och försök igen.")
    en = ("Too many files", "You have sent too many files in a short time. Wait a while and try again.")


class DocumentMissing(Conflict):
    """There is no signed document, or none since it was asked for."""

    code = "power-of-attorney-document-missing"
    sv = ("Dokumentet saknas", "Lägg till den undertecknade fullmakten som PDF eller bild först.")
    en = ("The document is missing", "Add the signed power of attorney as a PDF or an image first.")


class DocumentNotFound(NotFound):
    """None there, or its content has been deleted."""

    code = "power-of-attorney-document-not-found"
    sv = ("Dokumentet finns inte", "Det finns inget dokument att öppna.")
    en = ("No such document", "There is no document to open.")


class DocumentNotScanned(Conflict):
    """C27: nobody opens what the scanner has not called clean."""

    code = "power-of-attorney-document-not-scanned"
    sv = ("Dokumentet är inte kontrollerat", "Dokumentet söks igenom efter skadlig kod. Försök igen om en stund.")
    en = ("The document is not checked", "The document is being scanned for malware. Try again in a while.")


class DocumentInfected(Invalid):
    """C27: malware; nothing has been kept."""

    code = "power-of-attorney-document-infected"
    sv = ("Filen innehåller skadlig kod", "Filen har inte sparats. Skanna eller fotografera dokumentet på nytt.")
    en = ("The file contains malware", "The file was not saved. Scan or photograph the document again.")


class ChecklistIncomplete(Invalid):
    """FK8: every line is to be checked before anybody gets an account."""

    code = "power-of-attorney-checklist-incomplete"
    sv = ("Alla punkter är inte kontrollerade", "Kontrollera alla punkter i checklistan, eller avslå fullmakten.")
    en = ("Not all points are checked", "Check every point of the list, or reject the power of attorney.")
