"""Every refusal of metering, with its texts. Codes are public and stable."""

from __future__ import annotations

from typing import ClassVar

from chassis import errors


class MeteringPointNotFound(errors.NotFound):
    """No such metering point for this account."""

    code = "metering-point-not-found"
    sv = ("Mätplatsen finns inte", "Mätplatsen finns inte, eller så har du inte tillgång till den.")
    en = ("The metering point does not exist", "The metering point does not exist, or you do not have access to it.")


class ReadingNotFound(errors.NotFound):
    """No such reading for this account."""

    code = "reading-not-found"
    sv = ("Avläsningen finns inte", "Avläsningen finns inte, eller så har du inte tillgång till den.")
    en = ("The reading does not exist", "The reading does not exist, or you do not have access to it.")


class PointNotSelfRead(errors.Invalid):
    """Only water meters are read by the customer (T5)."""

    code = "metering-point-not-self-read"
    sv = ("Mätaren läses av automatiskt", "Bara vattenmätare läses av av dig. Den här mätplatsen läser vi av.")
    en = ("The meter is read automatically", "Only water meters are read by you. We read this metering point.")


class PointWithoutMeter(errors.Invalid):
    """There is no meter to read."""

    code = "metering-point-without-meter"
    sv = ("Ingen mätare", "Det finns ingen mätare på mätplatsen. Kontakta kundservice.")
    en = ("No meter", "There is no meter at the metering point. Contact customer service.")


class MeterValueImpossible(errors.Invalid):
    """Another system told of a value that the counter cannot show."""

    code = "meter-value-impossible"
    sv = ("Värdet ryms inte på mätaren", "Värdet har fler siffror än mätarens räkneverk.")
    en = ("The value does not fit the meter", "The value has more digits than the meter's counter.")


class MeterNumberMismatch(errors.Invalid):
    """The number on the meter is not the one we know."""

    code = "meter-number-mismatch"
    sv = ("Fel mätarnummer", "Mätarnumret stämmer inte med mätaren på platsen. Kontrollera numret på mätaren.")
    en = ("Wrong meter number", "The number is not that of the meter at this place. Check the number on the meter.")


class ReadingInFuture(errors.Invalid):
    """D24: not after today, by the date in Sweden."""

    code = "reading-in-future"
    sv = ("Datumet har inte varit än", "Ange den dag då du läste av mätaren, senast {today}.")
    en = ("The date has not come yet", "Enter the day when you read the meter, {today} at the latest.")


class ReadingBeforeLast(errors.Invalid):
    """D24: not before the last reading of the meter."""

    code = "reading-before-last"
    sv = ("Det finns en senare avläsning", "Mätaren är redan avläst den {last_on}. Ange en senare dag.")
    en = ("There is a later reading", "The meter has already been read on {last_on}. Enter a later day.")


class ReadingBelowLast(errors.Invalid):
    """D24: lower than the last, and the counter can not have rolled over."""

    code = "reading-below-last"
    sv = (
        "Värdet är lägre än det förra",
        "Förra värdet var {last_m3} m³ den {last_on}. Läs av en gång till. Har mätaren bytts, kontakta kundservice.",
    )
    en = (
        "The value is lower than the last one",
        "The last value was {last_m3} m³ on {last_on}. Read once more. If the meter was changed, contact us.",
    )


class ReadingAboveNext(errors.Invalid):
    """A corrected reading must fit below the one that follows it."""

    code = "reading-above-next"
    sv = ("Värdet är högre än nästa", "Nästa värde är {next_m3} m³ den {next_on}. Rätta först det.")
    en = ("The value is higher than the next one", "The next value is {next_m3} m³ on {next_on}. Correct that first.")


class ReadingTooManyDigits(errors.Invalid):
    """More than the counter can show."""

    code = "reading-too-many-digits"
    sv = ("För många siffror", "Mätaren visar {digits} siffror. Ange bara hela m³, utan decimaler.")
    en = ("Too many digits", "The meter shows {digits} digits. Enter whole m³ only, without decimals.")


class ReadingOutsideAgreement(errors.Invalid):
    """The account had no agreement for the place on that day."""

    code = "reading-outside-agreement"
    sv = ("Utanför avtalet", "Du har inget avtal för mätplatsen den dagen.")
    en = ("Outside the agreement", "You have no agreement for the metering point on that day.")


class ReadingUnchanged(errors.Invalid):
    """A correction that corrects nothing."""

    code = "reading-unchanged"
    sv = ("Värdet är detsamma", "Avläsningen har redan det värdet.")
    en = ("The value is the same", "The reading already has that value.")


class ReadingAlreadyRegistered(errors.Conflict):
    """The meter has a reading for that day: somebody, perhaps you, was first."""

    code = "reading-already-registered"
    sv = ("Redan registrerad", "Mätaren är redan avläst den dagen. Läs in sidan igen, och rätta den avläsningen.")
    en = ("Already registered", "The meter already has a reading for that day. Reload, and correct that reading.")


class ReadingAlreadyBilled(errors.InvalidTransition):
    """D24: a reading may be corrected until it is billed."""

    code = "reading-already-billed"
    sv = ("Redan fakturerad", "Avläsningen är fakturerad och kan inte rättas här. Kontakta kundservice.")
    en = ("Already billed", "The reading has been billed and cannot be corrected here. Contact customer service.")


class ReadingNeedsConfirmation(errors.Conflict):
    """D24: implausible, so ask "Är du säker?". Sent again with ``confirmed`` it is taken, and somebody checks it.

    Parameters: ``reason`` (high, low, roll-over), ``use_m3``, ``expected_m3`` (null where nothing is known), ``days``.
    """

    code = "reading-needs-confirmation"
    sv = ("Är du säker?", "{why} Stämmer värdet, bekräfta det. Annars läs av en gång till.")
    en = ("Are you sure?", "{why} If the value is right, confirm it. Otherwise read the meter once more.")
    why_sv: ClassVar[dict[str, str]] = {
        "high": "Värdet ger {use_m3} m³ på {days} dagar, mycket mer än väntat ({expected_m3} m³). Är det en läcka?",
        "low": "Värdet ger {use_m3} m³ på {days} dagar, mycket mindre än väntat ({expected_m3} m³).",
        "roll-over": "Värdet är lägre än det förra. Har räkneverket slagit runt blir förbrukningen {use_m3} m³.",
    }
    why_en: ClassVar[dict[str, str]] = {
        "high": "This means {use_m3} m³ in {days} days, much more than expected ({expected_m3} m³). Is it a leak?",
        "low": "This means {use_m3} m³ in {days} days, much less than expected ({expected_m3} m³).",
        "roll-over": "The value is lower than the last one. If the counter has rolled over, the use is {use_m3} m³.",
    }

    def text(self, locale: str) -> tuple[str, str]:
        """Title and detail; the detail begins with the reason."""
        title, detail = self.en if locale == "en" else self.sv
        reasons = self.why_en if locale == "en" else self.why_sv
        return title, detail.format(why=reasons[str(self.params["reason"])].format(**self.params))
