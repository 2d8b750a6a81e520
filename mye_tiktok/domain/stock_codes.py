"""Our own codes for what became of stock: what each means, and what to type."""

from collections.abc import Mapping

MAP = "name the warehouse in the wish, or map MYE's place to one: `mye-tiktok inventory rules set map PLACE=WAREHOUSE`"
CODES: Mapping[str, tuple[str, str]] = {
    "guard": (
        "a run would take away more stock than INVENTORY_GUARD_SKUS or INVENTORY_GUARD_PERCENT allow, and was stopped",
        "look at it with `mye-tiktok inventory push --dry-run`; `--force --why REASON` goes on, and is recorded",
    ),
    "unmapped": (
        "no connected shop lists this seller SKU, as far as the catalogue was fetched; the wish waits",
        "`mye-tiktok inventory unmapped` lists them, `mye-tiktok products fetch-all` reads the catalogue anew",
    ),
    "ambiguous": (
        "two SKUs of the shop have this seller SKU, so nobody can tell which is meant; the wish waits",
        "correct the seller SKU in Seller Center, or let MYE name product_id and sku_id",
    ),
    "sku-gone": (
        "TikTok does not know this SKU any more",
        "`mye-tiktok products fetch-all` reads the catalogue anew",
    ),
    "product-frozen": (
        "the product is FREEZE: TikTok takes no stock for it",
        "see in Seller Center why; MYE's newest figure is sent once its status changes",
    ),
    "product-deleted": (
        "the product is DELETED: TikTok takes no stock for it",
        "let MYE stop sending it; MYE's newest figure is sent if the product comes back",
    ),
    "warehouse-missing": ("the SKU has several warehouses and the wish names none", MAP),
    "warehouse-unknown": ("the place is no warehouse of the SKU, by itself or by a rule", MAP),
    "unknown-channel": (
        "no shop is connected as the channel that the wish names",
        "`mye-tiktok auth status` shows the channels there are",
    ),
    "invalid-item": (
        "the item can't be read: its message says what of it",
        "correct it where it is made; `mye-tiktok schema` shows what an item may hold",
    ),
    "invalid-time": (
        "occurred_at is before the year 2000 or more than a day ahead",
        "correct the clock or the field of whoever made the message",
    ),
    "drift": (
        "TikTok shows another figure than it should, for longer than --older-than",
        "`mye-tiktok inventory verify --fix` queues it, `mye-tiktok inventory push` sends it",
    ),
    "held": (
        "another run holds this job on the channel",
        "wait for it; `mye-tiktok jobs list` shows who that is",
    ),
}
