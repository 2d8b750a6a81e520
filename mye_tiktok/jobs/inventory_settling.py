"""Write down what a push came to for some SKUs: their wishes, the ledger, what MYE is told, and what is left to do."""

from collections.abc import Sequence
from datetime import datetime

from mye_tiktok.db import inventory_ledger, outbox, stock_settling, stock_targets
from mye_tiktok.db.database import Session
from mye_tiktok.domain.message import Message
from mye_tiktok.domain.stock_outcome import Outcome, delay
from mye_tiktok.jobs.stock_sending import Sent
from mye_tiktok.mye.stock_results import QUEUE, settled_message


def settle(session: Session, channel_uid: str, sent: Sent, *, run_id: str, now: datetime) -> int:
    """Settle what a call, or the plan alone, came to, all in one transaction; returns how many messages were queued.

    Wishes are answered by their rows, so that one that came during the call waits on; its SKU stays due.
    """
    stock_targets.hold(session, [one.plan.key for one in sent.outcomes])
    stock_targets.finish(session, [_done(one) for one in sent.outcomes if not one.again], now=now)
    for one in sent.outcomes:
        if one.again:
            _put_off(session, one, unanswered=sent.error is not None, now=now)
    messages = _answers(session, sent.outcomes, now=now)
    entries = [(entry, sent.request_id) for one in sent.outcomes for entry in one.entries]
    inventory_ledger.add(session, channel_uid, entries, now=now, run_id=run_id, cause="push")
    return outbox.add(session, [(QUEUE, message) for message in messages], now=now)


def _done(outcome: Outcome) -> stock_targets.Done:
    return outcome.plan, outcome.accepted or None


def _put_off(session: Session, outcome: Outcome, *, unanswered: bool, now: datetime) -> None:
    plan = outcome.plan
    # what got no answer may have been performed all the same
    accepted = {one.warehouse_id: one.to for one in plan.warehouses} if unanswered else outcome.accepted
    stock_targets.postpone(
        session,
        [(plan, accepted or None)],
        now=now,
        due_at=now + delay(plan.attempts + 1),
        code=outcome.code,
        message=outcome.message,
    )


def _answers(session: Session, outcomes: Sequence[Outcome], *, now: datetime) -> list[Message]:
    about = {settled.wish_id: one for one in outcomes for settled in one.settled}
    answered = stock_settling.settle(session, [settled for one in outcomes for settled in one.settled], now=now)
    messages = []
    for request in answered:
        outcome = about[request.wish_id]
        given = sum(outcome.accepted.values()) if request.state == "applied" else None
        messages.append(settled_message(request, sent=given, warehouses=outcome.warehouses))
    return messages
