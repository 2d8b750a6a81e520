"""Make the calls that ship, each once, and tell what TikTok's answer comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.package import Slot
from mye_tiktok.domain.shipment import Outcome, Shipment
from mye_tiktok.domain.shipment_decision import LOOK_AGAIN, Step
from mye_tiktok.domain.shipping import (
    Arrangement,
    HandoverMethod,
    ItemRefusal,
    Provider,
    SelfShipment,
    pick_provider,
)
from mye_tiktok.errors import MyeTikTokError, RefusedError, TryLaterError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.corrections import NOT_SHIPPED_YET, TOO_LATE_OR_OFTEN, update_package
from mye_tiktok.tiktok.labels import buy_label
from mye_tiktok.tiktok.providers import get_providers
from mye_tiktok.tiktok.shipping import (
    ALREADY_SHIPPED,
    BAD_NUMBER,
    LINES_NEEDED,
    ON_HOLD,
    OPEN_AFTER_SALE,
    mark_shipped,
    ship_package,
    ship_packages,
)

NOT_PERFORMED = frozenset({"429", "36009002", "36009037"})
"""Refused for the rate, which is certain: TikTok did nothing."""
OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "mark_shipped": "mark_package_as_shipped",
        "ship_package": "ship_package",
        "buy_label": "create_packages",
        "update": "update_package_shipping_info",
    }
)
HINTS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        TOO_LATE_OR_OFTEN,
        "a number may be corrected within 72 hours after shipping, and normally once; now only TikTok's support can",
    )
    | dict.fromkeys(BAD_NUMBER, "check number and carrier: `mye-tiktok ship providers --order ORDER_ID` lists carriers")
    | dict.fromkeys(
        OPEN_AFTER_SALE, "settle the buyer's request first: `mye-tiktok orders cancellations list --order ORDER_ID`"
    )
    | {
        LINES_NEEDED: "name the line items that go out with this number",
        NOT_SHIPPED_YET: "ship it first: `mye-tiktok ship mark-shipped` or `mye-tiktok ship arrange`",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A call that can be made. `parcel` is the seller's own, with the id of its carrier."""

    wanted: Shipment
    step: Step
    parcel: SelfShipment | None

    def as_json(self) -> dict[str, object]:
        """Return the call as a dry run shows it."""
        return {
            "operation": OPERATIONS[self.step.act],
            "channel_uid": self.wanted.channel_uid,
            "order_id": self.step.order_id,
            "package_id": self.step.package_id,
            "line_item_ids": list(self.step.line_item_ids),
            "tracking_number": self.parcel.tracking_number if self.parcel else "",
            "provider_id": self.parcel.provider_id if self.parcel else "",
            "remarks": list(self.step.remarks),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of a call. "read": only a look at the order can tell, and `outcome` holds when it tells nothing."""

    verdict: Literal["done", "read", "stop"]
    outcome: Outcome


class Carriers:
    """The carriers of delivery options, each asked for once."""

    def __init__(self, tiktok: TikTokClient) -> None:
        self._tiktok = tiktok
        self._known: dict[tuple[str, str], tuple[Provider, ...]] = {}

    def prepare(self, channel: Channel, wanted: Shipment, step: Step, *, carrier_now: str = "") -> Prepared:
        """Find the carrier that is wanted, by id or name; without one a correction keeps `carrier_now`."""
        if not step.by_seller or not wanted.tracking_number:
            return Prepared(wanted=wanted, step=step, parcel=None)
        named = wanted.provider or carrier_now
        if not named:
            hint = "give its id or name; `mye-tiktok ship providers --order ORDER_ID` lists them"
            raise RefusedError(f"{wanted.subject} needs a shipping provider", hint=hint, code="provider")
        provider_id = named
        if step.delivery_option_id:
            provider_id = pick_provider(self._of(channel, step.delivery_option_id), named).provider_id
        elif not named.isdigit():
            hint = "give the id of the provider in place of its name"
            raise RefusedError(f"TikTok names no delivery option for {wanted.subject}", hint=hint, code="provider")
        parcel = SelfShipment(tracking_number=wanted.tracking_number, provider_id=provider_id)
        return Prepared(wanted=wanted, step=step, parcel=parcel)

    def _of(self, channel: Channel, option_id: str) -> tuple[Provider, ...]:
        key = (channel.channel_uid, option_id)
        if key not in self._known:
            self._known[key] = get_providers(self._tiktok, channel.access, option_id)
        return self._known[key]


def perform(tiktok: TikTokClient, channel: Channel, batch: Sequence[Prepared], *, now: datetime) -> list[Reply]:
    """Make the call of one shipment, or one call for packages that are arranged together; returns a reply for each.

    Raises whatever concerns no single shipment, such as a missing authorization; then nothing was sent.
    """
    try:
        return _call(tiktok, channel, batch, now)
    except RefusedError as refusal:
        return [refused(refusal, now=now)] * len(batch)
    except MyeTikTokError as error:
        if error.exit_code in (77, 78) or error.exit_code > 128:
            raise
        certain = isinstance(error, TryLaterError) and error.code in NOT_PERFORMED
        outcome = Outcome(
            state="pending" if certain else "sent",
            code=error.code,
            message=error.message,
            hint=error.hint,
            request_id=error.request_id,
        )
        return [Reply(verdict="stop" if certain else "read", outcome=outcome)] * len(batch)


def refused(refusal: RefusedError, *, now: datetime) -> Reply:
    """Tell what a refusal of TikTok's comes to."""
    hint = HINTS.get(refusal.code, refusal.hint)
    if refusal.code == ON_HOLD:
        waits = Outcome(
            state="pending", code=refusal.code, message=refusal.message, hint=hint, retry_at=now + LOOK_AGAIN
        )
        return Reply(verdict="stop", outcome=waits)
    outcome = Outcome(
        state="refused", code=refusal.code, message=refusal.message, hint=hint, request_id=refusal.request_id
    )
    return Reply(verdict="read" if refusal.code in ALREADY_SHIPPED else "stop", outcome=outcome)


def _call(tiktok: TikTokClient, channel: Channel, batch: Sequence[Prepared], now: datetime) -> list[Reply]:
    access, first = channel.access, batch[0]
    step, parcel = first.step, first.parcel
    if len(batch) > 1:
        refusals = {one.package_id: one for one in ship_packages(tiktok, access, [_arranged(one) for one in batch])}
        return [_of_batch(one, refusals.get(one.step.package_id), now) for one in batch]
    if step.act == "ship_package":
        ship_package(tiktok, access, _arranged(first))
        return [_done(step.package_id)]
    if step.act == "buy_label":
        bought = buy_label(
            tiktok,
            access,
            [step.order_id],
            line_item_ids=step.line_item_ids,
            service_id=first.wanted.service_id,
        )
        return [_done(bought.package_id)]
    if parcel is None:
        raise RefusedError(f"{first.wanted.subject} needs a tracking number", code="tracking-needed")
    if step.act == "update":
        update_package(tiktok, access, step.package_id, parcel)
        return [_done(step.package_id)]
    shipped = mark_shipped(tiktok, access, step.order_id, parcel, line_item_ids=step.line_item_ids)
    warning = f"TikTok warns: {shipped.warning}" if shipped.warning else ""
    return [_done(shipped.package_id, warning)]


def _arranged(one: Prepared) -> Arrangement:
    methods: Mapping[str, HandoverMethod] = {"PICKUP": "PICKUP", "DROP_OFF": "DROP_OFF"}
    ends = [datetime.fromtimestamp(at, tz=UTC) for at in one.wanted.slot or ()]
    return Arrangement(
        package_id=one.step.package_id,
        method=methods.get(one.wanted.method),
        slot=Slot(start=ends[0], end=ends[1]) if ends else None,
        self_shipment=one.parcel,
    )


def _of_batch(one: Prepared, refusal: ItemRefusal | None, now: datetime) -> Reply:
    if refusal is None:
        return _done(one.step.package_id)
    error = RefusedError(
        f"TikTok refused to ship package {one.step.package_id} with {refusal.code}: {refusal.message}",
        hint=f"`mye-tiktok explain {refusal.code}` says more",
        code=refusal.code,
    )
    return refused(error, now=now)


def _done(package_id: str, warning: str = "") -> Reply:
    packages = (package_id,) if package_id else ()
    return Reply(verdict="done", outcome=Outcome(state="shipped", message=warning, package_ids=packages))
