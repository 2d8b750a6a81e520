"""The controls of the sandbox's webhooks over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import msgspec

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.deliveries import Delivery
from mye_tiktok.sandbox.mischief import Rule

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox

Control = Callable[["Sandbox", Json], Json]


def _show(sandbox: "Sandbox", given: Json) -> Json:
    webhooks, subscriptions = sandbox.webhooks, sandbox.world.subscriptions
    records = webhooks.log.records()[-int(given.get("limit", 100)) :]
    return {
        "url": subscriptions.url,
        "topics": sorted(subscriptions.topics),
        "counts": webhooks.log.counts(),
        "tricks": [asdict(rule) for rule in webhooks.mischief.active()],
        "pending": [_waiting(delivery) for delivery in webhooks.pending()],
        "log": [record._asdict() for record in records],
    }


def _waiting(delivery: Delivery) -> Json:
    return {
        "event": delivery.event,
        "notification_id": delivery.notification_id,
        "shop_id": delivery.shop_id,
        "attempt": delivery.attempt,
        "due": delivery.due,
    }


def _url(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.webhooks.set_url(given["url"], given.get("topics", ()))
    return {"url": sandbox.world.subscriptions.url, "topics": sorted(sandbox.world.subscriptions.topics)}


def _announce(sandbox: "Sandbox", given: Json) -> Json:
    overrides, shop_id = given.get("set"), given.get("shop_id", "")
    sandbox.announce(str(given["event"]), given.get("data"), shop_id=shop_id, overrides=overrides)
    return {}


def _deliver(sandbox: "Sandbox", given: Json) -> Json:
    records = sandbox.deliver_due()
    return {"log": [record._asdict() for record in records], "settled": sandbox.webhooks.settle()}


def _clear(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.webhooks.log.clear()
    return {}


def _play(trick: str) -> Control:
    def control(sandbox: "Sandbox", given: Json) -> Json:
        checked = {name: value for name, value in given.items() if name != "next"}
        msgspec.convert({"trick": trick, "times": given.get("next"), **checked}, Rule)
        getattr(sandbox.webhooks, trick)(**given)
        return {"tricks": [asdict(rule) for rule in sandbox.webhooks.mischief.active()]}

    return control


CONTROLS: Mapping[tuple[str, str], Control] = {
    ("GET", "webhooks"): _show,
    ("POST", "webhooks/url"): _url,
    ("POST", "webhooks/announce"): _announce,
    ("POST", "webhooks/deliver"): _deliver,
    ("POST", "webhooks/clear"): _clear,
    **{("POST", f"webhooks/{trick}"): _play(trick) for trick in ("lose", "duplicate", "reorder", "delay", "forge")},
}
