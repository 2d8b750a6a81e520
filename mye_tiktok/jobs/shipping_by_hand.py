"""Ship what a person names: written down as everything else, then done at once; or only looked at."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from mye_tiktok.db import shipments
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.shipment import Outcome, Shipment
from mye_tiktok.errors import MyeTikTokError, RefusedError, TryLaterError
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.relaying import relay_what_was_queued
from mye_tiktok.jobs.running import RunningJob, Surroundings, running
from mye_tiktok.jobs.shipping_calls import Prepared
from mye_tiktok.jobs.shipping_round import Before, nothing
from mye_tiktok.jobs.shipping_work import AT_ONCE, ShippingDesk

Planned = tuple[Shipment, Prepared | Outcome]


@dataclass(slots=True, kw_only=True)
class ByHand:
    """What came of it: the shipments as they stand, or what a dry run would do for each."""

    found: list[Shipment] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    plan: list[Planned] = field(default_factory=list)


def ship_by_hand(
    parts: Parts,
    channel: Channel,
    wanted: Sequence[Shipment],
    around: Surroundings,
    *,
    job: str,
    dry_run: bool = False,
    before: Before = nothing,
) -> tuple[Done, ByHand]:
    """Ship these now, and relay what MYE is told; a dry run reads only. `before` sees the calls that are to be made.

    What was refused by TikTok before is tried again. Fails, as the job's error, when nothing was shipped; when some
    was, the report is partial.
    """
    started, by_hand = around.clock(), ByHand()
    with running(parts.database, job, channel.channel_uid, around, exclusive=False) as run:
        run.report.run_id = run.run_id
        desk = ShippingDesk(parts=parts, around=around, run=run, tiktok=parts.tiktok(), before=before)
        chunks = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
        run.report.add(seen=len(wanted))
        for chunk in chunks:
            if dry_run:
                by_hand.plan += zip(chunk, desk.round(channel).rehearse(chunk), strict=True)
            else:
                _ship_or_look(desk, channel, chunk, by_hand)
        errors = _account(run, by_hand)
    if not dry_run:
        relay_what_was_queued(run.report, parts.database, parts.broker, parts.queues, around, sleep=parts.sleep)
    return Done(report=run.report, errors=errors, seconds=(around.clock() - started).total_seconds()), by_hand


def _ship_or_look(desk: ShippingDesk, channel: Channel, chunk: Sequence[Shipment], by_hand: ByHand) -> None:
    """Ship what did not ship yet. What did is only looked at, and stays as it is unless TikTok has it still to ship."""
    with desk.parts.database.reading() as session:
        settled = shipments.settled_before(session, chunk)
    before = {fingerprint: one for fingerprint, one in settled.items() if one.state == "shipped"}
    if fresh := [one for one in chunk if one.fingerprint not in before]:
        _ship(desk, fresh, by_hand)
    if not (known := [one for one in chunk if one.fingerprint in before]):
        return
    again = []
    for one, found in zip(known, desk.round(channel).rehearse(known), strict=True):
        if isinstance(found, Outcome):
            _note(desk.run, before[one.fingerprint], found, by_hand)
        else:
            again.append(one)
    if again:
        _ship(desk, again, by_hand)


def _note(run: RunningJob, one: Shipment, found: Outcome, by_hand: ByHand) -> None:
    if found.code == "already-shipped" and found.state == "refused":
        found = Outcome(state="shipped", code=found.code, message=f"its number was corrected since: {found.message}")
    run.report.add(**{found.state: 1})
    by_hand.outcomes[one.shipment_id] = found
    by_hand.found.append(replace(one, code=found.code, message=found.text))


def _ship(desk: ShippingDesk, chunk: Sequence[Shipment], by_hand: ByHand) -> None:
    with desk.parts.database.transaction() as session:
        shipments.add(session, chunk, now=desk.around.lease_time(session))
        ids = list(dict.fromkeys(shipments.ids_of(session, chunk)))
    by_hand.outcomes |= desk.work(ids)
    with desk.parts.database.reading() as session:
        stored = shipments.by_ids(session, ids)
    by_hand.found += [stored[one] for one in ids]


def _account(run: RunningJob, by_hand: ByHand) -> list[MyeTikTokError]:
    """Return what went wrong, and call the job failed when nothing else came of it."""
    found = [(one, by_hand.outcomes.get(one.shipment_id)) for one in by_hand.found]
    errors = [_error(one, then) for one, then in found if (then.state if then else one.state) != "shipped"]
    refused = [outcome for _, outcome in by_hand.plan if isinstance(outcome, Outcome) and outcome.state == "refused"]
    errors += [_refusal(outcome) for outcome in refused]
    if errors:
        run.report.outcome = "failed" if len(errors) == len(by_hand.found) + len(by_hand.plan) else "partial"
    return errors


def _error(one: Shipment, outcome: Outcome | None) -> MyeTikTokError:
    if outcome is None or outcome.state in ("pending", "sent"):
        known = "what became of it is not known yet" if one.state == "sent" else "it waits"
        return TryLaterError(
            f"{one.subject}: {known}: {outcome.message if outcome else 'another run has it in hand'}",
            hint="it is written down: `mye-tiktok ship retry` goes on with it once it is due",
            code=one.code or "waits",
            request_id=one.request_id,
        )
    return _refusal(outcome)


def _refusal(outcome: Outcome) -> MyeTikTokError:
    return RefusedError(outcome.message, hint=outcome.hint, code=outcome.code, request_id=outcome.request_id)
