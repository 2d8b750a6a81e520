"""`inventory import`: write down the wishes of a file, a batch of lines at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from mye_tiktok.db import inventory_requests
from mye_tiktok.db.database import Database
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import Failure, Report
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.stock_intake import of_known_channels
from mye_tiktok.mye.stock_files import Line

IMPORT = "inventory import"
LINES = 1_000
FAILURES_TOLD = 1_000
LINES_NAMED = 10


def import_stock(
    database: Database,
    lines: Iterable[Line],
    around: Surroundings,
    *,
    progress: Progress,
    total: int | None,
    name: str,
) -> Report:
    """Write down what `lines` of the file `name` wish for, of `total` lines; what is known already changes nothing.

    A run cut short is repeated. The report is partial when some lines are bad; raises RefusedError when all are, or
    when there are none.
    """
    with running(database, IMPORT, "", around, exclusive=False) as run:
        run.report.run_id = run.run_id
        for batch in _batches(_named(lines, name)):
            run.stop()
            _write_down(database, batch, run, around)
            progress.at("", done=batch[-1].number, total=total)
        _require_some(run.report, name)
        return run.report


def _named(lines: Iterable[Line], name: str) -> Iterator[Line]:
    """Yield the lines; what the file as a whole is refused for names the file."""
    try:
        yield from lines
    except RefusedError as error:
        raise RefusedError(f"{name}: {error.message}", hint=error.hint, code=error.code) from None


def _batches(lines: Iterable[Line]) -> Iterator[Sequence[Line]]:
    unread = iter(lines)
    while batch := list(islice(unread, LINES)):
        yield batch


def _write_down(database: Database, batch: Sequence[Line], run: RunningJob, around: Surroundings) -> None:
    now, report = around.clock(), run.report
    numbered = [(line.number, wish) for line in batch for wish in line.wishes]
    with database.transaction() as session:
        checked = of_known_channels(session, [wish for _, wish in numbered])
        good = [wish for wish in checked if not wish.reason]
        new = inventory_requests.add(session, good, now)
    report.add(seen=len(batch), created=new, unchanged=len(good) - new)
    bad = [(number, wish.code, wish.reason) for (number, _), wish in zip(numbered, checked, strict=True) if wish.reason]
    bad += [(line.number, "unreadable", line.problem) for line in batch if line.problem]
    for number, code, reason in sorted(bad):
        _fail(report, Failure(item=f"line {number}", code=code, message=reason))


def _fail(report: Report, failure: Failure) -> None:
    """Note a bad line; of very many only the first ones are named."""
    if len(report.failures) < FAILURES_TOLD:
        report.fail(failure)
    else:
        report.add(failed=1)


def _require_some(report: Report, name: str) -> None:
    report.counts = {what: number for what, number in report.counts.items() if number}
    if report.counts.get("created") or report.counts.get("unchanged"):
        return
    if not report.failures:
        raise RefusedError(f"{name} holds no line about stock")
    lines = [f"{one.item}: {one.message}" for one in report.failures[:LINES_NAMED]]
    more = ["…"] if report.counts["failed"] > LINES_NAMED else []
    raise RefusedError(
        f"nothing in {name} can be used, {report.counts['failed']} failed; {'; '.join([*lines, *more])}",
        hint="`mye-tiktok schema` shows what a line may hold; a CSV file needs a header",
    )
