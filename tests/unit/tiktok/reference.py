"""The reference pack that may lie beside the repository: facts to hold ours against, never needed to run."""

import json
from pathlib import Path
from typing import Any

import pytest

PACK = Path(__file__).parents[4] / "shared" / "tiktok-api"


def reference(name: str) -> Any:
    """Return one JSON file of the pack, or skip the test where the pack is missing."""
    path = PACK / name
    if not path.exists():
        pytest.skip(f"the reference pack is not beside the repository: no {name}")
    return json.loads(path.read_text("utf-8"))
