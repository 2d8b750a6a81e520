"""Answer a buyer's request to cancel, and tell MYE what became of the order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import AfterSale
from mye_tiktok.errors import MyeTikTokError, RefusedError, WrongUsageError
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts, fetch
from mye_tiktok.jobs.order_anew import keep_anew
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.after_sales import search_cancellations
from mye_tiktok.tiktok.cancellation_decisions import (
    Reason,
    approve_cancellation,
    reject_cancellation,
    reject_reasons,
)
from mye_tiktok.tiktok.client import TikTokClient

Decision = Literal["approve", "reject"]
DECIDE = "orders cancellation"
# how a request stands once it was answered so (Partner Center, "Cancellation status")
ANSWERED: dict[Decision, tuple[str, ...]] = {
    "approve": ("CANCELLATION_REQUEST_SUCCESS", "CANCELLATION_REQUEST_COMPLETE"),
    "reject": ("CANCELLATION_REQUEST_CANCEL",),
}


@dataclass(slots=True, kw_only=True)
class Decided:
    """A request as it stands now; `already` when it had been answered that way before."""

    cancellation: AfterSale | None = None
    already: bool = False


def decide(
    parts: Parts, channel: Channel, cancel_id: str, decision: Decision, around: Surroundings, *, reason: str = ""
) -> tuple[Done, Decided]:
    """Approve or reject the request `cancel_id`; read it before and after, store what changed and tell MYE.

    A request that was answered that way already is done. Raises, as the job's error, RefusedError for a request
    that does not exist or was settled otherwise, WrongUsageError that lists the reasons when `reason` is none of
    those TikTok offers for this very request.
    """
    decided = Decided()

    def work(channel: Channel, tiktok: TikTokClient, run: RunningJob) -> None:
        standing = _read(tiktok, channel, cancel_id)
        decided.already = _is_answered(standing, decision)
        if not decided.already:
            _require_pending(standing)
            _answer(tiktok, channel, standing, decision, reason)
        keep_anew(parts, tiktok, channel, [standing.order_id], after_sales=True, run=run, around=around)
        decided.cancellation = _read(tiktok, channel, cancel_id)

    done = fetch(parts, f"{DECIDE} {decision}", [channel], work, around, dry_run=False)
    return done, decided


def read_reasons(tiktok: TikTokClient, channel: Channel, cancel_id: str) -> list[Reason]:
    """Return the reasons TikTok offers for rejecting this request; raises RefusedError when there is no such one."""
    _read(tiktok, channel, cancel_id)
    return reject_reasons(tiktok, channel.access, cancel_id)


def _read(tiktok: TikTokClient, channel: Channel, cancel_id: str) -> AfterSale:
    pages = search_cancellations(tiktok, channel.access, case_ids=[cancel_id])
    found = next((case for page in pages for case in page if case.case_id == cancel_id), None)
    if found is None:
        raise RefusedError(
            f"TikTok has no cancellation {cancel_id} in channel {channel.channel_uid}",
            hint="`mye-tiktok orders cancellations list` shows those there are",
            code="no-cancellation",
        )
    return found


def _is_answered(standing: AfterSale, decision: Decision) -> bool:
    return standing.status in ANSWERED[decision]


def _require_pending(standing: AfterSale) -> None:
    if not standing.is_pending:
        raise RefusedError(
            f"cancellation {standing.case_id} of order {standing.order_id} is settled: {standing.status}",
            hint=f"`mye-tiktok orders get {standing.order_id}` shows what became of the order",
            code="settled",
        )


def _answer(tiktok: TikTokClient, channel: Channel, standing: AfterSale, decision: Decision, reason: str) -> None:
    try:
        if decision == "approve":
            approve_cancellation(tiktok, channel.access, standing.case_id)
        else:
            chosen = _chosen(reason, reject_reasons(tiktok, channel.access, standing.case_id), standing.case_id)
            reject_cancellation(tiktok, channel.access, standing.case_id, reason=chosen)
    except RefusedError as refusal:
        # somebody else may have answered meanwhile, or an answer of ours that we never heard of counted
        if not _is_answered(_read_or(refusal, tiktok, channel, standing), decision):
            raise


def _read_or(refusal: RefusedError, tiktok: TikTokClient, channel: Channel, standing: AfterSale) -> AfterSale:
    try:
        return _read(tiktok, channel, standing.case_id)
    except MyeTikTokError:
        raise refusal from None


def _chosen(reason: str, offered: Sequence[Reason], cancel_id: str) -> str:
    wanted = reason.strip().casefold()
    for one in offered:
        if wanted and wanted in (one.name.casefold(), one.text.casefold()):
            return one.name
    listed = "\n".join(f"  {one.name}  {one.text}" for one in offered) or "  none"
    what = f"{reason!r} is no reason" if reason else "a reason is needed"
    raise WrongUsageError(
        f"{what} to reject cancellation {cancel_id}; TikTok offers:\n{listed}",
        hint=f"`mye-tiktok orders cancellation reject {cancel_id} --reason NAME`",
    )
