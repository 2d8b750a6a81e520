"""One round over shipments of one channel: look, write down that calls are made, make them once, look again."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime

from mye_tiktok.db import shipments
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.shipment import Outcome, Shipment, unclear_for
from mye_tiktok.domain.shipment_decision import Facts, Step, decide, fulfilled
from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    RefusedError,
    StoppedError,
    TryLaterError,
    WrongSettingsError,
)
from mye_tiktok.jobs.channels import park
from mye_tiktok.jobs.shipping_calls import Carriers, Prepared, Reply, perform
from mye_tiktok.jobs.shipping_facts import Reading, read_facts
from mye_tiktok.jobs.shipping_settling import Settler, Verdict
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.shipping import PACKAGES_PER_CALL

log = logging.getLogger(__name__)
Ready = tuple[Prepared, Facts]
Before = Callable[[Sequence[Prepared]], None]


def nothing(_: Sequence[Prepared]) -> None:
    """Look at no call."""


@dataclass(slots=True, kw_only=True)
class Round:
    """One round over some shipments of one channel; `before` sees the calls that are about to be made."""

    tiktok: TikTokClient
    carriers: Carriers
    settler: Settler
    channel: Channel
    pool: Executor
    before: Before = nothing

    def fulfil(self, group: Sequence[Shipment]) -> dict[int, Outcome]:
        """Fulfil these, settle them, and return what became of each.

        After a signal the calls that were made are settled and the others given back, then StoppedError goes on.
        """
        settler = self.settler
        reading = read_facts(self.tiktok, self.channel, group, clock=settler.around.clock)
        verdicts, ready = self.decide(group, reading)
        self.before([one for one, _ in ready])
        settler.run.stop()
        ready = self._mark(ready)
        replies, stopped = self._perform(ready)
        called = [(one, facts) for one, facts in ready if one.wanted.shipment_id in replies]
        after, now = self._look(called), settler.around.clock()
        seen = dict(zip((one.wanted.shipment_id for one, _ in called), after.facts if after else (), strict=False))
        for one, facts in called:
            shipment_id = one.wanted.shipment_id
            outcome = _judged(one, replies[shipment_id], seen.get(shipment_id), self.channel.region, now)
            verdicts.append(_verdict(one.wanted, outcome, seen.get(shipment_id, facts)))
        found = settler.settle(self.channel, verdicts, [reading, after] if after else [reading])
        if stopped is not None:
            self._unsend([one.wanted.shipment_id for one, _ in ready if one.wanted.shipment_id not in replies])
            raise stopped
        return found

    def rehearse(self, group: Sequence[Shipment]) -> list[Prepared | Outcome]:
        """Look, and return for each the call that would be made, or why none would."""
        reading = read_facts(self.tiktok, self.channel, group, clock=self.settler.around.clock)
        return [self._step(one, facts) for one, facts in zip(group, reading.facts, strict=True)]

    def decide(self, group: Sequence[Shipment], reading: Reading) -> tuple[list[Verdict], list[Ready]]:
        """Return what is not to be sent, with the reason, and the calls to make for the rest."""
        verdicts: list[Verdict] = []
        ready: list[Ready] = []
        for one, facts in zip(group, reading.facts, strict=True):
            found = self._step(one, facts)
            if isinstance(found, Prepared):
                ready.append((found, facts))
            else:
                verdicts.append(_verdict(one, found, facts))
        return verdicts, ready

    def _step(self, one: Shipment, facts: Facts) -> Prepared | Outcome:
        now = self.settler.around.clock()
        step = decide(one, facts, self.channel.region, now=now)
        if isinstance(step, Outcome):
            return step
        return _under_way(one, now) or self._prepare(one, step, facts)

    def _prepare(self, one: Shipment, step: Step, facts: Facts) -> Prepared | Outcome:
        carrier = facts.package.provider_id if facts.package and one.kind == "update" else ""
        try:
            return self.carriers.prepare(self.channel, one, step, carrier_now=carrier)
        except RefusedError as refusal:
            return as_refused(refusal)

    def _mark(self, ready: Sequence[Ready]) -> list[Ready]:
        """Write down that the calls are about to be made; what is not ours any more is left out."""
        if not ready:
            return []
        settler = self.settler
        ids = [one.wanted.shipment_id for one, _ in ready]
        with settler.parts.database.transaction() as session:
            now = settler.around.lease_time(session)
            mine = shipments.mark_sent(session, ids, claimed_by=settler.name, now=now)
        return [(one, facts) for one, facts in ready if one.wanted.shipment_id in mine]

    def _perform(self, ready: Sequence[Ready]) -> tuple[dict[int, Reply], MyeTikTokError | None]:
        """Make the calls, some at once; returns the replies, and what stopped the rest before they were made."""
        settler, now = self.settler, self.settler.around.clock()
        replies: dict[int, Reply] = {}
        stopped: list[MyeTikTokError] = []

        def make(batch: Sequence[Prepared]) -> None:
            if stopped:
                return
            try:
                settler.run.stop()
                made = perform(self.tiktok, self.channel, batch, now=now)
            except (StoppedError, WrongSettingsError, TryLaterError) as error:
                stopped.append(error)
            except NeedsPersonError as error:
                park(settler.parts.database, self.channel, error, settler.around)
                replies.update((one.wanted.shipment_id, _put_off(error)) for one in batch)
            except Exception as error:
                log.exception("a bug, at %s", batch[0].wanted.subject)
                words = f"a bug in mye-tiktok: {type(error).__name__}"
                bug = Outcome(state="sent", code="bug", message=words, hint="report it with the log")
                replies.update((one.wanted.shipment_id, Reply(verdict="read", outcome=bug)) for one in batch)
            else:
                replies.update((one.wanted.shipment_id, reply) for one, reply in zip(batch, made, strict=True))

        first, again = _apart([one for one, _ in ready])
        batches = _batches(first)
        if len(batches) < 2:
            list(map(make, batches))
        else:
            list(self.pool.map(make, batches))
        for one in again:
            make([one])
        return replies, stopped[0] if stopped else None

    def _look(self, called: Sequence[Ready]) -> Reading | None:
        """Read anew that for which a call was made; None when TikTok can't be asked."""
        if not called:
            return None
        try:
            wanted = [one.wanted for one, _ in called]
            return read_facts(self.tiktok, self.channel, wanted, clock=self.settler.around.clock)
        except MyeTikTokError as error:
            log.info("the orders could not be read after the call: %s", error.message)
            return None

    def _unsend(self, shipment_ids: Sequence[int]) -> None:
        """Give back those whose call was not made."""
        if shipment_ids:
            with self.settler.parts.database.transaction() as session:
                shipments.release(session, shipment_ids, claimed_by=self.settler.name, unsent=True)


def as_refused(error: MyeTikTokError) -> Outcome:
    """Return an error as what became of a shipment for good."""
    return Outcome(
        state="refused", code=error.code, message=error.message, hint=error.hint, request_id=error.request_id
    )


def _judged(one: Prepared, reply: Reply, after: Facts | None, region: str, now: datetime) -> Outcome:
    """Return what a call came to, by its answer or, where that does not tell, by the order as it is now.

    TikTok may take a shipment at once and show it later: while it calls an order shipped before and shows it as one
    that waits, nobody knows with which number it was, and it may have been ours.
    """
    if reply.verdict != "read":
        return reply.outcome
    if after is not None and (done := fulfilled(one.wanted, after)):
        return done
    if reply.outcome.state != "refused":
        return reply.outcome
    shown = decide(one.wanted, after, region, now=now) if after is not None else None
    if isinstance(shown, Outcome):
        return replace(reply.outcome, hint=shown.text or reply.outcome.hint)
    words = f"{reply.outcome.message}; with which number the order does not show yet"
    return replace(reply.outcome, state="sent", message=words, hint="it is looked at again")


def _verdict(one: Shipment, outcome: Outcome, facts: Facts) -> Verdict:
    ids = tuple(order.order_id for order in facts.orders)
    return Verdict(shipment=one, outcome=outcome, order_ids=ids or ((one.order_id,) if one.order_id else ()))


def _under_way(one: Shipment, now: datetime) -> Outcome | None:
    """Return that a call may still come through, so that nothing is sent yet."""
    if one.state != "sent" or one.sent_at is None:
        return None
    until = one.sent_at + unclear_for(one.kind)
    words = "whether the call came through is not known yet"
    return Outcome(state="sent", code="unclear", message=words, retry_at=until) if now < until else None


def _put_off(error: MyeTikTokError) -> Reply:
    outcome = Outcome(state="pending", code=error.code, message=error.message, hint=error.hint)
    return Reply(verdict="stop", outcome=outcome)


def _apart(ready: Sequence[Prepared]) -> tuple[list[Prepared], list[Prepared]]:
    """Return what may be called together, and what comes after it: all but the first of an order or package."""
    first: dict[tuple[str, str], Prepared] = {}
    for one in ready:
        arranged = one.step.act == "ship_package"
        first.setdefault(("package", one.step.package_id) if arranged else ("order", one.step.order_id), one)
    together = list(first.values())
    return together, [one for one in ready if one not in together]


def _batches(ready: Sequence[Prepared]) -> list[list[Prepared]]:
    """Return what goes into one call: packages that are arranged go together, all else alone."""
    arranged = [one for one in ready if one.step.act == "ship_package"]
    alone = [[one] for one in ready if one.step.act != "ship_package"]
    return alone + [arranged[at : at + PACKAGES_PER_CALL] for at in range(0, len(arranged), PACKAGES_PER_CALL)]
