"""Stop a run that would take away too much stock, unless a person lets it through."""

from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.db import inventory_ledger, products
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.stock_guard import Limits, Tally, in_words, refusal
from mye_tiktok.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What a run may take away: `limits`, and beyond them with `force`, when somebody (`who`) says `why`."""

    limits: Limits
    force: bool = False
    who: str = ""
    why: str = ""


def guard(
    database: Database, channel: Channel, counts: Tally, *, permission: Permission, run_id: str, now: datetime
) -> None:
    """Raise RefusedError when the plan takes away too much; with `force` record who let it through, and go on.

    To be called before the first update, outside of a transaction.
    """
    with database.reading() as session:
        channel_skus = products.count_skus(session, channel.channel_uid)
    reason = refusal(counts, channel_skus=channel_skus, limits=permission.limits)
    if not reason:
        return
    if not permission.force:
        raise RefusedError(
            f"nothing was sent: {reason}. The plan: {in_words(counts)}",
            hint="look at it with --dry-run; --force --why REASON goes on, and is recorded",
            code="guard",
        )
    with database.transaction() as session:
        inventory_ledger.approve(
            session,
            channel.channel_uid,
            who=permission.who,
            why=permission.why,
            summary=f"{reason}. The plan: {in_words(counts)}",
            run_id=run_id,
            now=now,
        )
