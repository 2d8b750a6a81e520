"""Streams as the shell knows them: a reader that leaves, streams that are closed, a full disk, a foreign locale."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.program import Program, SandboxProcess, finished

LOCALES = [{"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "latin-1"}, {}]


def test_a_reader_that_left_before_the_output_came_is_no_failure(program: Program) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as gone, program.start("config", "show", stdout=gone) as process:
        done = finished(process)

    assert (done.code, done.err) == (0, "")


def test_a_reader_that_takes_one_line_of_many_is_no_failure(connected: Program) -> None:
    connected.run("products", "fetch-all")
    with connected.start("outbox", "list", "--json") as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == "{"
        process.stdout.close()
        assert process.stderr is not None
        err = process.stderr.read()

        assert (process.wait(timeout=20), err) == (0, "")


def test_a_job_whose_reader_left_still_fails_with_its_code(connected: Program, sandbox: SandboxProcess) -> None:
    sandbox.control("POST", "tokens/revoke")
    reader, writer = os.pipe()
    os.close(reader)
    with (
        open(writer, "w", encoding="utf-8") as gone,
        connected.start("products", "fetch-all", "--json", stdout=gone) as process,
    ):
        done = finished(process)

    assert done.code == 77
    assert done.error()["exit_code"] == 77


def test_a_full_disk_is_told(program: Program) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, program.start("config", "show", stdout=full) as process:
        done = finished(process)

    assert done.code == 1
    assert done.err == "error: the output could not be written: No space left on device\n"


def test_closed_streams_are_no_bug(program: Program) -> None:
    shell = 'exec "$@" >&- 2>&-'
    with program.start("--version") as process:
        command = process.args
        finished(process)
    assert isinstance(command, list)

    done = subprocess.run(["/bin/sh", "-c", shell, "sh", *command[:3], "config", "show"], env={}, check=False)

    assert done.returncode == 0


@pytest.mark.parametrize("locale", LOCALES, ids=["C", "latin-1", "none"])
def test_text_is_utf_8_whatever_the_locale_says(
    connected: Program, sandbox: SandboxProcess, locale: dict[str, str]
) -> None:
    product_id = min(sandbox.product_ids())
    title = "Café – 杯子 🌿"
    sandbox.control("POST", "products/edit", product_id=product_id, fields={"title": title})

    shown = connected.having(**locale).run("products", "get", product_id, "--json")

    assert json.loads(shown.out)["product"]["title"] == title
    assert title in connected.having(**locale).run("products", "get", product_id).out
