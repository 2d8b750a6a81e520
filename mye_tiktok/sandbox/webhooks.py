"""The webhooks of a sandbox: from the change that is announced to the answer of whoever listens."""

import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mye_tiktok.sandbox import events
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.deliveries import WAITS, Delivery, DeliveryLog, Outcome, Queue, Record
from mye_tiktok.sandbox.mischief import Mischief, Rule
from mye_tiktok.sandbox.occasion import Occasion, new_id, occasion
from mye_tiktok.sandbox.posting import ANSWERS, Post
from mye_tiktok.sandbox.reminders import Reminders
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.signing import webhook_signature
from mye_tiktok.sandbox.tricks import Tricks
from mye_tiktok.sandbox.world import World

if TYPE_CHECKING:
    import httpx

LONGEST_HOLD = 5.0


class Webhooks(Tricks):
    """Announces, delivers, repeats and spoils webhooks. Every method may be called from many threads.

    Nothing leaves by itself: `deliver_due` sends what is due on the sandbox's clock, and while a sandbox is
    served, the threads of a Postman do. `log` tells what became of each attempt.
    """

    def __init__(self, world: World, transport: "httpx.BaseTransport | None" = None) -> None:
        self.log = DeliveryLog()
        self.mischief = Mischief()
        self._world = world
        self._post = Post(transport)
        self._reminders = Reminders(world.tokens)
        self._changed = threading.Condition(threading.RLock())
        self._queue = Queue()
        self._held: list[Delivery] = []
        self._under_way = 0

    def announce(
        self, shop: Shop, event: str, data: Json | None = None, overrides: Mapping[str, object] | None = None
    ) -> None:
        """Queue a webhook about something that has just happened, with this `data` or made-up data.

        `overrides` sets values of the payload at paths. Raises ValueError for an event that is not documented.
        """
        self._queue_up(self._occasion(shop, bare=data is not None), event, data=data, overrides=overrides)

    def deliver_due(self) -> list[Record]:
        """Deliver everything that is due now, one after the other; returns what became of it."""
        records = []
        while (record := self.deliver_next()) is not None:
            records.append(record)
        return records

    def deliver_next(self) -> Record | None:
        """Deliver the first webhook that is due; None when none is."""
        with self._changed:
            self._remind()
            if self._held and self._held[0].due <= self._world.now:
                self._release()
            delivery = self._queue.take(self._world.now)
            if delivery is None:
                return None
            self._under_way += 1
        try:
            return self._attempt(delivery)
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def pending(self) -> list[Delivery]:
        """Return what waits for its time, the earliest due first; what is held back stands last."""
        with self._changed:
            return [*self._queue.waiting(), *self._held]

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is due or under way; False when `seconds` of real time did not suffice.

        For a sandbox that is served; without its threads, call `deliver_due`.
        """
        ends = time.monotonic() + seconds
        with self._changed:
            while self._under_way or self._queue.is_due(self._world.now):
                if not self._changed.wait(max(ends - time.monotonic(), 0)) and time.monotonic() >= ends:
                    return False
        return True

    def wait(self, seconds: float) -> None:
        """Wait for something new, but no longer than this."""
        with self._changed:
            self._changed.wait(seconds)

    def wake(self) -> None:
        """End every wait."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of the connections."""
        self._post.close()

    def set_url(self, url: str, topics: Iterable[str] = ()) -> None:
        """Set the app's URL and its ticked topics (all, if none is named), as Partner Center does."""
        self._world.subscriptions.tick(url, topics)

    def heal(self) -> None:
        """End every trick; what was delayed or held back is due now. Repetitions keep their times."""
        self.mischief.clear()
        with self._changed:
            self._release()
            self._queue.hurry(self._world.now)
            self._changed.notify_all()

    def _occasion(self, shop: Shop, *, bare: bool) -> Occasion:
        seller = next(seller for seller in self._world.sellers if shop in seller.shops)
        if bare:
            return Occasion(now=self._world.now, shop_id=shop.shop_id, seller_open_id=seller.open_id)
        return occasion(seller, shop, self._world.now)

    def _queue_up(
        self,
        moment: Occasion,
        event: str,
        *,
        data: Json | None = None,
        overrides: Mapping[str, object] | None = None,
    ) -> None:
        name = events.find(event).name
        envelope = events.build(name, moment, data=data, overrides=overrides)
        delivery = Delivery(shop_id=moment.shop_id, event=name, envelope=envelope, due=self._world.now)
        if self._world.subscriptions.address(moment.shop_id, name):
            self._send_off(delivery, self.mischief.strike(name))
        else:
            self._note(delivery, "", 0, "unwanted")

    def _send_off(self, delivery: Delivery, struck: Mapping[str, Rule]) -> None:
        if "lose" in struck:
            self._note(delivery, "", 0, "lost")
            return
        delivery.forged = "forge" in struck
        if "delay" in struck:
            delivery.due += struck["delay"].seconds
        with self._changed:
            if "reorder" in struck:
                self._hold(delivery, struck["reorder"].window)
            else:
                self._queue.put(delivery)
            for _ in range(struck["duplicate"].copies if "duplicate" in struck else 0):
                self._queue.put(replace(delivery))
            self._changed.notify_all()

    def _hold(self, delivery: Delivery, window: int) -> None:
        delivery.due = self._held[0].due if self._held else delivery.due + LONGEST_HOLD
        self._held.append(delivery)
        if len(self._held) >= window:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, []
        for delivery in reversed(held):
            delivery.due = self._world.now
            self._queue.put(delivery)

    def _remind(self) -> None:
        for reminder in self._reminders.due(self._world.now):
            moment = replace(self._occasion(reminder.shop, bare=True), now=reminder.at, ends_at=reminder.ends_at)
            self._queue_up(moment, "UPCOMING_AUTHORIZATION_EXPIRATION")

    def _attempt(self, delivery: Delivery) -> Record:
        url = self._world.subscriptions.address(delivery.shop_id, delivery.event)
        if not url:
            return self._note(delivery, "", 0, "unwanted")
        body = events.encode(delivery.envelope)
        secret = secrets.token_hex(16) if delivery.forged else self._world.options.app_secret
        try:
            status, _ = self._post(url, body, webhook_signature(self._world.options.app_key, secret, body))
        except ValueError:  # an address that looked like one
            status = 0
        if status in ANSWERS:
            return self._note(delivery, url, status, "answered")
        if delivery.attempt > len(WAITS):
            return self._note(delivery, url, status, "dropped")
        record = self._note(delivery, url, status, "failed")
        self._repeat(delivery)
        return record

    def _repeat(self, delivery: Delivery) -> None:
        if not self._world.options.webhook_retry_keeps_id and delivery.notification_id:
            delivery.envelope = {**delivery.envelope, "tts_notification_id": new_id()}
        delivery.due = self._world.now + WAITS[delivery.attempt - 1]
        delivery.attempt += 1
        with self._changed:
            self._queue.put(delivery)

    def _note(self, delivery: Delivery, url: str, status: int, outcome: Outcome) -> Record:
        record = Record(
            at=self._world.now,
            event=delivery.event,
            notification_id=delivery.notification_id,
            shop_id=delivery.shop_id,
            url=url,
            attempt=delivery.attempt,
            status=status,
            outcome=outcome,
        )
        self.log.add(record)
        return record
