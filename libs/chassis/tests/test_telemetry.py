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


def test_an_id_is_no_personal_number_whatever_its_digits_are_and_does_not_hide_one():
    known = "01a2030b-b7d2-7991-bbe8-a1234567890a"
    assert mask(f"check {known}.") == f"check {known}."
    assert mask("19900101-1234-4000-8000-199001011234") == "19900101-1234-4000-8000-199001011234"
    assert mask(f"{known} 9908072391") == f"{known} [pnr]"
    assert "199908072391" not in mask(f"{known}199908072391"), "not an id, with more behind it"


def test_a_malformed_trace_from_outside_is_replaced_not_believed():
    context = set_trace("a b\nc", "00-xyz")
    assert context.correlation_id == context.trace_id
    assert len(context.trace_id) == 32
    assert trace_context() is context


def test_what_a_database_says_of_a_row_stays_out_of_the_log(capsys, postgres_server):
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import IntegrityError

    configure_logging("billing")
    url = postgres_server.create("telemetry_rows").replace("postgresql://", "postgresql+psycopg://", 1)
    engine, name = create_engine(url), "nirak"[::-1].title()
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE person (name text CONSTRAINT ck_person_name CHECK (length(name) > 50))"))
        try:
            connection.execute(text("INSERT INTO person VALUES (:name)"), {"name": name})
        except IntegrityError as error:
            logger("t").error("unexpected-error", exc_info=error)
    engine.dispose()
    line = json.loads(capsys.readouterr().out)
    assert name not in json.dumps(line)
    assert "sqlstate 23514, constraint ck_person_name" in line["exception"]
    assert "test_telemetry.py" in line["exception"]
