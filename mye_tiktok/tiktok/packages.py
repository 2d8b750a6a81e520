"""The packages of a shop: searched page by page, or asked for one by one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.shipping import Handover
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import Page, Query, TikTokClient
from mye_tiktok.tiktok.fields import flag, rows, text
from mye_tiktok.tiktok.ids import require_id
from mye_tiktok.tiktok.operations import GET_PACKAGE_DETAIL, GET_PACKAGE_HANDOVER_TIME_SLOTS, SEARCH_PACKAGE
from mye_tiktok.tiktok.package_parser import parse_package, parse_slot

PAGE_SIZE = 50
WHERE = "`mye-tiktok ship packages` shows the packages with their ids"
FOREIGN = frozenset({"10006402"})
"""How TikTok refuses a package of another shop and, it seems, an unknown one ("Get Package Detail": error codes)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFilter:
    """What to search for; the lower bounds are inclusive, the upper ones exclusive."""

    status: str = ""
    created_from: datetime | None = None
    created_before: datetime | None = None
    updated_from: datetime | None = None
    updated_before: datetime | None = None

    def body(self) -> Json:
        """Return it as TikTok spells it."""
        times = {
            "create_time_ge": self.created_from,
            "create_time_lt": self.created_before,
            "update_time_ge": self.updated_from,
            "update_time_lt": self.updated_before,
        }
        body: Json = {name: int(time.timestamp()) for name, time in times.items() if time is not None}
        return body | ({"package_status": self.status} if self.status else {})


def search_packages(client: TikTokClient, access: Access, *, wanted: PackageFilter) -> Iterator[tuple[Package, ...]]:
    """Yield the packages that match, page by page, the oldest first ("Search Package")."""
    query: Query = {"sort_field": "create_time", "sort_order": "ASC"}
    for page in client.pages(
        access, SEARCH_PACKAGE, items="packages", body=wanted.body(), query=query, page_size=PAGE_SIZE
    ):
        yield tuple(package for package in map(parse_package, page.items) if package.package_id)


def list_packages(
    client: TikTokClient,
    access: Access,
    *,
    wanted: PackageFilter,
    sort_field: str = "create_time",
    page_size: int = 20,
    page_token: str = "",
) -> Page:
    """Return one page of the live packages as TikTok sent it, the newest first."""
    query: Query = {"page_size": page_size, "sort_field": sort_field, "sort_order": "DESC"}
    if page_token:
        query = {**query, "page_token": page_token}
    return client.page(access, SEARCH_PACKAGE, items="packages", body=wanted.body(), query=query)


def get_package(client: TikTokClient, access: Access, package_id: str) -> Package | None:
    """Return the package, or None when TikTok does not know it or it belongs to another shop ("Get Package Detail")."""
    raw = get_raw_package(client, access, package_id)
    return None if raw is None else parse_package(raw)


def get_raw_package(client: TikTokClient, access: Access, package_id: str) -> Json | None:
    """Return the package as TikTok sent it, or None; raises RefusedError for what is no id.

    The detail may leave out the id of a package that is not shipped yet: then the one asked for is filled in.
    """
    require_id(package_id, "package", hint=WHERE)
    try:
        raw = client.call(access, GET_PACKAGE_DETAIL, path={"package_id": package_id})
    except RefusedError as refusal:
        if refusal.code in FOREIGN:
            return None
        raise
    if not raw:
        return None
    return raw if text(raw.get("package_id")) else {"package_id": package_id, **raw}


def get_handover(client: TikTokClient, access: Access, package_id: str) -> Handover:
    """Return how the package may be handed over, and when ("Get Package Handover Time Slots")."""
    require_id(package_id, "package", hint=WHERE)
    data = client.call(access, GET_PACKAGE_HANDOVER_TIME_SLOTS, path={"package_id": package_id})
    return Handover(
        can_pickup=flag(data.get("can_pickup")),
        can_drop_off=flag(data.get("can_drop_off")),
        can_van_collection=flag(data.get("can_van_collection")),
        drop_off_point_url=text(data.get("drop_off_point_url")),
        slots=tuple(parse_slot(slot) for slot in rows(data.get("pickup_slots"))),
    )
