"""A channel: one TikTok shop connected to MYE."""

from dataclasses import dataclass, field
from typing import Literal

from mye_tiktok.domain.authorization import Access, State

HoldPolicy = Literal["mark", "release", "both"]
"""What MYE is told about an order on hold, which buyers cancel freely and sellers must not ship.

"mark": it is announced at once, marked provisional, and its release is an update. "release": nothing until it is
released. "both": it is announced at once, marked provisional, and announced as created once more when it is released,
for consumers that skip what is provisional.
"""
HOLD_POLICIES: tuple[HoldPolicy, ...] = ("mark", "release", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`channel_uid` is MYE's name for it. A parked channel rests until a person acted; `reason` says why."""

    channel_uid: str
    shop_id: str
    shop_name: str
    region: str
    seller_type: str
    shop_cipher: str = field(repr=False)
    authorization_id: int
    state: State = "active"
    reason: str = ""
    hold_policy: HoldPolicy = "mark"

    @property
    def access(self) -> Access:
        """What an API call on this shop needs."""
        return Access(authorization_id=self.authorization_id, shop_id=self.shop_id, shop_cipher=self.shop_cipher)
