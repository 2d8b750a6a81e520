"""`webhooks subscriptions`: what each shop shall have registered, what it has, and how that is mended."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mye_tiktok.domain.channel import Channel
from mye_tiktok.errors import MyeTikTokError, WrongSettingsError
from mye_tiktok.jobs.channels import refuse_parked
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.subscriptions import (
    address_problems,
    handled_topics,
    list_subscriptions,
    subscribe,
    unsubscribe,
)

PATH = "/webhook/"
Standing = Literal["ok", "missing", "differs", "fixed", "removed", "extra"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One event of one shop: where it shall go and where it goes. `wanted` is empty for what we don't ask for."""

    channel: Channel
    event: str
    wanted: str
    registered: str
    standing: Standing


@dataclass(slots=True, kw_only=True)
class Standings:
    """What all shops have registered, and per channel why that could not be found out or mended."""

    registrations: list[Registration] = field(default_factory=list)
    errors: dict[str, MyeTikTokError] = field(default_factory=dict)


Act = Callable[[TikTokClient, Sequence[Registration]], Iterable[Registration]]


def on_shops(tiktok: TikTokClient, chosen: Sequence[Channel], address: str, act: Act) -> Standings:
    """Compare and `act` shop by shop; one that fails does not stop the others."""
    standings = Standings()
    for channel in chosen:
        try:
            refuse_parked(channel)
            standings.registrations.extend(act(tiktok, compare(tiktok, channel, address)))
        except MyeTikTokError as error:
            standings.errors[channel.channel_uid] = error
    return standings


def address_of(url: str, *, strict: bool) -> str:
    """Return the address that TikTok shall send events to: `url` itself where it has a path, else its /webhook/.

    Raises WrongSettingsError that lists everything TikTok would not take; not `strict` is for a sandbox.
    """
    if not url:
        raise WrongSettingsError(
            "nobody knows where this installation can be reached", hint="set PUBLIC_URL, or give --url"
        )
    _, _, after_scheme = url.partition("://")
    address = url if "/" in after_scheme.rstrip("/") else url.rstrip("/") + PATH
    if problems := address_problems(address, strict=strict):
        raise WrongSettingsError(
            f"TikTok can't send events to {address}",
            problems=problems,
            hint="let a domain with a certificate point to the listener, and set PUBLIC_URL to https://that.domain",
        )
    return address


def compare(tiktok: TikTokClient, channel: Channel, address: str) -> list[Registration]:
    """Ask TikTok what the shop has registered and compare it with what it shall have."""
    registered = {one.event_type: one.address for one in list_subscriptions(tiktok, channel.access)}
    wanted = [topic.name for topic in handled_topics(subscribable=True)]
    return [
        *(_registration(channel, event, address, registered.get(event, "")) for event in wanted),
        *(
            Registration(channel=channel, event=event, wanted="", registered=where, standing="extra")
            for event, where in registered.items()
            if event not in wanted
        ),
    ]


def leave(tiktok: TikTokClient, found: Sequence[Registration]) -> Iterable[Registration]:
    """Change nothing."""
    return found


def fix(tiktok: TikTokClient, found: Sequence[Registration]) -> Iterator[Registration]:
    """Register what is missing or goes elsewhere; yields what is in force then, one by one."""
    for one in found:
        if one.standing not in ("missing", "differs"):
            yield one
            continue
        subscribe(tiktok, one.channel.access, one.event, one.wanted)
        yield Registration(
            channel=one.channel, event=one.event, wanted=one.wanted, registered=one.wanted, standing="fixed"
        )


def remove(tiktok: TikTokClient, found: Sequence[Registration]) -> Iterator[Registration]:
    """Take away what the shop has registered for our address; yields what is in force then, one by one."""
    for one in found:
        if one.standing != "ok":
            yield one
            continue
        unsubscribe(tiktok, one.channel.access, one.event)
        yield Registration(channel=one.channel, event=one.event, wanted="", registered="", standing="removed")


def _registration(channel: Channel, event: str, address: str, registered: str) -> Registration:
    standing: Standing = "missing" if not registered else "ok" if registered == address else "differs"
    return Registration(channel=channel, event=event, wanted=address, registered=registered, standing=standing)
