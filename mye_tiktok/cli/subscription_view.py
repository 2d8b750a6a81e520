"""How the registrations of webhooks look, and the exit code that follows from them."""

from typing import TYPE_CHECKING

from mye_tiktok.cli.output import acknowledge, end, note, show, table
from mye_tiktok.domain.report import SEVERITY

if TYPE_CHECKING:
    from mye_tiktok.jobs.subscriptions import Registration, Standings


def show_subscriptions(found: "Standings", address: str, *, removing: bool, as_json: bool) -> None:
    """Print what each shop has registered; exit 1 when something is missing, else with the gravest error's code."""
    from mye_tiktok.tiktok.subscriptions import handled_topics

    rows = [_json(one) for one in found.registrations]
    by_hand = [topic.name for topic in handled_topics(subscribable=False)]
    missing = sum(one.standing in ("missing", "differs") for one in found.registrations)
    problems = [f"channel {uid}: {error.message}" for uid, error in found.errors.items()]
    show(
        {
            "address": address,
            "subscriptions": rows,
            "missing": missing,
            "partner_center": by_hand,
            "problems": problems,
        },
        as_json=as_json,
        plain=lambda: table(
            ("CHANNEL", "SHOP", "EVENT", "STATE", "REGISTERED"),
            [tuple(row[name] for name in ("channel_uid", "shop_id", "event", "state", "registered")) for row in rows],
            empty="no shop could be asked",
        ),
    )
    if not as_json:
        _remark(by_hand, address, problems)
    codes = {error.exit_code for error in found.errors.values()}
    if missing and not removing:
        say = f"{missing} event(s) are not registered for {address}; `mye-tiktok webhooks subscriptions --fix`"
        if not as_json:
            note(say)
        end(1, say, as_json=as_json)
    if codes:
        end(next((code for code in SEVERITY if code in codes), 1), "; ".join(problems), as_json=as_json)


def _remark(by_hand: list[str], address: str, problems: list[str]) -> None:
    acknowledge(
        f"only Partner Center can tick these, for all shops at once, with the address {address}: {', '.join(by_hand)}"
    )
    for problem in problems:
        note(f"  failed: {problem}")


def _json(one: "Registration") -> dict[str, object]:
    return {
        "channel_uid": one.channel.channel_uid,
        "shop_id": one.channel.shop_id,
        "event": one.event,
        "wanted": one.wanted,
        "registered": one.registered,
        "state": one.standing,
    }
