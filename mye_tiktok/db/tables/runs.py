"""Tables `runs` and `leases`: what jobs did, and who may run one now."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped

from mye_tiktok.db.tables.base import Base, Identifier, IdentifierKey

RUNNING = text("outcome = 'running'")


class RunRow(Base):
    """The record of one run of a job."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(None, "job", "channel_uid", "started_at"),
        Index(None, "started_at"),
        Index("ix_runs_running", "job", "channel_uid", postgresql_where=RUNNING, sqlite_where=RUNNING),
    )

    run_id: Mapped[IdentifierKey]
    job: Mapped[str]
    channel_uid: Mapped[Identifier]
    trigger: Mapped[str]
    holder: Mapped[str]
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str]
    exit_code: Mapped[int | None]
    requests: Mapped[int]
    counts: Mapped[dict[str, int]]
    error: Mapped[str]


class LeaseRow(Base):
    """Who runs a job on a channel. The row of a run that ended well is gone."""

    __tablename__ = "leases"

    job: Mapped[IdentifierKey]
    channel_uid: Mapped[IdentifierKey]
    run_id: Mapped[Identifier]
    holder: Mapped[str]
    since: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
