"""The second act of `mye-tiktok demo`: an order that a webhook brings, one that the pull brings, and the proof."""

from typing import TYPE_CHECKING

from mye_tiktok.cli.demo_scene import Scene, Teller, listener
from mye_tiktok.cli.session import Signals
from mye_tiktok.errors import MyeTikTokError

if TYPE_CHECKING:
    from mye_tiktok.domain.message import Message
    from mye_tiktok.domain.report import Report
    from mye_tiktok.jobs.done import Done
    from mye_tiktok.jobs.order_verifying import Verified

CREATED = "mye.tiktok.order.created.v1"


def play_orders(on: Scene, channel_uid: str, signals: Signals, tell: Teller) -> dict[str, object]:
    """Place two orders, lose the webhook of the second, and return what `orders verify` found of it."""
    with listener(on) as url:
        on.sandbox.webhooks.set_url(url)
        tell.step("serve-webhook is running", f"TikTok posts its events to {url}")
        first = on.sandbox.place_order(count=2)
        _settle(on)
        consumed = _consume(on, signals)
        tell.step(
            "a buyer places an order: TikTok's webhook tells of it, consume webhooks fetches it",
            f"{consumed.counts.get('seen', 0)} event(s) handled, order {first} is on its way",
        )
        tell.messages("order", _orders(on))
        on.sandbox.webhooks.lose(next=1)
        second = on.sandbox.place_order(count=1)
        _settle(on)
        nothing = _consume(on, signals)
        pulled = _fetch(on, channel_uid, signals)
        tell.step(
            "another order, but its webhook is lost on the way: orders fetch finds it",
            f"{nothing.counts.get('seen', 0)} events arrived; the pull found {pulled.report.counts.get('created', 0)}"
            f" new order, {second}, and left {pulled.report.counts.get('unchanged', 0)} as it was",
        )
        tell.messages("order", _orders(on)[1:])
    verified = _verify(on, channel_uid, signals)
    found = _summary(verified)
    tell.step(
        "orders verify proves it with numbers",
        f"TikTok has {found['tiktok']} orders, we have {found['ours']}, {found['gaps']} gaps; of {found['changes']}"
        f" changes {found['by_webhook']} arrived by webhook, {found['by_pull']} only by the pull",
    )
    _check(found, [message.subject for message in _orders(on) if message.type == CREATED], [first, second])
    return found


def _settle(on: Scene) -> None:
    if not on.sandbox.webhooks.settle():
        raise MyeTikTokError("the sandbox could not deliver its webhook to the listener")


def _consume(on: Scene, signals: Signals) -> "Report":
    from mye_tiktok.cli.reports import surroundings
    from mye_tiktok.jobs.consuming import consume_once

    return consume_once(on.runtime.parts(), surroundings(on.runtime, signals))


def _fetch(on: Scene, channel_uid: str, signals: Signals) -> "Done":
    from mye_tiktok.cli.reports import surroundings
    from mye_tiktok.domain.progress import Silence
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.order_reading import OrderOptions

    chosen = fetching.choose(on.runtime.database, channel_uid, all_channels=False)
    around = surroundings(on.runtime, signals)
    done = fetching.fetch_orders(on.runtime.parts(), chosen, OrderOptions(), around, progress=Silence())
    if done.errors:
        raise done.errors[0]
    return done


def _verify(on: Scene, channel_uid: str, signals: Signals) -> "Verified":
    from datetime import timedelta

    from mye_tiktok.cli.reports import surroundings
    from mye_tiktok.domain.period import Period
    from mye_tiktok.domain.progress import Silence
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.order_verifying import verify_orders

    channel = fetching.choose_one(on.runtime.database, channel_uid)
    period = Period(since=on.runtime.clock() - timedelta(hours=1))
    around = surroundings(on.runtime, signals)
    done, [verified] = verify_orders(on.runtime.parts(), [channel], period, around, repair=True, progress=Silence())
    if done.errors:
        raise done.errors[0]
    return verified


def _orders(on: Scene) -> "list[Message]":
    return list(on.runtime.broker.peek(on.runtime.queues["order"], limit=1000))


def _summary(verified: "Verified") -> dict[str, object]:
    hours = list(verified.hours.hours())
    return {
        "tiktok": sum(hour.tiktok for hour in hours),
        "ours": sum(hour.ours for hour in hours),
        "gaps": len(verified.gaps),
        "changes": sum(topic.changes for topic in verified.topics),
        "by_webhook": sum(topic.by_webhook for topic in verified.topics),
        "by_pull": sum(topic.by_pull for topic in verified.topics),
    }


def _check(found: dict[str, object], announced: list[str], placed: list[str]) -> None:
    right = {"tiktok": 2, "ours": 2, "gaps": 0, "changes": 2, "by_webhook": 1, "by_pull": 1}
    if found != right or announced != placed:
        raise MyeTikTokError(f"the demo did not end as it should: {found}, announced {announced} of {placed}")
