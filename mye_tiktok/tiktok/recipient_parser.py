"""How TikTok spells where an order goes, and how it hides it.

Hidden parts are asterisks (TikTok ships, or the order is unpaid, on hold or long done); a cancelled order can come
with every field empty.
"""

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.order import Recipient
from mye_tiktok.tiktok.fields import mapping, rows, text

LINES = ("address_line1", "address_line2", "address_line3", "address_line4")
HIDDEN = "*"


def parse_recipient(raw: Json) -> Recipient:
    """Read the recipient as given; `{}` is an empty one."""
    districts = tuple(
        (text(one.get("address_level")), text(one.get("address_level_name")), text(one.get("address_name")))
        for one in rows(raw.get("district_info"))
    )
    lines = tuple(filter(None, (text(raw.get(name)) for name in LINES)))
    preference = text(mapping(raw.get("delivery_preferences")).get("drop_off_location"))
    told = {
        "name": text(raw.get("name")),
        "first_name": text(raw.get("first_name")),
        "last_name": text(raw.get("last_name")),
        "phone": text(raw.get("phone_number")),
        "full_address": text(raw.get("full_address")),
        "detail": text(raw.get("address_detail")),
        "postal_code": text(raw.get("postal_code")),
        "post_town": text(raw.get("post_town")),
        "region": text(raw.get("region_code")),
        "delivery_preference": preference,
    }
    words = [*told.values(), *lines, *(name for _, _, name in districts)]
    return Recipient(
        **told,
        lines=lines,
        districts=districts,
        masked=any(HIDDEN in word for word in words),
        empty=not any(words),
    )
