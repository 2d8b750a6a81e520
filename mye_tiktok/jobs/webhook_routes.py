"""Tells which channels an event is for, and what it asks to be looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from mye_tiktok.db import authorizations, channels, products
from mye_tiktok.db.database import Session
from mye_tiktok.db.webhook_work import ORPHANED
from mye_tiktok.domain import webhook_patience
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.webhook import UNREADABLE, StoredEvent, Subject
from mye_tiktok.domain.webhook_plan import Hint, Target, WorkKind
from mye_tiktok.tiktok.webhooks import Envelope, order_ids, product_id, read_envelope

KINDS: Mapping[Subject, WorkKind] = {
    "order": "order",
    "invoice": "order",
    "after-sale": "after-sale",
    "product": "product",
    "stock": "product",
    "message": "message",
    "authorization": "authorization",
}
READERS_THAT_MAY_DIE = 2
NOTHING = Envelope(type=UNREADABLE, notification_id="", shop_id="", open_id="", timestamp=None, data={})
AGAIN = (
    "`mye-tiktok auth url`, `mye-tiktok auth integrate --code CODE`, then `mye-tiktok webhooks replay --state parked"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A claimed event with its body unwrapped; one whose body is no envelope is about nothing."""

    stored: StoredEvent
    envelope: Envelope

    @property
    def event_id(self) -> int:
        """The event's row."""
        return self.stored.event_id

    @property
    def is_suspect(self) -> bool:
        """Tell whether two readers died with it in hand: that may have been because of it."""
        return self.stored.outcome == ORPHANED and self.stored.attempts > READERS_THAT_MAY_DIE

    @property
    def about(self) -> Subject:
        """What kind of thing it is about."""
        return self.envelope.topic.about


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Who is who: channels by uid and by shop, the channels of a seller, and who lists a product."""

    channels: Mapping[str, Channel]
    shops: Mapping[str, Channel]
    sellers: Mapping[str, Sequence[Channel]]
    listed: Mapping[str, frozenset[str]]


@dataclass(slots=True, kw_only=True)
class Routed:
    """What becomes of a batch: hints to follow, events that ask for nothing, and those nobody can help, with why."""

    hints: list[Hint] = field(default_factory=list)
    kept: list[int] = field(default_factory=list)
    parked: dict[int, str] = field(default_factory=dict)


def unwrap(stored: StoredEvent) -> Letter:
    """Read the body of an event, with its ids exact."""
    return Letter(stored=stored, envelope=read_envelope(stored.event.body) or NOTHING)


def look_up(session: Session, letters: Sequence[Letter]) -> Directory:
    """Read what the routing of `letters` has to know; a shop of two apps is its active channel."""
    known = channels.list_all(session)
    order = {"active": 2, "parked": 1, "removed": 0}
    by_uid = {channel.channel_uid: channel for channel in known}
    shops = {channel.shop_id: channel for channel in sorted(known, key=lambda channel: order[channel.state])}
    named = {product_id(letter.envelope) for letter in letters if _is_of_a_seller(letter)}
    if not named:
        return Directory(channels=by_uid, shops=shops, sellers={}, listed={})
    open_ids = authorizations.open_ids(session)
    sellers: dict[str, list[Channel]] = {}
    for channel in known:
        sellers.setdefault(open_ids[channel.authorization_id], []).append(channel)
    listed = products.listed_by(session, list(by_uid), sorted(named - {""}))
    return Directory(channels=by_uid, shops=shops, sellers=sellers, listed=listed)


def _is_of_a_seller(letter: Letter) -> bool:
    """Tell whether an event names its seller in place of a shop."""
    return not letter.stored.event.shop_id and letter.stored.event.open_id != ""


def route(letters: Sequence[Letter], directory: Directory) -> Routed:
    """Decide for each event what it asks for; never raises."""
    routed = Routed()
    for letter in letters:
        _route(letter, directory, routed)
    return routed


def _route(letter: Letter, directory: Directory, routed: Routed) -> None:
    if letter.stored.attempts > webhook_patience.MOST_ATTEMPTS:
        died = f"its reader died {letter.stored.attempts - 1} times"
        routed.parked[letter.event_id] = f"{died}; look at it: `mye-tiktok webhooks show {letter.event_id}`"
        return
    kind = KINDS.get(letter.about)
    if kind is None:
        routed.kept.append(letter.event_id)
        return
    addressed = _channels(letter, directory)
    channels = [channel for channel in addressed if channel.state != "removed"]
    hint = _hint(letter, kind, channels)
    if hint is None and (channels or addressed or kind == "authorization"):
        # a shop that was disconnected on purpose, or an event that names nothing
        routed.kept.append(letter.event_id)
    elif hint is None:
        routed.parked[letter.event_id] = _stranger(letter)
    elif kind != "authorization" and (resting := [channel for channel in channels if channel.state != "active"]):
        routed.parked[letter.event_id] = why_parked(resting[0], resting[0].reason)
    else:
        routed.hints.append(hint)


def _channels(letter: Letter, directory: Directory) -> list[Channel]:
    """Return whom an event is for: its shop, or those of the seller's channels that list the product, else all."""
    event = letter.stored.event
    if not _is_of_a_seller(letter):
        return [directory.shops[event.shop_id]] if event.shop_id in directory.shops else []
    all_of_them = [channel for channel in directory.sellers.get(event.open_id, ()) if channel.state != "removed"]
    listing = directory.listed.get(product_id(letter.envelope), frozenset())
    return [channel for channel in all_of_them if channel.channel_uid in listing] or all_of_them


def _hint(letter: Letter, kind: WorkKind, channels: Sequence[Channel]) -> Hint | None:
    """Return what an event asks for; None when there is nothing to look at."""
    if not channels:
        return None
    kind, ids = _asked(letter, kind)
    targets: tuple[Target, ...] = tuple((channel.channel_uid, one) for channel in channels for one in ids)
    occurred_at = letter.stored.event.occurred_at or letter.stored.received_at
    return Hint(event_id=letter.event_id, kind=kind, targets=targets, occurred_at=occurred_at) if targets else None


def _asked(letter: Letter, kind: WorkKind) -> tuple[WorkKind, tuple[str, ...]]:
    if kind in ("order", "after-sale"):
        named = order_ids(letter.envelope)
        # an after-sales event that names no order is looked for by its time
        return (kind, named) if named or kind == "order" else ("sweep", ("",))
    if kind == "product":
        named_product = product_id(letter.envelope)
        return kind, (named_product,) if named_product else ()
    return kind, (letter.stored.event.subject,)


def _stranger(letter: Letter) -> str:
    event = letter.stored.event
    if event.shop_id:
        return f"no channel is shop {event.shop_id}; connect it with {AGAIN} --shop {event.shop_id}`"
    return f"no channel is of seller {event.open_id or '(none named)'}; connect one with {AGAIN}`"


def why_parked(channel: Channel, reason: str) -> str:
    """Say why the events of a resting channel rest with it, and what to type."""
    who = f"channel {channel.channel_uid} is parked: {reason}"
    return f"{who}; let the seller authorize again: {AGAIN} --channel {channel.channel_uid}`"
