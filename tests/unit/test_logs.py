"""Logs: run and channel on every line, secrets on none."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from mye_tiktok import logs


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test hides what it hides."""
    monkeypatch.setattr(logs, "_hidden", set())


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """What the logger `mye_tiktok.test` writes, in the form of `logs`."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("mye_tiktok.test")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield written
    logger.removeHandler(handler)


def use(form: logging.Formatter) -> logging.Logger:
    """Give the test's handler a formatter."""
    logger = logging.getLogger("mye_tiktok.test")
    logger.handlers[0].setFormatter(form)
    return logger


def test_a_line_carries_run_and_channel(stream: io.StringIO) -> None:
    logger = use(logs.TextFormatter())

    with logs.context(run="r1", channel="c1"):
        logger.info("started")

    assert stream.getvalue().rstrip().endswith("INFO started run=r1 channel=c1")


def test_json_lines_are_json(stream: io.StringIO) -> None:
    logger = use(logs.JsonFormatter())

    with logs.context(run="r1"):
        logger.warning("look", extra={"fields": {"seen": "3"}})

    line = json.loads(stream.getvalue())
    assert (line["level"], line["message"], line["run"], line["seen"]) == ("warning", "look", "r1", "3")


@pytest.mark.parametrize("form", [logs.TextFormatter(), logs.JsonFormatter()])
def test_a_hidden_text_appears_neither_in_a_line_nor_in_its_traceback(
    stream: io.StringIO, form: logging.Formatter
) -> None:
    logger = use(form)
    logs.hide(["canary-secret-1"])

    try:
        raise ValueError("got canary-secret-1")
    except ValueError:
        logger.exception("failed with canary-secret-1")

    assert "***" in stream.getvalue()
    assert "canary-secret-1" not in stream.getvalue()


@pytest.mark.parametrize("form", [logs.TextFormatter(), logs.JsonFormatter()])
def test_no_part_of_a_secret_remains_when_another_one_begins_like_it(
    stream: io.StringIO, form: logging.Formatter
) -> None:
    logger = use(form)
    logs.hide([f"canary-{number}" + "x" * number for number in range(20)])
    logs.hide([f"canary-{number}" for number in range(20)])

    for number in range(20):
        logger.warning("got canary-%d%s", number, "x" * number)

    assert "canary" not in stream.getvalue()
    assert "***x" not in stream.getvalue()


def test_json_hides_a_secret_that_it_would_escape(stream: io.StringIO) -> None:
    logger = use(logs.JsonFormatter())
    logs.hide(['canary"and\\more'])

    logger.warning("got %s", 'canary"and\\more')

    assert json.loads(stream.getvalue())["message"] == "got ***"


class Line(str):
    """A text during whose redaction somebody else hides one more secret."""

    def replace(self, *_: object) -> "Line":
        logs.hide(["canary-of-another-thread"])
        return self


def test_a_secret_can_be_hidden_while_a_line_is_written() -> None:
    logs.hide(["canary-1", "canary-2"])

    assert logs.redacted(Line("canary-1 canary-2")) == "canary-1 canary-2"
