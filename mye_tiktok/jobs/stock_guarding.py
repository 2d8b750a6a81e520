"""Stop a run that would take away too much stock, unless a person lets it through."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok.db import inventory_ledger, products
from mye_tiktok.db.database import Database
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.stock import SkuPlan
from mye_tiktok.domain.stock_guard import FEW, Limits, Tally, in_words, is_drastic, refusal, tally
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
) -> bool:
    """Raise RefusedError when the plan takes away too much; with `force` record who let it through and return True.

    To be called before the first update, outside of a transaction.
    """
    with database.reading() as session:
        channel_skus = products.count_skus(session, channel.channel_uid)
    reason = refusal(counts, channel_skus=channel_skus, limits=permission.limits)
    if not reason:
        return False
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
    return True


class Watch:
    """Counts what a run takes away, as long as it goes on.

    With a `window` for a run that never ends: only what was taken away within it counts, and since a person last let
    something through; what comes after that is another matter.
    """

    def __init__(
        self,
        database: Database,
        channel: Channel,
        permission: Permission,
        *,
        run_id: str,
        clock: Callable[[], datetime],
        window: timedelta | None = None,
    ) -> None:
        self._database, self._channel, self._permission = database, channel, permission
        self._run_id, self._clock, self._window = run_id, clock, window
        self._drastic: dict[tuple[str, str], tuple[datetime, Tally]] = {}
        self._changed = self._approved = False

    def see(self, plans: Sequence[SkuPlan]) -> None:
        """Note which plans take much away; a SKU counts once, however often it is seen."""
        if self._approved:
            return
        for plan in filter(is_drastic, plans):
            self._drastic[plan.product_id, plan.sku_id] = self._clock(), tally([plan])
            self._changed = True

    def check(self, plan: Tally | None = None) -> None:
        """Raise RefusedError when it is too much, unless a person lets it through: then that is recorded, once.

        `plan` is what all that is due comes to, for the sentence that says why.
        """
        if self._window is not None and self._changed:
            self._forget(self._clock() - self._window)
        if not self._changed or len(self._drastic) <= FEW:
            return
        self._changed = False
        drastic = sum((one for _, one in self._drastic.values()), Tally())
        counts = drastic if plan is None or drastic.drastic > plan.drastic else plan
        approved = guard(
            self._database,
            self._channel,
            counts,
            permission=self._permission,
            run_id=self._run_id,
            now=self._clock(),
        )
        if approved and self._window is not None:
            self._drastic.clear()
        else:
            self._approved = approved

    def _forget(self, since: datetime) -> None:
        """Forget what was seen before that time, or before a person last looked at it."""
        with self._database.reading() as session:
            looked_at = inventory_ledger.last_approved_at(session, self._channel.channel_uid)
        self._drastic = {
            key: one
            for key, one in self._drastic.items()
            if one[0] >= since and (looked_at is None or one[0] > looked_at)
        }
