"""Write wishes about stock down, with the answer to those that can't be fulfilled in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mye_tiktok.db import channels, inventory_requests, outbox
from mye_tiktok.db.database import Session
from mye_tiktok.domain.stock import Wish
from mye_tiktok.mye.stock_results import QUEUE, settled_message

UNKNOWN_CHANNEL = "unknown-channel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of wishes: how many are `new`, which are `refused`, and how many answers were `queued`."""

    new: int
    refused: Sequence[Wish]
    queued: int


def take_in(session: Session, wishes: Sequence[Wish], *, now: datetime) -> Taken:
    """Write `wishes` down and queue an answer for each that is rejected; those that are known change nothing."""
    checked = of_known_channels(session, wishes)
    new = inventory_requests.add(session, checked, now)
    refused = [wish for wish in checked if wish.reason]
    return Taken(new=new, refused=refused, queued=_answer(session, refused, now=now) if refused else 0)


def of_known_channels(session: Session, wishes: Sequence[Wish]) -> Sequence[Wish]:
    """Return `wishes`, of which those for a channel that is not connected are refused."""
    named = {wish.channel_uid for wish in wishes} - {""}
    if not named:
        return wishes
    strange = channels.unknown(session, named)
    if not strange:
        return wishes
    return [_refuse(wish) if wish.channel_uid in strange and not wish.reason else wish for wish in wishes]


def _refuse(wish: Wish) -> Wish:
    return replace(wish, code=UNKNOWN_CHANNEL, reason=f"no shop is connected as channel {wish.channel_uid!r}")


def _answer(session: Session, refused: Sequence[Wish], *, now: datetime) -> int:
    settled = inventory_requests.of_fingerprints(session, [wish.fingerprint for wish in refused])
    answers = [(QUEUE, settled_message(one)) for one in settled if one.state == "rejected"]
    return outbox.add(session, answers, now=now)
