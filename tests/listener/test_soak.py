"""The soak of bench/soak.py, small: the listener is killed while events are delivered."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.postgres
def test_kills_lose_no_acknowledged_event_and_double_none(postgres_admin_url: str) -> None:
    small = ("--events", "1000", "--orders", "40", "--kills", "2", "--consumer-kills", "0")

    done = subprocess.run(
        [sys.executable, "-m", "bench.soak", *small], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
    figures = {figure["name"]: figure["value"] for figure in json.loads(done.stdout)["figures"]}
    assert figures["listener killed"] == 2
    assert figures["events acknowledged and handled once"] > 950
