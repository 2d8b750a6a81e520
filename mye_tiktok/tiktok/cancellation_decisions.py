"""How a seller answers a buyer who wants to cancel ("Approve Cancellation", "Reject Cancellation")."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from mye_tiktok.domain.authorization import Access
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import rows, text
from mye_tiktok.tiktok.operations import APPROVE_CANCELLATION, GET_REJECT_REASONS, REJECT_CANCELLATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason that TikTok offers for rejecting one very request: `name` is sent, `text` is for people."""

    name: str
    text: str


def reject_reasons(client: TikTokClient, access: Access, cancel_id: str) -> list[Reason]:
    """Return the reasons with which this very request may be rejected ("Get Reject Reasons")."""
    data = client.call(access, GET_REJECT_REASONS, query={"return_or_cancel_id": cancel_id})
    reasons = (Reason(name=text(row.get("name")), text=text(row.get("text"))) for row in rows(data.get("reasons")))
    return [reason for reason in reasons if reason.name]


def approve_cancellation(client: TikTokClient, access: Access, cancel_id: str) -> None:
    """Let the buyer cancel. Doing it twice is doing it once: the idempotency key follows from the request."""
    client.call(
        access,
        APPROVE_CANCELLATION,
        path={"cancel_id": cancel_id},
        query={"idempotency_key": idempotency_key(access, ("approve", cancel_id))},
    )


def reject_cancellation(client: TikTokClient, access: Access, cancel_id: str, *, reason: str) -> None:
    """Refuse to cancel, with the name of one of the `reject_reasons`; doing it twice is doing it once."""
    client.call(
        access,
        REJECT_CANCELLATION,
        path={"cancel_id": cancel_id},
        query={"idempotency_key": idempotency_key(access, ("reject", cancel_id, reason))},
        body={"reject_reason": reason},
    )


def idempotency_key(access: Access, decision: Sequence[str]) -> str:
    """Return the key of a decision: the same whoever decides, and on whichever host (255 characters are allowed)."""
    return "mye-tiktok-" + sha256("\n".join((access.shop_id, *decision)).encode()).hexdigest()
