"""Events about orders, packages, invoices, cancellations and returns: ask for the orders, keep what changed."""

from collections.abc import Sequence
from datetime import timedelta

from mye_tiktok.db.database import Session
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.order import OrderChange
from mye_tiktok.domain.webhook_plan import Work
from mye_tiktok.jobs.order_keeping import keep_orders, overtaken
from mye_tiktok.jobs.order_refetch import AfterSalesRead, Refetched, read_after_sales, refetch_orders
from mye_tiktok.jobs.webhook_desk import Desk, Effect, Kept, OvertakenError, settled
from mye_tiktok.tiktok.webhooks import told_update

# the event may tell a later time than the case it is about
MARGIN = timedelta(minutes=1)
# what TikTok's detail shows may lag behind its events; how long is not documented, so it is asked this often again
LOOKS_BEHIND = 2
SAME_MOMENT = timedelta(seconds=2)
# what changed before that was found by the pull, whatever time an event tells
LONGEST_LOOK_BACK = timedelta(days=7)


def fetch_and_keep(desk: Desk, work: Work) -> Effect:
    """Ask for the orders of `work`; one that TikTok does not know yet lets its events wait."""
    channel = _channel(desk, work)
    order_ids = [order_id for _, order_id in work.targets]
    with desk.asking(channel):
        found = refetch_orders(desk.tiktok, channel, order_ids, after_sales=work.kind == "after-sale", clock=desk.now)
    return lambda session: _keep(desk, work, found, session)


def sweep(desk: Desk, work: Work) -> Effect:
    """Look for cancellations and returns that changed since the events, which name no order, and ask for their orders.

    How far back that is has a limit: a week.
    """
    channel = _channel(desk, work)
    since = max((work.since or desk.now()) - MARGIN, desk.now() - LONGEST_LOOK_BACK)
    with desk.asking(channel):
        read = read_after_sales(desk.tiktok, channel, updated_from=since, clock=desk.now)
        order_ids = list(dict.fromkeys(case.order_id for case in read.found if case.order_id))
        found = refetch_orders(desk.tiktok, channel, order_ids, after_sales=False, clock=desk.now)
    return lambda session: _keep_swept(desk, work, read, found, session)


def _channel(desk: Desk, work: Work) -> Channel:
    return desk.channels[work.targets[0][0]]


def _keep(desk: Desk, work: Work, found: Refetched, session: Session) -> Kept:
    channel = _channel(desk, work)
    if overtaken(session, channel, found.orders, read_at=found.read_at):
        raise OvertakenError
    changes = keep_orders(
        session, channel, found.orders, found.after_sales, source="webhook", read_at=found.read_at, now=desk.now()
    )
    outcomes = settled(work, {(channel.channel_uid, change.order.order_id) for change in changes})
    waiting = {
        event_id: f"TikTok does not know order {', '.join(unknown[:3])}"
        for part in work.parts
        if (unknown := [order_id for _, order_id in part.targets if order_id in found.missing])
        for event_id in part.event_ids
    } | _behind(desk, work, found)
    return Kept(
        outcomes={event_id: word for event_id, word in outcomes.items() if event_id not in waiting},
        waiting=waiting,
        changed=len(changes),
        queued=_told(changes),
    )


def _behind(desk: Desk, work: Work, found: Refetched) -> dict[int, str]:
    """Return the events that tell of something later than what TikTok's detail shows yet: they wait, a few times."""
    shown = {order.order_id: order.updated_at for order in found.orders}
    behind = {}
    for part in work.parts:
        oldest = min((time for _, order_id in part.targets if (time := shown.get(order_id))), default=None)
        for letter in (desk.letters[event_id] for event_id in part.event_ids):
            told = told_update(letter.envelope) if letter.about == "order" else None
            if told and oldest and told > oldest + SAME_MOMENT and letter.stored.attempts <= LOOKS_BEHIND:
                behind[letter.event_id] = "TikTok's detail of the order is older than the event"
    return behind


def _keep_swept(desk: Desk, work: Work, read: AfterSalesRead, found: Refetched, session: Session) -> Kept:
    channel = _channel(desk, work)
    if overtaken(session, channel, found.orders, read_at=found.read_at):
        raise OvertakenError
    changes = keep_orders(
        session,
        channel,
        found.orders,
        read.found,
        source="webhook",
        read_at=found.read_at,
        now=desk.now(),
        after_sales_read_at=read.read_at,
    )
    word = "changed" if changes else "unchanged"
    return Kept(outcomes=dict.fromkeys(work.event_ids, word), changed=len(changes), queued=_told(changes))


def _told(changes: Sequence[OrderChange]) -> int:
    return sum(change.told is not None for change in changes)
