"""`kill -9` while labels are fetched: whatever bears the name of a label is a whole one, and the next run goes on."""

import random

import pytest
from pypdf import PdfReader

from tests.acceptance.program import Program, SandboxProcess, finished
from tests.acceptance.wire import Wire

LABELS = 12
KILLS = 5


@pytest.mark.products(5)
def test_kills_leave_no_half_label(connected: Program, sandbox: SandboxProcess, tiktok_wire: Wire) -> None:
    program = connected.having(TIKTOK_API_URL=f"http://127.0.0.1:{tiktok_wire.port}")
    packages = shipped(program, sandbox)
    assert len(packages) == LABELS
    command = ("ship", "label", *packages, "--out", "labels", "--merge", "all.pdf", "--json")
    folder, die, codes = program.folder / "labels", random.Random(20261125), []
    for _ in range(KILLS):
        with program.start(*command) as process:
            tiktok_wire.after(die.randrange(500, 9_000), process.kill)
            codes.append(finished(process).code)
        tiktok_wire.forget()
        assert not (program.folder / "all.pdf").exists()
        assert all(len(PdfReader(path, strict=True).pages) == 1 for path in folder.glob("*.pdf"))

    done = program.run(*command)

    assert -9 in codes
    assert (done.code, done.json()["outcome"]) == (0, "ok")
    assert len(list(folder.glob("[!.]*"))) == LABELS
    assert len(PdfReader(program.folder / "all.pdf", strict=True).pages) == LABELS
    quiet = program.run(*command[:-1])
    assert (quiet.code, quiet.err) == (0, "")
    assert {line.split("\t")[0] for line in quiet.out.splitlines()[1:]} == {"kept"}


def shipped(program: Program, sandbox: SandboxProcess) -> list[str]:
    """Place orders that TikTok ships and that wait for their carrier, and return their packages."""
    for _ in range(LABELS):
        sandbox.control("POST", "orders/place", status="AWAITING_COLLECTION", shipping_type="TIKTOK")
    listed = program.run("ship", "packages", "--status", "PROCESSING", "--limit", "50", "--json").json()["packages"]
    return [str(one["id"]) for one in listed]
