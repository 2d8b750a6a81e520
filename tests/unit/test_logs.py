"""Logs: run and channel on every line, secrets on none."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from mye_tiktok import logs


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
