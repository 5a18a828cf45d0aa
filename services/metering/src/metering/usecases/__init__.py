"""What can be done in metering, one function per verb."""

from metering.usecases.reading import CorrectReading, SubmitReading, correct_reading, submit_reading
from metering.usecases.telling import (
    AnswerReading,
    EndAgreement,
    LinkAccount,
    NoteAccount,
    NotedMeter,
    ReplaceMeter,
    StartAgreement,
    UnlinkAccount,
    answer_reading,
    end_agreement,
    link_account,
    note_account,
    replace_meter,
    start_agreement,
    unlink_account,
)
from metering.usecases.viewing import Consumption, consumption, get_reading, list_points, list_readings

__all__ = [
    "AnswerReading",
    "Consumption",
    "CorrectReading",
    "EndAgreement",
    "LinkAccount",
    "NoteAccount",
    "NotedMeter",
    "ReplaceMeter",
    "StartAgreement",
    "SubmitReading",
    "UnlinkAccount",
    "answer_reading",
    "consumption",
    "correct_reading",
    "end_agreement",
    "get_reading",
    "link_account",
    "list_points",
    "list_readings",
    "note_account",
    "replace_meter",
    "start_agreement",
    "submit_reading",
    "unlink_account",
]
