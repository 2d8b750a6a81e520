"""A channel: one TikTok shop connected to MYE."""

from dataclasses import dataclass, field

from mye_tiktok.domain.authorization import Access, State


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

    @property
    def access(self) -> Access:
        """What an API call on this shop needs."""
        return Access(authorization_id=self.authorization_id, shop_id=self.shop_id, shop_cipher=self.shop_cipher)
