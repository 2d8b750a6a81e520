"""`ship bulk`: ship what a file names: all of it looked at, then written down, then sent, then accounted for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from queue import SimpleQueue
from typing import TypeVar

from mye_tiktok import locks
from mye_tiktok.db import shipments
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import Failure, Report
from mye_tiktok.domain.shipment import UNCLEAR_FOR, Outcome, Shipment
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.relaying import relay_what_was_queued
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.shipping_calls import Prepared
from mye_tiktok.jobs.shipping_settling import Refused
from mye_tiktok.jobs.shipping_work import AT_ONCE, ShippingDesk
from mye_tiktok.mye.shipment_files import Line

BULK = "ship bulk"
LINES = 1_000
PARALLEL = 4
"""Chunks in hand at a time: while some call, another reads and another settles."""
FAILURES_TOLD = 1_000
WAITING_TOLD = 20
WAITS = ("pending", "sent")
LOOKS_AT_UNCLEAR = 3
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What became of one line of the file."""

    number: int
    subject: str
    state: str
    code: str = ""
    message: str = ""


@dataclass(slots=True, kw_only=True)
class Bulk:
    """A file on its way. `lines` reads it from its start; `tell` gets what became of each line, in their order.

    `strict`: nothing is sent when one line is bad.
    """

    lines: Callable[[], Iterator[Line]]
    name: str
    channels: Mapping[str, Channel]
    progress: Progress
    tell: Callable[[LineResult], None]
    strict: bool = False
    dry_run: bool = False
    good: int = field(default=0, init=False)
    shipped: set[int] = field(default_factory=set, init=False)
    """What had shipped before this run."""
    refused: set[Refused] = field(default_factory=set, init=False)
    """What the same line was refused for before, which MYE was told."""


def ship_bulk(parts: Parts, bulk: Bulk, around: Surroundings) -> Report:
    """Ship what the good lines of a file name, and relay what MYE is told; a dry run reads only.

    After a kill the same file again goes on where it was: what is written down is no news, and what may have been
    sent is looked at first. The report is partial when lines are bad, were refused or wait.
    """
    with running(parts.database, BULK, "", around, exclusive=False) as run:
        run.report.run_id = run.run_id
        _validate(bulk, run)
        if bulk.dry_run:
            _rehearse(parts, bulk, run, around)
        else:
            ids = _write_down(parts, bulk, run, around)
            _send(parts, ids, bulk, run, around)
            _account(parts, bulk, run)
            relay_what_was_queued(run.report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
        return run.report


def _validate(bulk: Bulk, run: RunningJob) -> None:
    """Look at every line before anything is sent; raises RefusedError when none is good, or not all must be."""
    bad: list[Line] = []
    count = 0
    for line in bulk.lines():
        run.report.add(seen=1)
        if line.shipment is not None:
            bulk.good += 1
            continue
        count += 1
        if len(bad) < FAILURES_TOLD:
            bad.append(line)
    for line in bad:
        run.report.fail(_failure(_bad(line)))
    if count > len(bad):
        run.report.add(failed=count - len(bad))
    if not bulk.good or (bulk.strict and count):
        first = f"; line {bad[0].number}: {bad[0].problem}" if bad else ""
        words = f"{count} line(s) of {bulk.name} are bad" if count else f"{bulk.name} holds no line"
        raise RefusedError(f"{words}, so that nothing was sent{first}", hint="mend them and run it again", code="file")


def _write_down(parts: Parts, bulk: Bulk, run: RunningJob, around: Surroundings) -> list[int]:
    ids: list[int] = []
    with parts.database.transaction() as session:
        shipments.free_dead(session, locks.is_gone)
    for batch in _batches(_good(bulk.lines()), LINES):
        run.stop()
        with parts.database.transaction() as session:
            _remember(bulk, batch, shipments.settled_before(session, batch))
            shipments.add(session, batch, now=around.lease_time(session))
            ids += shipments.ids_of(session, batch)
    return list(dict.fromkeys(ids))


def _remember(bulk: Bulk, batch: Sequence[Shipment], before: Mapping[str, Shipment]) -> None:
    for wanted in batch:
        if (one := before.get(wanted.fingerprint)) is None:
            continue
        if one.state == "shipped":
            bulk.shipped.add(one.shipment_id)
        elif one.source == wanted.source:
            bulk.refused.add((one.shipment_id, one.code))


def _send(parts: Parts, ids: Sequence[int], bulk: Bulk, run: RunningJob, around: Surroundings) -> None:
    desks: SimpleQueue[ShippingDesk] = SimpleQueue()
    # each with a client and a report of its own: several threads must not count in one
    made = [_desk(parts, bulk, run, around) for _ in range(PARALLEL)]
    for desk in made:
        desks.put(desk)

    def work(chunk: Sequence[int]) -> int:
        run.stop()
        desk = desks.get()
        try:
            desk.work(chunk)
        finally:
            desks.put(desk)
        return len(chunk)

    try:
        with ThreadPoolExecutor(PARALLEL, thread_name_prefix="bulk") as pool:
            done = 0
            for number in pool.map(work, _batches(ids, AT_ONCE)):
                done += number
                bulk.progress.at("", done=done, total=len(ids))
        _look_again(parts, ids, work)
    finally:
        for desk in made:
            run.report.requests += desk.tiktok.requests
            run.report.add(queued=desk.run.report.counts.get("queued", 0))
            desk.tiktok.close()


def _desk(parts: Parts, bulk: Bulk, run: RunningJob, around: Surroundings) -> ShippingDesk:
    own = RunningJob(run_id=run.run_id, report=Report(job=BULK), stop=run.stop)
    return ShippingDesk(parts=parts, around=around, run=own, tiktok=parts.tiktok(), told=bulk.refused)


def _look_again(parts: Parts, ids: Sequence[int], work: Callable[[Sequence[int]], int]) -> None:
    """Wait until it can be told whether calls without an answer came through, and go on with those that did not."""
    for _ in range(LOOKS_AT_UNCLEAR):
        unclear = _unclear(parts, ids)
        if not unclear:
            return
        parts.sleep(UNCLEAR_FOR.total_seconds())
        for chunk in _batches(unclear, AT_ONCE):
            work(chunk)


def _unclear(parts: Parts, ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    with parts.database.reading() as session:
        for chunk in _batches(ids, LINES):
            found += [key for key, one in shipments.by_ids(session, chunk).items() if one.state == "sent"]
    return found


def _account(parts: Parts, bulk: Bulk, run: RunningJob) -> None:
    """Tell what became of each line, and count it."""
    run.report.failures.clear()
    for batch in _batches(bulk.lines(), LINES):
        with parts.database.reading() as session:
            wanted = [line.shipment for line in batch if line.shipment is not None]
            stored = shipments.by_ids(session, ids := shipments.ids_of(session, wanted))
        rows = iter(ids)
        for line in batch:
            if line.shipment is None:
                _tell(
                    bulk, run, LineResult(number=line.number, subject=line.subject, state="bad", message=line.problem)
                )
                continue
            one = stored[next(rows)]
            before = one.state == "shipped" and one.shipment_id in bulk.shipped
            run.report.add(**{"shipped_before" if before else _counted(one.state): 1})
            _tell(bulk, run, _result(line, one))


def _counted(state: str) -> str:
    return "waiting" if state in WAITS else state.replace(" ", "_")


def _rehearse(parts: Parts, bulk: Bulk, run: RunningJob, around: Surroundings) -> None:
    run.report.failures.clear()
    desk = ShippingDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok())
    for batch in _batches(bulk.lines(), AT_ONCE):
        run.stop()
        found: dict[int, Prepared | Outcome] = {}
        for uid in dict.fromkeys(line.shipment.channel_uid for line in batch if line.shipment is not None):
            mine = [line for line in batch if line.shipment is not None and line.shipment.channel_uid == uid]
            wanted = [line.shipment for line in mine if line.shipment is not None]
            outcomes = desk.round(bulk.channels[uid]).rehearse(wanted)
            found |= {line.number: outcome for line, outcome in zip(mine, outcomes, strict=True)}
        for line in batch:
            result = _rehearsed(line, found.get(line.number))
            if result.state != "bad":  # those are counted
                run.report.add(**{_counted(result.state): 1})
            _tell(bulk, run, result)
    run.report.requests = desk.tiktok.requests


def _rehearsed(line: Line, found: Prepared | Outcome | None) -> LineResult:
    if found is None:
        return _bad(line)
    if isinstance(found, Outcome):
        return LineResult(
            number=line.number, subject=line.subject, state=found.state, code=found.code, message=found.text
        )
    remarks = "; ".join(found.step.remarks)
    return LineResult(number=line.number, subject=line.subject, state="would be sent", message=remarks)


def _bad(line: Line) -> LineResult:
    return LineResult(number=line.number, subject=line.subject, state="bad", message=line.problem)


def _result(line: Line, one: Shipment) -> LineResult:
    return LineResult(number=line.number, subject=line.subject, state=one.state, code=one.code, message=one.message)


def _tell(bulk: Bulk, run: RunningJob, result: LineResult) -> None:
    bulk.tell(result)
    if result.state in ("shipped", "would be sent"):
        return
    if result.state in WAITS:
        if len(run.report.notes) < WAITING_TOLD:
            run.report.notes.append(f"line {result.number} ({result.subject}) waits: {result.message}")
    elif len(run.report.failures) < FAILURES_TOLD:
        run.report.failures.append(_failure(result))
    if run.report.outcome == "ok":
        run.report.outcome = "partial"


def _failure(result: LineResult) -> Failure:
    item = f"line {result.number}" + (f" ({result.subject})" if result.subject else "")
    code = result.code or ("unreadable" if result.state == "bad" else result.state)
    return Failure(item=item, code=code, message=f"{result.state}: {result.message}", exit_code=65)


def _good(lines: Iterable[Line]) -> Iterator[Shipment]:
    return (line.shipment for line in lines if line.shipment is not None)


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    unread = iter(items)
    while batch := list(islice(unread, size)):
        yield batch
