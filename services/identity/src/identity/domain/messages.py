"""BankID's messages to the user, as a table (domain facts 1.5 to 1.7).

Selected by status, hint code, how the app is started (QR or autostart) and what the browser runs on. A code that
we do not know gets the general message of its status (RFA21, RFA22): BankID adds codes without notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ANY = "*"


class Flow(StrEnum):
    """How the BankID app gets the order."""

    QR = "qr"
    AUTOSTART = "autostart"


class Platform(StrEnum):
    """What the browser runs on."""

    COMPUTER = "computer"
    MOBILE = "mobile"


@dataclass(frozen=True)
class Message:
    """A message by id, in the user's language."""

    code: str
    text: str


TEXTS: dict[str, tuple[str, str]] = {
    "RFA1": ("Starta BankID-appen.", "Start your BankID app."),
    "RFA2": (
        "Du verkar inte ha BankID-appen. Installera den och skaffa ett BankID.",
        "You don't seem to have the BankID app. Install the app and get a BankID.",
    ),
    "RFA3": ("Åtgärden avbröts. Försök igen.", "The action was cancelled. Please try again."),
    "RFA4": (
        "En identifiering eller underskrift pågår redan för ditt personnummer. Försök igen.",
        "An identification or signature is already in progress for your personal identity number. Please try again.",
    ),
    "RFA5": ("Något gick fel. Försök igen.", "Something went wrong. Please try again."),
    "RFA6": ("Åtgärden avbröts.", "The action was cancelled."),
    "RFA8": (
        (
            "BankID-appen svarar inte. Kontrollera att den är startad och att du har internetanslutning. Försök "
            "sedan igen."
        ),
        (
            "The BankID app is not responding. Please check that it\N{RIGHT SINGLE QUOTATION MARK}s started "
            "and that you "
            "have internet access. Try again."
        ),
    ),
    "RFA9": (
        "Skriv in din säkerhetskod i BankID-appen och välj Identifiera eller Skriv under.",
        "Enter your security code in the BankID app and select Identify or Sign.",
    ),
    "RFA13": ("Försöker starta BankID-appen.", "Trying to start your BankID app."),
    "RFA15A": (
        (
            "Söker efter BankID. Säkerställ att du har ett giltigt BankID på den här datorn. Om du har ett "
            "BankID på kort, "
            "sätt in kortet i kortläsaren."
        ),
        (
            "Searching for BankID. Make sure you have a valid BankID on this computer. If you have a BankID on "
            "card, please "
            "insert the card into your card reader."
        ),
    ),
    "RFA15B": (
        "Söker efter BankID. Säkerställ att du har ett giltigt BankID på den här enheten.",
        "Searching for BankID. Make sure you have a valid BankID on this device.",
    ),
    "RFA16": (
        "Ditt BankID är för gammalt eller spärrat. Använd ett annat BankID eller skaffa ett nytt hos din bank.",
        "Your BankID is blocked or too old. Please use another BankID or get a new one from your bank.",
    ),
    "RFA17A": (
        "Du verkar inte ha BankID-appen/programmet. Installera den och skaffa ett BankID hos din bank.",
        "You don't seem to have the BankID app/program. Please install it and get a BankID from your bank.",
    ),
    "RFA17B": (
        "Misslyckades att läsa av QR-koden. Starta BankID-appen och läs av QR-koden.",
        "Failed to scan the QR code. Start the BankID app and scan the QR code.",
    ),
    "RFA19": (
        "Vill du använda BankID på den här datorn eller ett Mobilt BankID?",
        "Would you like to use BankID on this computer, or a Mobile BankID?",
    ),
    "RFA20": (
        "Vill du använda BankID på den här enheten eller på en annan enhet?",
        "Do you want to use BankID on this device or another device?",
    ),
    "RFA21": ("En identifiering eller underskrift pågår.", "An identification or signing is in progress."),
    "RFA22": ("Något gick fel. Försök igen.", "Something went wrong. Please try again."),
    "RFA23": (
        "Fotografera och läs av din ID-handling med BankID-appen.",
        "Take a photo of, and scan, your ID document with the BankID app.",
    ),
    # The English of RFA24 to RFA30 is ours: BankID's own was not to be had.
    "RFA24": ("Gör en ansiktsigenkänning i BankID-appen.", "Do a face recognition in the BankID app."),
    "RFA25": (
        "Välj hur du vill bekräfta din identitet i BankID-appen.",
        "Choose how you want to confirm your identity in the BankID app.",
    ),
    "RFA26": (
        "Kontrollen av din ID-handling misslyckades. Försök igen.",
        "The check of your ID document failed. Please try again.",
    ),
    "RFA27": ("Ansiktsigenkänningen misslyckades. Försök igen.", "The face recognition failed. Please try again."),
    "RFA28": (
        "Din enhet saknar den läsare som behövs för att kontrollera ID-handlingar.",
        "Your device lacks the reader that is needed to check ID documents.",
    ),
    "RFA29": (
        (
            "Du har flera BankID på din enhet. Du behöver radera alla utom ett BankID för att kunna slutföra "
            "identifieringen. Det gör du under Meny - Inställningar i din BankID-app."
        ),
        (
            "You have several BankIDs on your device. You need to delete all but one to complete the identification. "
            "You do that under Menu - Settings in your BankID app."
        ),
    ),
    "RFA30": (
        "Bekräftelsen av din identitet misslyckades. Försök igen.",
        "The confirmation of your identity failed. Please try again.",
    ),
    # Our own, where BankID has no text.
    "MS1": (
        "Det går inte att logga in just nu. Försök igen om en stund.",
        "It is not possible to log in right now. Try again in a while.",
    ),
    "MS2": (
        "Din BankID-app behöver uppdateras. Uppdatera appen och försök igen.",
        "Your BankID app needs to be updated. Update the app and try again.",
    ),
    "MS3": (
        "Du svarade att du inte är i ett samtal, så åtgärden avbröts.",
        "You answered that you are not in a call, so the action was cancelled.",
    ),
    "MS4": (
        (
            "Inloggningen stoppades av säkerhetsskäl. Logga aldrig in för att någon annan ber dig. Kontakta "
            "kundservice om "
            "du behöver hjälp."
        ),
        (
            "The login was stopped for security reasons. Never log in because somebody else asks you to. "
            "Contact customer "
            "service if you need help."
        ),
    ),
    "MS5": (
        "BankID är klart. Gå tillbaka till webbläsaren där du började.",
        "BankID is done. Go back to the browser where you started.",
    ),
    "MS6": ("Du är inloggad.", "You are logged in."),
    "MS7": ("Du har skrivit under.", "You have signed."),
    "MS8": (
        "Det går inte att skriva under just nu. Försök igen om en stund.",
        "It is not possible to sign right now. Try again in a while.",
    ),
    "MS9": (
        (
            "Underskriften stoppades av säkerhetsskäl. Skriv aldrig under för att någon annan ber dig. Kontakta "
            "kundservice om du behöver hjälp."
        ),
        (
            "The signature was stopped for security reasons. Never sign because somebody else asks you to. Contact "
            "customer service if you need help."
        ),
    ),
    "MS10": (
        "Underskriften gjordes med någon annans BankID och gäller inte.",
        "The signature was made with somebody else's BankID and does not count.",
    ),
}
"""Id -> (Swedish, English)."""

TABLE: dict[tuple[str, str, str, str], str] = {
    ("pending", "outstandingTransaction", Flow.AUTOSTART, ANY): "RFA13",
    ("pending", "outstandingTransaction", Flow.QR, ANY): "RFA1",
    ("pending", "noClient", ANY, ANY): "RFA1",
    ("pending", "started", ANY, Platform.COMPUTER): "RFA15A",
    ("pending", "started", ANY, Platform.MOBILE): "RFA15B",
    ("pending", "userMrtd", ANY, ANY): "RFA23",
    ("pending", "userCallConfirm", ANY, ANY): "RFA21",
    ("pending", "userSign", ANY, ANY): "RFA9",
    ("pending", "processing", ANY, ANY): "RFA21",
    ("pending", "userStepUp", ANY, ANY): "RFA25",
    ("pending", "userFace", ANY, ANY): "RFA24",
    ("pending", ANY, ANY, ANY): "RFA21",
    ("failed", "expiredTransaction", ANY, ANY): "RFA8",
    ("failed", "certificateErr", ANY, ANY): "RFA16",
    ("failed", "userCancel", ANY, ANY): "RFA6",
    ("failed", "cancelled", ANY, ANY): "RFA3",
    ("failed", "startFailed", Flow.QR, ANY): "RFA17B",
    ("failed", "startFailed", Flow.AUTOSTART, ANY): "RFA17A",
    ("failed", "userDeclinedCall", ANY, ANY): "MS3",
    ("failed", "notSupportedByUserApp", ANY, ANY): "MS2",
    ("failed", "transactionRiskBlocked", ANY, ANY): "RFA22",
    ("failed", "mrtdVerificationFailed", ANY, ANY): "RFA26",
    ("failed", "facialRecognitionFailed", ANY, ANY): "RFA27",
    ("failed", "nfcNotSupportedByDevice", ANY, ANY): "RFA28",
    ("failed", "multipleBankIdsOnDevice", ANY, ANY): "RFA29",
    ("failed", "stepUpFailed", ANY, ANY): "RFA30",
    ("failed", ANY, ANY, ANY): "RFA22",
    ("awaiting-return", ANY, ANY, ANY): "MS5",
    ("complete", ANY, ANY, ANY): "MS6",
}

WHEN_SIGNING = {"MS1": "MS8", "MS4": "MS9", "MS6": "MS7"}
"""Texts of ours about a login -> those about a signature."""

ERRORS: dict[str, str] = {
    "alreadyinprogress": "RFA4",
    "cancelled": "RFA3",
    "requesttimeout": "RFA5",
    "internalerror": "RFA5",
    "maintenance": "RFA5",
    "toomanyrequests": "RFA5",
    "invalidparameters": "MS1",
    "unauthorized": "MS1",
    "notfound": "MS1",
    "methodnotallowed": "MS1",
    "unsupportedmediatype": "MS1",
    # What we found ourselves.
    "unreachable": "RFA5",
    "unreadable": "RFA22",
    "proof-refused": "RFA22",
    "risk-high": "MS4",
    "person-refused": "MS1",
    "other-person": "MS10",
}
"""Error code (BankID's, in lower case, or our own) -> message; what is not here is RFA22 (domain facts 1.6)."""


def select(status: str, hint_code: str | None, flow: str, platform: str) -> str:
    """The id of the message for a state of an order; an unknown hint code gets its status's general one."""
    hint = hint_code or ANY
    for key in (
        (status, hint, flow, platform),
        (status, hint, flow, ANY),
        (status, hint, ANY, platform),
        (status, hint, ANY, ANY),
        (status, ANY, ANY, ANY),
    ):
        if key in TABLE:
            return TABLE[key]
    return "RFA22"


def select_error(error_code: str) -> str:
    """The id of the message for an error code, compared without regard to case."""
    return ERRORS.get(error_code.lower(), "RFA22")


def message(code: str, locale: str) -> Message:
    """The message ``code`` in ``sv`` or ``en``."""
    swedish, english = TEXTS[code]
    return Message(code, english if locale == "en" else swedish)
