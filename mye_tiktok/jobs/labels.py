"""Fetch the labels of packages into a folder: ask for each, wait for those still being made, write them down."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.label import Label, LabelWish
from mye_tiktok.domain.package import Package
from mye_tiktok.domain.progress import Progress
from mye_tiktok.domain.report import SEVERITY, Failure
from mye_tiktok.domain.shipping import Document
from mye_tiktok.errors import MyeTikTokError, NotUnderstoodError, RefusedError, TryLaterError, UnreachableError
from mye_tiktok.jobs.channels import on_channels
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.existing import existing_package
from mye_tiktok.jobs.fetching import Parts
from mye_tiktok.jobs.label_files import exists, is_whole, prepare, writing
from mye_tiktok.jobs.label_merging import merge
from mye_tiktok.jobs.running import RunningJob, Surroundings
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.downloads import EXPIRED, Downloads
from mye_tiktok.tiktok.ids import require_id
from mye_tiktok.tiktok.label_hints import explained
from mye_tiktok.tiktok.labels import get_document
from mye_tiktok.tiktok.packages import WHERE

LABEL = "ship label"
AT_ONCE = 4
PAUSE = timedelta(seconds=5)
"""Between two rounds of asking for what TikTok is still making."""
AGAIN = "run the same command again: what is there is kept"


@dataclass(slots=True, kw_only=True)
class Labels:
    """What became of each package, in the order in which they were named, and of the file that holds all."""

    found: list[Label] = field(default_factory=list)
    merged: Path | None = None


def fetch_labels(
    parts: Parts, downloads: Downloads, channel: Channel, wish: LabelWish, around: Surroundings, *, progress: Progress
) -> tuple[Done, Labels]:
    """Fetch the document of each package of `wish` that is not in its folder yet, and merge them if wished.

    A run cut short keeps what it fetched, and the next one goes on. The job fails as a whole when nothing at all could
    be had: with TryLaterError when TikTok is still making it.
    """
    labels, started = Labels(), around.clock()

    def work(channel: Channel, run: RunningJob) -> None:
        tiktok = parts.tiktok()
        try:
            for package_id in wish.package_ids:
                require_id(package_id, "package", hint=WHERE)
            held = prepare(wish.folder, now=around.clock())
            desk = _Desk(tiktok=tiktok, downloads=downloads, channel=channel, wish=wish, run=run, held=held)
            try:
                _rounds(desk, parts, around, progress)
            finally:
                labels.found = [desk.labels[one] for one in wish.package_ids if one in desk.labels]
                _count(run, labels.found)
            _conclude(run, wish, labels)
        finally:
            run.report.requests = tiktok.requests

    report, errors = on_channels(parts.database, LABEL, [channel], work, around, exclusive=False)
    return Done(report=report, errors=errors, seconds=(around.clock() - started).total_seconds()), labels


@dataclass(slots=True, kw_only=True)
class _Desk:
    """What the threads share: each package is in the hands of one of them at a time."""

    tiktok: TikTokClient
    downloads: Downloads
    channel: Channel
    wish: LabelWish
    run: RunningJob
    held: Mapping[str, Path]
    labels: dict[str, Label] = field(default_factory=dict)
    packages: dict[str, Package] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def serve(self, package_id: str) -> None:
        """Note what became of one package; raises what concerns the others too, such as a token that is revoked."""
        if self.ended.is_set():
            return
        try:
            self.run.stop()
            self.labels[package_id] = self._label(package_id)
        except (RefusedError, NotUnderstoodError) as error:
            self.labels[package_id] = self._without(package_id, error)
        except BaseException:
            self.ended.set()
            raise

    def _label(self, package_id: str) -> Label:
        if path := self._before(package_id):
            return Label(package_id=package_id, state="kept", path=path)
        package = self._package(package_id)
        try:
            document = self._document(package)
        except TryLaterError as error:
            return self._without(package_id, error)
        if not document.is_ready:
            words = f"TikTok is still making the document of package {package_id}"
            return self._without(package_id, TryLaterError(words, hint=AGAIN, code="not-ready"))
        return self._written(package, document)

    def _before(self, package_id: str) -> Path | None:
        """Return the file that a run before this one wrote; raises RefusedError when it is none of ours."""
        path = self.held.get(self.wish.tail(package_id))
        if path is None or self.wish.force:
            return None
        if not is_whole(path, self.wish.media):
            raise exists(path)
        return path

    def _package(self, package_id: str) -> Package:
        found = self.packages.get(package_id) or existing_package(self.tiktok, self.channel, package_id)
        return self.packages.setdefault(package_id, found)

    def _document(self, package: Package) -> Document:
        wish, package_id = self.wish, package.package_id
        try:
            return get_document(
                self.tiktok, self.channel.access, package_id, kind=wish.kind, size=wish.size, form=wish.form
            )
        except RefusedError as refusal:
            raise explained(refusal, package_id, package.order_ids) from refusal

    def _written(self, package: Package, document: Document) -> Label:
        path = self.wish.folder / self.wish.name(package.package_id, package.order_ids)
        try:
            self._fetched(package, document, path)
        except UnreachableError as error:
            # the host of the documents: TikTok's own answered a moment ago
            return self._without(package.package_id, error)
        return Label(
            package_id=package.package_id,
            state="fetched",
            order_ids=package.order_ids,
            tracking_number=document.tracking_number or package.tracking_number,
            path=path,
        )

    def _fetched(self, package: Package, document: Document, path: Path) -> None:
        """Write a document down, with a new address where this one has expired."""
        try:
            self._download(document, path)
        except RefusedError as error:
            if error.code != EXPIRED:
                raise
            self._download(self._document(package), path)

    def _download(self, document: Document, path: Path) -> None:
        with writing(path, force=self.wish.force) as file:
            self.downloads.fetch(document.url, file, media=self.wish.media, stop=self.run.stop)

    def _without(self, package_id: str, error: MyeTikTokError) -> Label:
        package = self.packages.get(package_id)
        return Label(
            package_id=package_id,
            state="not-ready" if isinstance(error, TryLaterError) else "failed",
            order_ids=package.order_ids if package else (),
            error=error,
        )


def _rounds(desk: _Desk, parts: Parts, around: Surroundings, progress: Progress) -> None:
    """Ask until all is there, or until the patience of the wish ends."""
    waiting, ends = desk.wish.package_ids, around.clock() + desk.wish.patience
    while True:
        _round(desk, waiting, progress)
        waiting = tuple(one for one in waiting if desk.labels[one].state == "not-ready")
        left = ends - around.clock()
        if not waiting or left <= timedelta(0):
            return
        parts.sleep(min(PAUSE, left).total_seconds())


def _round(desk: _Desk, package_ids: Sequence[str], progress: Progress) -> None:
    total = len(desk.wish.package_ids)
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="label") as pool:
        futures = [pool.submit(desk.serve, one) for one in package_ids]
        try:
            for future in as_completed(futures):
                future.result()
                done = sum(label.path is not None for label in list(desk.labels.values()))
                progress.at(desk.channel.channel_uid, done=done, total=total)
        except BaseException:
            desk.ended.set()
            raise


def _count(run: RunningJob, found: Sequence[Label]) -> None:
    run.report.add(seen=len(found))
    for state in ("fetched", "kept"):
        if number := sum(label.state == state for label in found):
            run.report.add(**{state: number})


def _conclude(run: RunningJob, wish: LabelWish, labels: Labels) -> None:
    """Note what failed and merge what is there; raises when there is nothing at all."""
    failed = [(label, label.error) for label in labels.found if label.error is not None]
    if failed and len(failed) == len(labels.found):
        raise _gravest([error for _, error in failed])
    for label, error in failed:
        run.report.fail(
            Failure(
                item=label.package_id,
                code=error.code,
                message=error.message,
                hint=error.hint,
                exit_code=error.exit_code,
            )
        )
    if wish.merge is None:
        return
    if failed:
        run.report.warnings.append(f"{wish.merge} was not written: {len(failed)} of {len(labels.found)} are missing")
        return
    merge([label.path for label in labels.found if label.path is not None], wish.merge, force=wish.force)
    labels.merged = wish.merge


def _gravest(errors: Sequence[MyeTikTokError]) -> MyeTikTokError:
    """Return the error that decides; of several it says how many there are."""
    first = min(errors, key=lambda error: SEVERITY.index(error.exit_code))
    if len(errors) > 1:
        first.message = f"none of {len(errors)} documents could be had; {first.message}"
    return first
