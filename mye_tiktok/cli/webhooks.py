"""`mye-tiktok webhooks`: what TikTok told us, and what it shall tell us of."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mye_tiktok.cli.output import acknowledge, fields, note, say, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from mye_tiktok.db.webhook_history import Filter
    from mye_tiktok.domain.webhook import StoredEvent
    from mye_tiktok.runtime import Runtime

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Webhooks: what TikTok tells us of.")

StateOption = Annotated[
    Literal["pending", "handled", "parked", "unreadable"] | None, typer.Option(help="Only events in this state.")
]
TypeOption = Annotated[
    list[str] | None, typer.Option("--type", help="Only these: a number, or a name such as ORDER_STATUS_CHANGE.")
]
ShopOption = Annotated[str, typer.Option(help="Only events of this shop, by TikTok's id.")]
OfChannel = Annotated[str | None, typer.Option("--channel", metavar="UID", help="Only events of this channel's shop.")]
OrderOption = Annotated[str, typer.Option("--order", metavar="ID", help="Only events about this order.")]
SinceOption = Annotated[str | None, typer.Option(help="Only what arrived from then on; without a zone it is UTC.")]
UntilOption = Annotated[str | None, typer.Option(help="Only what arrived before then.")]


@app.command("list", epilog="Example: mye-tiktok webhooks list --state parked")
def list_events(
    ctx: typer.Context,
    state: StateOption = None,
    types: TypeOption = None,
    shop: ShopOption = "",
    channel: OfChannel = None,
    order: OrderOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List events with their state, and count the bad signatures."""
    from mye_tiktok.db import webhook_history, webhooks

    with opened(ctx) as runtime:
        wanted = _filter(
            runtime, state=state, types=types, shop=shop, channel=channel, order=order, since=since, until=until
        )
        with runtime.database.reading() as session:
            found = webhook_history.find(session, wanted, limit=limit)
            counters = webhooks.counters(session)
    events = [_event_json(one) for one in found]
    shown = ("id", "type", "event", "subject", "state", "attempts", "received_at", "handled_at", "outcome", "error")
    refused = counters.get("refused", 0)
    show(
        {"events": events, "refused": refused, "duplicates": counters.get("duplicate", 0)},
        as_json=as_json,
        plain=lambda: table(
            ("ID", "TYPE", "EVENT", "ABOUT", "STATE", "TRIES", "RECEIVED", "HANDLED", "OUTCOME", "ERROR"),
            [tuple(event[name] for name in shown) for event in events],
            empty="no such events",
        ),
    )
    if refused and not as_json:
        note(f"{refused} request(s) with a bad signature were refused")


@app.command("show", epilog="Example: mye-tiktok webhooks show 42")
def show_event(
    ctx: typer.Context,
    event_id: Annotated[int, typer.Argument(help="The id, as `webhooks list` prints it.")],
    as_json: AsJson = False,
) -> None:
    """Show one event with its body, as it was signed."""
    import json

    from mye_tiktok.db import webhook_history
    from mye_tiktok.tiktok.answer import decode
    from mye_tiktok.tiktok.webhooks import read_envelope, told_status

    with opened(ctx) as runtime, runtime.database.reading() as session:
        found = webhook_history.get(session, event_id)
    text = found.event.body.decode("utf-8", "replace")
    envelope = read_envelope(found.event.body)
    data = _event_json(found) | {
        "next_attempt_at": found.next_attempt_at if found.state == "pending" else None,
        "status": told_status(envelope) if envelope else "",
        "body": decode(found.event.body) if envelope else text,
    }

    def plain() -> None:
        fields((name, value) for name, value in data.items() if name != "body")
        say(json.dumps(data["body"], ensure_ascii=False, indent=2) if envelope else text)

    show(data, as_json=as_json, plain=plain)


@app.command("replay", epilog="Example: mye-tiktok webhooks replay --state parked")
def replay(
    ctx: typer.Context,
    event_ids: Annotated[list[int] | None, typer.Argument(help="Ids of events, or filters instead.")] = None,
    state: StateOption = None,
    types: TypeOption = None,
    shop: ShopOption = "",
    channel: OfChannel = None,
    order: OrderOption = "",
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="With filters: at most this many.")] = 10_000,
    as_json: AsJson = False,
) -> None:
    """Make events due once more; `consume webhooks` then handles them.

    Each becomes a new event that names the original. What is unchanged is not told to MYE again.
    """
    from mye_tiktok.db import webhook_history
    from mye_tiktok.db.webhook_history import Filter
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs import webhook_replaying

    with opened(ctx) as runtime:
        wanted = _filter(
            runtime, state=state, types=types, shop=shop, channel=channel, order=order, since=since, until=until
        )
        if bool(event_ids) == (wanted != Filter()):
            raise WrongUsageError(
                "give ids of events, or filters such as --state parked",
                hint="`mye-tiktok webhooks list --state parked`",
            )
        with runtime.database.reading() as session:
            found = (
                [webhook_history.get(session, one) for one in dict.fromkeys(event_ids)]
                if event_ids
                else webhook_history.find(session, wanted, limit=limit)
            )
        replayed = webhook_replaying.replay(runtime.database, found, now=runtime.clock())
    skipped = len(found) - replayed.due
    if skipped and not as_json:
        note(f"{skipped} event(s) were left out: they can't be read, or were replayed by somebody else just now")
    show(
        {"replayed": replayed.due, "skipped": skipped, "events": list(replayed.event_ids)},
        as_json=as_json,
        plain=lambda: acknowledge(f"{replayed.due} event(s) are due again; `mye-tiktok consume webhooks` handles them"),
    )


@app.command("subscriptions", epilog="Example: mye-tiktok webhooks subscriptions --fix")
def subscriptions(
    ctx: typer.Context,
    channel: Annotated[str | None, typer.Option("--channel", metavar="UID", help="Only this channel's shop.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Register what is missing or goes elsewhere.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take away what is registered for this address.")] = False,
    url: Annotated[str, typer.Option(help="Where TikTok shall send events to; else PUBLIC_URL.")] = "",
    as_json: AsJson = False,
) -> None:
    """Compare what each shop has registered with what it shall have; exit 1 when something is missing.

    Some events can only be ticked in Partner Center, for all shops at once; they are named.
    """
    from mye_tiktok.cli.subscription_view import show_subscriptions
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.jobs import subscriptions as jobs
    from mye_tiktok.jobs.fetching import choose
    from mye_tiktok.tiktok.subscriptions import is_tiktok

    if fix and remove:
        raise WrongUsageError("--fix and --remove exclude each other")
    with opened(ctx) as runtime:
        strict = is_tiktok(runtime.settings.text("TIKTOK_API_URL"))
        address = jobs.address_of(url or runtime.settings.text("PUBLIC_URL"), strict=strict)
        chosen = choose(runtime.database, channel, all_channels=channel is None)
        act = jobs.fix if fix else jobs.remove if remove else jobs.leave
        done = jobs.on_shops(runtime.tiktok(), chosen, address, act)
    show_subscriptions(done, address, removing=remove, as_json=as_json)


def _filter(
    runtime: "Runtime",
    *,
    state: "Literal['pending', 'handled', 'parked', 'unreadable'] | None",
    types: list[str] | None,
    shop: str,
    channel: str | None,
    order: str,
    since: str | None,
    until: str | None,
) -> "Filter":
    """Return what the options mean; raises WrongUsageError for a name, a channel or a time that is none."""
    from mye_tiktok.cli.moments import parse_moment
    from mye_tiktok.db import channels
    from mye_tiktok.db.webhook_history import Filter
    from mye_tiktok.errors import WrongUsageError

    if channel is not None and shop:
        raise WrongUsageError("--channel and --shop exclude each other")
    if channel is not None:
        with runtime.database.reading() as session:
            shop = channels.get(session, channel).shop_id
    return Filter(
        state=state,
        types=tuple(_type(name) for name in types or ()),
        shop_id=shop,
        order_id=order,
        since=parse_moment(since, "--since") if since is not None else None,
        until=parse_moment(until, "--until") if until is not None else None,
    )


def _type(name: str) -> int:
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.tiktok.webhooks import TOPICS

    if name.lstrip("-").isdecimal():
        return int(name)
    found = next((topic.type for topic in TOPICS.values() if topic.name == name.upper()), None)
    if found is None:
        known = ", ".join(f"{topic.type} {topic.name}" for topic in TOPICS.values())
        raise WrongUsageError(f"{name!r} is no event we know", hint=f"give its number, or one of {known}")
    return found


def _event_json(stored: "StoredEvent") -> dict[str, object]:
    from mye_tiktok.tiktok.webhooks import topic_name

    event = stored.event
    return {
        "id": stored.event_id,
        "notification_id": event.notification_id,
        "type": event.type,
        "event": topic_name(event.type),
        "shop_id": event.shop_id,
        "subject": event.subject,
        "state": stored.state,
        "attempts": stored.attempts,
        "occurred_at": event.occurred_at,
        "received_at": stored.received_at,
        "handled_at": stored.handled_at,
        "outcome": stored.outcome,
        "error": stored.error,
        "replay_of": stored.replay_of,
    }
