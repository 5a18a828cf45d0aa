import json
import logging

from chassis.telemetry import configure_logging, logger, mask, set_trace, trace_context, traced


def test_a_line_is_one_json_object_with_the_trace_and_without_secrets(capsys):
    configure_logging("billing")
    with traced("abc-1", "00-" + "1" * 32 + "-" + "2" * 16 + "-01"):
        logger("t").info("reading-submitted", value=5, session_token="hemlig", note="för 19990807-2391\r\nx")
    logging.getLogger("library").warning("from %s", "outside")
    own, foreign = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert own["event"] == "reading-submitted"
    assert own["service"] == foreign["service"] == "billing"
    assert (own["correlation_id"], own["trace_id"]) == ("abc-1", "1" * 32)
    assert own["session_token"] == "[hidden]"
    assert "19990807" not in own["note"]
    assert foreign["event"] == "from outside"


def test_what_looks_like_a_personal_number_is_masked_and_other_numbers_stay():
    assert mask("199908072391 990807-2391 990807+2391") == "[pnr] [pnr] [pnr]"
    assert mask("735999109151401011") == "735999109151401011"


def test_a_malformed_trace_from_outside_is_replaced_not_believed():
    context = set_trace("a b\nc", "00-xyz")
    assert context.correlation_id == context.trace_id
    assert len(context.trace_id) == 32
    assert trace_context() is context
