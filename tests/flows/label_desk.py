"""Packages that wait for their labels, and the job that fetches them."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.label import Label, LabelWish
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.progress import Silence, Stop, never
from mye_tiktok.domain.shipping import Arrangement
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.labels import Labels, fetch_labels
from mye_tiktok.tiktok.downloads import Downloads
from mye_tiktok.tiktok.packages import get_package
from mye_tiktok.tiktok.shipping import ship_package
from tests.flows.world import API, World


def parts_of(world: World) -> Parts:
    """What jobs are made of, in this world."""
    return Parts(
        database=world.database,
        tiktok=world.process().tiktok,
        broker=lambda: world.broker,
        queues=world.queues,
        sleep=world.clock.sleep,
    )


def nowhere(host: str, port: int) -> Sequence[str]:
    """Fail: no host is looked up here."""
    raise AssertionError(f"{host} was looked up")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDesk:
    """A shop in a market where TikTok ships, and a folder for its labels."""

    world: World
    channel: Channel
    folder: Path

    def paid(self, **fields: Any) -> str:
        """Place an order that waits to be shipped, and return its package."""
        order_id = self.world.sandbox.place_order(
            **{"status": "AWAITING_SHIPMENT", "shipping_type": "TIKTOK", "count": 1, **fields}
        )
        [package] = self.world.sandbox.order(order_id)["packages"]
        return str(package["id"])

    def shipped(self, **fields: Any) -> str:
        """Place an order, have its package shipped, and return that."""
        package_id = self.paid(**fields)
        ship_package(self.world.process().tiktok(), self.channel.access, Arrangement(package_id=package_id))
        return package_id

    def package(self, package_id: str) -> Package:
        """Read a package."""
        found = get_package(self.world.process().tiktok(), self.channel.access, package_id)
        assert found is not None
        return found

    def fetch(self, *package_ids: str, stop: Stop = never, **wish: Any) -> tuple[Done, list[Label]]:
        """Run `ship label`."""
        done, labels = self.run(*package_ids, stop=stop, **wish)
        return done, labels.found

    def run(self, *package_ids: str, stop: Stop = never, **wish: Any) -> tuple[Done, Labels]:
        """Run `ship label`, and return also the merged file."""
        world = self.world
        downloads = Downloads(API, transport=world.transport, resolve=nowhere, sleep=world.clock.sleep)
        wanted = LabelWish(package_ids=package_ids, folder=self.folder, **wish)
        return fetch_labels(parts_of(world), downloads, self.channel, wanted, world.around(stop), progress=Silence())

    def names(self) -> list[str]:
        """What lies in the folder, hidden or not."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []


def pages(path: Path | None) -> list[str]:
    """Return the text of each page of a PDF."""
    assert path is not None
    return [page.extract_text() for page in PdfReader(io.BytesIO(path.read_bytes()), strict=True).pages]
