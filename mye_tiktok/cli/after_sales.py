"""`mye-tiktok orders cancellations|returns|cancellation`: what buyers ask for after the sale, and the answer to it."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mye_tiktok.cli.output import acknowledge, note, say, show, table
from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime, opened

if TYPE_CHECKING:
    from mye_tiktok.domain.order import AfterSale, AfterSaleKind
    from mye_tiktok.tiktok.cancellation_decisions import Reason

cancellations = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Cancellations, live from TikTok.")
returns = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Returns and refunds, live from TikTok.")
cancellation = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Answer a buyer who wants to cancel.")

Status = Annotated[list[str] | None, typer.Option(help="Only in this state, in TikTok's words; may be repeated.")]
OrderId = Annotated[list[str] | None, typer.Option("--order", help="Only of this order; may be repeated.")]
Since = Annotated[str | None, typer.Option(help="Only what changed since then; without a zone it is UTC.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most this many, the oldest first.")]
CancelId = Annotated[str, typer.Argument(metavar="ID", help="The cancellation's id, as the list prints it.")]


def register(app: typer.Typer) -> None:
    """Add the groups."""
    app.add_typer(cancellations, name="cancellations")
    app.add_typer(returns, name="returns")
    app.add_typer(cancellation, name="cancellation")


@cancellations.command("list", epilog="Example: mye-tiktok orders cancellations list --pending")
def list_cancellations(
    ctx: typer.Context,
    channel: ChannelOption = None,
    status: Status = None,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that wait for the seller's answer.")] = False,
    order: OrderId = None,
    since: Since = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List cancellations; one that is not answered in time is approved by TikTok itself."""
    statuses = [*(status or []), *(["CANCELLATION_REQUEST_PENDING"] if pending else [])]
    _list(ctx, channel, "cancellation", statuses, order or [], since, limit, as_json=as_json)


@returns.command("list", epilog="Example: mye-tiktok orders returns list --since 2026-11-01")
def list_returns(
    ctx: typer.Context,
    channel: ChannelOption = None,
    status: Status = None,
    order: OrderId = None,
    since: Since = None,
    limit: Limit = 100,
    as_json: AsJson = False,
) -> None:
    """List returns, refunds, replacements and exchanges."""
    _list(ctx, channel, "return", status or [], order or [], since, limit, as_json=as_json)


@cancellation.command("approve", epilog="Example: mye-tiktok orders cancellation approve 4035318504086604100")
def approve(ctx: typer.Context, cancel_id: CancelId, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """Let the buyer cancel; MYE is told what became of the order."""
    _decide(ctx, channel, cancel_id, "approve", "", as_json=as_json)


@cancellation.command(
    "reject", epilog="Example: mye-tiktok orders cancellation reject 4035318504086604100 --reason NAME"
)
def reject(
    ctx: typer.Context,
    cancel_id: CancelId,
    channel: ChannelOption = None,
    reason: Annotated[str, typer.Option(help="One of those TikTok offers; without it they are listed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Refuse to cancel, with a reason TikTok offers for this very request.

    Without --reason it exits with 2 and lists them; `orders cancellation reasons ID` does, too.
    """
    _decide(ctx, channel, cancel_id, "reject", reason, as_json=as_json)


@cancellation.command("reasons", epilog="Example: mye-tiktok orders cancellation reasons 4035318504086604100")
def reasons(ctx: typer.Context, cancel_id: CancelId, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """List the reasons with which this request may be rejected."""
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.order_deciding import read_reasons

    with opened(ctx) as runtime:
        offered = read_reasons(runtime.tiktok(), choose_one(runtime.database, channel), cancel_id)
    show(
        {"reasons": [{"name": one.name, "text": one.text} for one in offered]},
        as_json=as_json,
        plain=lambda: _print_reasons(offered),
    )


def _print_reasons(offered: "list[Reason]") -> None:
    table(("REASON", "MEANING"), [(one.name, one.text) for one in offered], empty="TikTok offers no reason")


def _list(
    ctx: typer.Context,
    channel: str | None,
    kind: "AfterSaleKind",
    statuses: list[str],
    order_ids: list[str],
    since: str | None,
    limit: int,
    *,
    as_json: bool,
) -> None:
    from itertools import chain, islice

    from mye_tiktok.cli.moments import parse_moment
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.after_sales import search_cancellations, search_returns

    search = search_cancellations if kind == "cancellation" else search_returns
    with opened(ctx) as runtime:
        pages = search(
            runtime.tiktok(),
            choose_one(runtime.database, channel).access,
            order_ids=order_ids,
            statuses=statuses,
            updated_from=parse_moment(since, "--since") if since is not None else None,
        )
        found = list(islice(chain.from_iterable(pages), limit + 1))
    show(
        {f"{kind}s": [_json(case) for case in found[:limit]], "more": len(found) > limit},
        as_json=as_json,
        plain=lambda: _print(kind, found, limit),
    )


def _print(kind: "AfterSaleKind", found: "list[AfterSale]", limit: int) -> None:
    table(
        (kind.upper(), "ORDER", "STATUS", "TYPE", "BY", "REFUND", "ANSWER UNTIL", "CHANGED", "REASON"),
        [
            (
                case.case_id,
                case.order_id,
                case.status,
                case.type,
                case.role,
                f"{case.refund.amount:f} {case.refund.currency}" if case.refund else "",
                case.deadline,
                case.updated_at,
                case.reason_text or case.reason,
            )
            for case in found[:limit]
        ],
        empty=f"no {kind} matches",
    )
    if len(found) > limit:
        note(f"there are more than {limit}; --limit shows more")


def _json(case: "AfterSale") -> object:
    import json

    return json.loads(case.raw)


def _decide(
    ctx: typer.Context,
    channel: str | None,
    cancel_id: str,
    decision: Literal["approve", "reject"],
    reason: str,
    *,
    as_json: bool,
) -> None:
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.order_deciding import decide

    with job_runtime(ctx) as (runtime, signals):
        done, decided = decide(
            runtime.parts(),
            fetching.choose_one(runtime.database, channel),
            cancel_id,
            decision,
            surroundings(runtime, signals),
            reason=reason,
        )
    standing = decided.cancellation
    if standing is not None and not as_json:
        say(f"{standing.case_id}\t{standing.status}\torder {standing.order_id}")
        if decided.already:
            acknowledge("it had been answered that way before")
    more = {"cancellation": _json(standing), "already": decided.already} if standing is not None else {}
    finish(done, as_json=as_json, more=more)
