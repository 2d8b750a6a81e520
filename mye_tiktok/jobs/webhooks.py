"""`consume webhooks`: take what TikTok told us, look at the truth behind it, and tell MYE what changed."""

import contextvars
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from mye_tiktok.db import webhook_work
from mye_tiktok.domain.report import Failure
from mye_tiktok.domain.webhook_plan import Work, plan
from mye_tiktok.errors import MyeTikTokError
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.jobs.webhook_desk import Desk
from mye_tiktok.jobs.webhook_handling import Account, handle
from mye_tiktok.jobs.webhook_routes import Letter, Routed, look_up, route, unwrap
from mye_tiktok.tiktok.client import TikTokClient

CONSUME = "consume webhooks"
BATCH = 1_000
WORKERS = 8
FAILURES_KEPT = 100
SHARE_OF_SUSPECTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """One reader of the events: several may be at work at once, on several hosts. Counts go to `run.report`."""

    parts: Parts
    around: Surroundings
    run: RunningJob
    tiktok: TikTokClient

    def batch(self, size: int, *, due_by: datetime | None = None) -> int:
        """Claim up to `size` events that are due, handle them, and return how many that were.

        Works of the batch run side by side, each in transactions of its own. Raises UnreachableError when the database
        is gone, after the works that still could are done; what was not ticked off comes back after its lease.
        """
        claimed = self._claim(size, due_by)
        suspects, others = _some_suspects(claimed)
        self._give_back(others)
        letters = [letter for letter in claimed if not letter.is_suspect] + suspects
        if not letters:
            return 0
        self.run.report.add(seen=len(letters))
        with self.parts.database.reading() as session:
            directory = look_up(session, letters)
        routed = route(letters, directory)
        desk = Desk(
            database=self.parts.database,
            tiktok=self.tiktok,
            around=self.around,
            claimed_by=self.run.run_id,
            claimed_at=self.around.clock(),
            channels=directory.channels,
            letters={letter.event_id: letter for letter in letters},
        )
        self._settle_at_once(desk, routed)
        # those that may have killed their readers come last and among themselves, so that they take no other along
        apart = {letter.event_id for letter in suspects}
        self._work(desk, plan([hint for hint in routed.hints if hint.event_id not in apart]))
        self._work(desk, plan([hint for hint in routed.hints if hint.event_id in apart]))
        return len(letters)

    def _give_back(self, letters: Sequence[Letter]) -> None:
        if not letters:
            return
        with self.parts.database.transaction() as session:
            event_ids = [letter.event_id for letter in letters]
            webhook_work.leave_to_others(session, event_ids, claimed_by=self.run.run_id)

    def _claim(self, size: int, due_by: datetime | None) -> list[Letter]:
        with self.parts.database.transaction() as session:
            now = self.around.lease_time(session)
            claimed = webhook_work.claim(session, claimed_by=self.run.run_id, now=now, due_by=due_by or now, limit=size)
        return [unwrap(event) for event in claimed]

    def _settle_at_once(self, desk: Desk, routed: Routed) -> None:
        """Tick off what is only kept, and park what is for nobody we know or killed every reader."""
        reasons: defaultdict[str, list[int]] = defaultdict(list)
        for event_id, why in routed.parked.items():
            reasons[why].append(event_id)
        account = Account()
        with desk.database.transaction() as session:
            words = dict.fromkeys(routed.kept, "kept")
            account.counts["kept"] = webhook_work.settle(session, words, claimed_by=desk.claimed_by, now=desk.now())
            for why, event_ids in reasons.items():
                parked = webhook_work.park(session, event_ids, claimed_by=desk.claimed_by, error=why)
                account.counts["parked"] += parked
                account.failures.append(Failure(item=f"{parked} event(s)", code="parked", message=why))
        self._note(account)

    def _work(self, desk: Desk, works: Sequence[Work]) -> None:
        # what failed or killed a reader before comes last
        ordered = sorted(works, key=lambda work: max(desk.letters[one].stored.attempts for one in work.event_ids) > 1)
        with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="webhook") as pool:
            # a thread of the pool knows the run of its log lines only from us
            futures = [pool.submit(contextvars.copy_context().run, partial(handle, desk, work)) for work in ordered]
        self.run.report.requests = self.tiktok.requests
        failed: MyeTikTokError | None = None
        for future in futures:
            try:
                self._note(future.result())
            except MyeTikTokError as error:
                failed = failed or error
        if failed is not None:
            raise failed

    def _note(self, account: Account) -> None:
        report = self.run.report
        report.add(**{name: number for name, number in account.counts.items() if number})
        report.failures += account.failures[: FAILURES_KEPT - len(report.failures)]
        if account.counts["parked"]:
            report.outcome = "partial"


def _some_suspects(claimed: Sequence[Letter]) -> tuple[list[Letter], list[Letter]]:
    """Return the suspects to handle now, and the others: a tenth, in the end one by one, the least suspect first.

    Most are innocent: they were in hand when a host went down. The guilty one is among ever fewer.
    """
    suspects = sorted((letter for letter in claimed if letter.is_suspect), key=lambda letter: letter.stored.attempts)
    share = -(-len(suspects) // SHARE_OF_SUSPECTS)
    return suspects[:share], suspects[share:]
