"""Which units go into which package: combine, uncombine, split. None is sent twice: without an answer, read."""

from collections.abc import Mapping, Sequence

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.shipping import ItemRefusal, Regrouped
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import rows, text, texts
from mye_tiktok.tiktok.operations import COMBINE_PACKAGE, CONFIRM_ORDER_SPLIT, UNCOMBINE_PACKAGES
from mye_tiktok.tiktok.partial import refusals


def combine(
    client: TikTokClient, access: Access, packages: Mapping[str, Sequence[str]]
) -> tuple[tuple[Regrouped, ...], tuple[ItemRefusal, ...]]:
    """Merge packages of one buyer and address, given with their orders; return what there is now, and refusals.

    TikTok's answer alone tells whether they may be combined ("Combine Package": code 0 may carry errors).
    """
    combinable = [{"id": package_id, "order_ids": list(order_ids)} for package_id, order_ids in packages.items()]
    data = client.call(access, COMBINE_PACKAGE, body={"combinable_packages": combinable})
    return _packages(data), refusals(data)


def uncombine(
    client: TikTokClient, access: Access, package_id: str, order_ids: Sequence[str] = ()
) -> tuple[Regrouped, ...]:
    """Take orders out of a combined package, all of them unless named ("Uncombine Packages")."""
    body: Json = {"order_ids": list(order_ids)} if order_ids else {}
    return _packages(client.call(access, UNCOMBINE_PACKAGES, path={"package_id": package_id}, body=body))


def split(
    client: TikTokClient, access: Access, order_id: str, groups: Mapping[str, Sequence[str]]
) -> tuple[Regrouped, ...]:
    """Split an order: `groups` are line item ids by a name of the caller's, digits ("Confirm Order Split")."""
    wanted = [{"id": name, "order_line_item_ids": list(line_ids)} for name, line_ids in groups.items()]
    data = client.call(access, CONFIRM_ORDER_SPLIT, path={"order_id": order_id}, body={"splittable_groups": wanted})
    return _packages(data)


def _packages(data: Json) -> tuple[Regrouped, ...]:
    return tuple(
        Regrouped(
            package_id=text(row.get("id")),
            order_ids=texts(row.get("order_ids")),
            group=text(row.get("splittable_group_id")),
        )
        for row in rows(data.get("packages"))
    )
