"""What a job did: counts, failures and the exit code that follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal["ok", "partial", "failed"]
SEVERITY = (70, 78, 77, 76, 69, 75, 65, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One item that could not be done."""

    item: str
    code: str
    message: str
    hint: str = ""
    exit_code: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a run without --dry-run would do to one item: it would be created, changed or removed.

    `item` is its id, `id_name` what that is called, `title` says in words which one it is.
    """

    item: str
    title: str
    change: str
    id_name: str = "product_id"

    def as_json(self) -> dict[str, str]:
        """Return it as `--json` shows it."""
        return {self.id_name: self.item, "title": self.title, "change": self.change}


@dataclass(slots=True, kw_only=True)
class Report:
    """The account of one job on one channel, or of several channels together.

    `warnings` are for whoever reads the logs of cron, `notes` for whoever asked.
    """

    job: str
    channel_uid: str = ""
    outcome: Outcome = "ok"
    requests: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    channels: list["Report"] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plan: list[Planned] = field(default_factory=list)
    run_id: str = ""

    def add(self, **counts: int) -> None:
        """Count things: seen, created, changed, unchanged, removed, failed, queued, sent …"""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def fail(self, failure: Failure) -> None:
        """Note an item that failed; the run is partial from here on."""
        self.failures.append(failure)
        self.add(failed=1)
        if self.outcome == "ok":
            self.outcome = "partial"

    def include(self, part: "Report") -> None:
        """Add one channel's report to this one."""
        self.channels.append(part)
        self.add(**part.counts)
        self.requests += part.requests
        self.failures.extend(part.failures)
        self.warnings.extend(part.warnings)
        self.notes.extend(part.notes)
        outcomes = {channel.outcome for channel in self.channels}
        self.outcome = outcomes.pop() if len(outcomes) == 1 else "partial"

    @property
    def exit_code(self) -> int:
        """0 when all is done, 1 when partly, else the gravest code among the failures."""
        if self.outcome == "ok":
            return 0
        if self.outcome == "partial":
            return 1
        codes = {failure.exit_code for failure in self.failures}
        return next((code for code in SEVERITY if code in codes), 1)

    def as_json(self) -> Mapping[str, object]:
        """Return the job's JSON without its seconds; each channel's has the id of its own run."""
        shown: dict[str, object] = {"job": self.job}
        if self.channel_uid:
            shown["channel_uid"] = self.channel_uid
        shown |= {"outcome": self.outcome, "requests": self.requests, "counts": self.counts}
        if self.channels:
            shown["channels"] = [channel.as_json() for channel in self.channels]
        shown["failures"] = [
            {"item": failure.item, "code": failure.code, "message": failure.message, "hint": failure.hint}
            for failure in self.failures
        ]
        if self.warnings:
            shown["warnings"] = self.warnings
        if self.notes:
            shown["notes"] = self.notes
        if self.plan:
            shown["plan"] = [planned.as_json() for planned in self.plan]
        return shown | ({"run_id": self.run_id} if self.run_id else {})
