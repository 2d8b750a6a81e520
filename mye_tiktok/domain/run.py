"""A run of a job: who started it, how it went, and the lease that keeps a second one out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

RunOutcome = Literal["running", "ok", "partial", "failed", "stopped", "abandoned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run record. `holder` is `host:pid:start` of the process; `channel_uid` is empty for all channels."""

    run_id: str
    job: str
    channel_uid: str
    trigger: str
    holder: str
    started_at: datetime
    heartbeat_at: datetime
    finished_at: datetime | None = None
    outcome: RunOutcome = "running"
    exit_code: int | None = None
    requests: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who may run a job on a channel right now."""

    job: str
    channel_uid: str
    run_id: str
    holder: str
    since: datetime
    heartbeat_at: datetime
