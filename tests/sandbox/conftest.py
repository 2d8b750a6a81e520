"""A sandbox of fifty products whose clock stands still, and an app that is authorized in it."""

from pathlib import Path

import pytest

from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox
from tests.sandbox.caller import Caller, Clock

REFERENCE = Path(__file__).parents[3] / "shared" / "tiktok-api"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(SandboxOptions(products=50), clock=clock)


@pytest.fixture
def caller(sandbox: Sandbox, clock: Clock) -> Caller:
    return Caller.of(sandbox, clock)


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference pack of TikTok's API, which lies beside the repository in some places only."""
    if not REFERENCE.is_dir():
        pytest.skip(f"the reference pack is not at {REFERENCE}")
    return REFERENCE
