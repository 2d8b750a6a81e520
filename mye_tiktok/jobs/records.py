"""The records of runs as somebody sees them who looks now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from mye_tiktok import locks
from mye_tiktok.domain.run import Run
from mye_tiktok.jobs.running import STALE_AFTER

LOST = "ended without a word: killed, or its host went down"


def as_seen(runs: Sequence[Run], *, now: datetime) -> list[Run]:
    """Return `runs`, of which those count as abandoned that say "running" and are not.

    Their record says so only once the next run of the job begins. `now` is the time that hosts share.
    """
    return [replace(run, outcome="abandoned", error=LOST) if _is_lost(run, now) else run for run in runs]


def _is_lost(run: Run, now: datetime) -> bool:
    if run.outcome != "running":
        return False
    return locks.is_gone(run.holder) or run.heartbeat_at < now - STALE_AFTER
