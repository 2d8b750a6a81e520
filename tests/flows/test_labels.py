"""Labels: asked for, waited for, downloaded whole, named so that a run can be repeated, and joined in order."""

from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mye_tiktok.domain.label import LabelWish
from mye_tiktok.domain.report import Failure
from mye_tiktok.errors import RefusedError, StoppedError, TryLaterError
from mye_tiktok.jobs.label_files import PREFIX, SUFFIX
from mye_tiktok.sandbox.options import SandboxOptions
from tests.flows.conftest import MakeWorld
from tests.flows.label_desk import LabelDesk, pages
from tests.flows.world import stop_after

NOW = timedelta(0)


@pytest.fixture
def desk(make_world: MakeWorld, tmp_path: Path) -> LabelDesk:
    world = make_world(SandboxOptions(products=4, regions=("VN",), late_documents=False))
    channel = world.connect()
    return LabelDesk(world=world, channel=channel, folder=tmp_path / "labels")


def codes(failures: list[Failure]) -> list[tuple[str, str]]:
    return [(one.item, one.code) for one in failures]


def test_a_label_is_a_valid_pdf_named_after_its_order_and_package(desk: LabelDesk) -> None:
    package_id = desk.shipped()

    done, [label] = desk.fetch(package_id)

    package = desk.package(package_id)
    assert (done.report.outcome, done.errors) == ("ok", [])
    assert label.path == desk.folder / f"{package.order_ids[0]}-{package_id}-SHIPPING_LABEL.pdf"
    assert desk.names() == [label.path.name]
    assert package.tracking_number in pages(label.path)[0]
    assert label.tracking_number == package.tracking_number


def test_a_label_that_is_there_is_neither_asked_for_nor_written_again(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    [label] = desk.fetch(package_id)[1]
    assert label.path is not None
    before = label.path.stat()
    desk.world.sandbox.requests.clear()

    done, [again] = desk.fetch(package_id)

    assert (again.state, again.path) == ("kept", label.path)
    assert (done.report.counts, desk.world.asked()) == ({"seen": 1, "kept": 1}, 0)
    assert (label.path.stat().st_mtime_ns, label.path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_each_kind_and_size_is_a_file_of_its_own(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    desk.fetch(package_id)

    [both] = desk.fetch(package_id, kind="SHIPPING_LABEL_AND_PACKING_SLIP")[1]
    [large] = desk.fetch(package_id, size="A5")[1]
    [picture] = desk.fetch(package_id, kind="SHIPPING_LABEL_PICTURE")[1]

    assert len(pages(both.path)) == 2
    assert [path.name.partition("-")[2].partition("-")[2] for path in (large.path, picture.path) if path] == [
        "SHIPPING_LABEL-A5.pdf",
        "SHIPPING_LABEL_PICTURE.png",
    ]
    assert len(desk.names()) == 4


@pytest.mark.parametrize("how", ["refuse", "timeout", "empty"])
def test_a_label_that_is_still_being_made_is_waited_for(desk: LabelDesk, how: str) -> None:
    slow, ready = desk.shipped(), desk.shipped()
    desk.world.sandbox.slow_document(slow, 7, how=how)  # type: ignore[arg-type]
    began = desk.world.clock()

    done, labels = desk.fetch(slow, ready, patience=timedelta(minutes=2))

    assert [label.state for label in labels] == ["fetched", "fetched"]
    assert done.report.outcome == "ok"
    assert timedelta(seconds=5) <= desk.world.clock() - began <= timedelta(minutes=2)


def test_a_label_that_takes_too_long_is_named_and_the_next_run_goes_on(desk: LabelDesk) -> None:
    slow, ready = desk.shipped(), desk.shipped()
    desk.world.sandbox.slow_document(slow, 2, how="empty")

    done, labels = desk.fetch(slow, ready, patience=NOW)

    assert [label.state for label in labels] == ["not-ready", "fetched"]
    assert (done.report.outcome, done.report.exit_code) == ("partial", 1)
    assert codes(done.report.failures) == [(slow, "not-ready")]
    alone, _ = desk.fetch(slow, patience=NOW)
    assert (alone.report.exit_code, type(alone.errors[0])) == (75, TryLaterError)
    assert slow in alone.errors[0].message
    last, labels = desk.fetch(slow, ready, patience=NOW)
    assert [label.state for label in labels] == ["fetched", "kept"]
    assert last.report.outcome == "ok"


@pytest.mark.parametrize(
    ("state", "code", "next_step"),
    [("before", "21023035", "ship arrange {package}"), ("after", "21042102", "ship track {order}")],
)
def test_outside_of_its_time_a_label_is_refused_with_the_command_that_helps(
    desk: LabelDesk, state: str, code: str, next_step: str
) -> None:
    package_id = desk.paid() if state == "before" else desk.shipped()
    [order_id] = desk.package(package_id).order_ids
    if state == "after":
        desk.world.sandbox.advance(order_id, "IN_TRANSIT")

    done, [label] = desk.fetch(package_id)

    assert label.error is not None
    assert (label.state, label.error.code, done.report.exit_code) == ("failed", code, 65)
    assert f"mye-tiktok {next_step.format(package=package_id, order=order_id)}" in label.error.hint
    assert desk.names() == []


def test_a_package_of_the_sellers_own_shipping_has_no_label(desk: LabelDesk) -> None:
    done, [label] = desk.fetch(desk.paid(shipping_type="SELLER"))

    assert label.error is not None
    assert (label.error.code, done.report.exit_code) == ("21008017", 65)
    assert "ship mark-shipped" in label.error.hint


def test_one_bad_package_does_not_keep_the_others_from_their_labels(desk: LabelDesk) -> None:
    good, bad = desk.shipped(), "1150000000000000000"

    done, labels = desk.fetch(bad, good)

    assert [label.state for label in labels] == ["failed", "fetched"]
    assert (done.report.exit_code, codes(done.report.failures)) == (1, [(bad, "no-package")])


def test_a_page_of_html_is_no_label(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    desk.world.sandbox.fail("html", operation="document")

    done, [label] = desk.fetch(package_id)

    assert (done.report.exit_code, label.state, desk.names()) == (76, "failed", [])
    assert "HTML" in done.errors[0].message


def test_a_host_of_documents_that_stumbles_is_asked_again(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    desk.world.sandbox.fail("unavailable", operation="document", times=2)

    _, [label] = desk.fetch(package_id)

    assert (label.state, desk.world.asked("document")) == ("fetched", 3)


def test_a_host_of_documents_that_is_away_costs_only_the_labels_that_it_holds(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    desk.world.sandbox.fail("drop", operation="document")

    done, [label] = desk.fetch(package_id)

    assert (done.report.exit_code, label.state, desk.names()) == (69, "failed", [])


def test_for_an_address_that_has_expired_a_new_one_is_got(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    late = iter([timedelta(hours=25)])

    def before(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.startswith("/_documents/"):
            desk.world.clock.advance(next(late, NOW))
        return None

    desk.world.transport.before = before
    desk.world.sandbox.requests.clear()
    _, [label] = desk.fetch(package_id)

    assert label.state == "fetched"
    assert desk.world.asked("get_package_shipping_document") == 2


def test_an_address_in_our_own_network_is_not_followed(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    asked = []

    def before(request: httpx.Request) -> httpx.Response | None:
        asked.append(request.url.host)
        if not request.url.path.endswith("/shipping_documents"):
            return None
        data = {"doc_url": "http://169.254.169.254/latest/meta-data/", "tracking_number": "T1"}
        return httpx.Response(200, json={"code": 0, "message": "Success", "request_id": "1", "data": data})

    desk.world.transport.before = before
    done, [label] = desk.fetch(package_id)

    assert label.error is not None
    assert (done.report.exit_code, label.error.code, set(asked)) == (65, "address", {"tiktok.test"})


def test_a_file_that_is_something_else_is_overwritten_only_by_force(desk: LabelDesk) -> None:
    package_id = desk.shipped()
    [label] = desk.fetch(package_id)[1]
    assert label.path is not None
    whole = label.path.read_bytes()
    label.path.write_bytes(whole[:200])

    done, [again] = desk.fetch(package_id)

    assert again.error is not None
    assert (done.report.exit_code, again.error.code) == (65, "exists")
    assert label.path.read_bytes() == whole[:200]
    assert desk.fetch(package_id, force=True)[1][0].state == "fetched"
    assert label.path.read_bytes() == whole
    assert len(desk.names()) == 1


def test_three_labels_are_joined_in_the_order_in_which_they_were_named(desk: LabelDesk, tmp_path: Path) -> None:
    packages = [desk.shipped() for _ in range(3)]
    wanted = [packages[2], packages[0], packages[1]]
    target = tmp_path / "today.pdf"

    done, labels = desk.run(*wanted, merge=target)

    numbers = [desk.package(package_id).tracking_number for package_id in wanted]
    assert (done.report.outcome, labels.merged) == ("ok", target)
    assert [number in text for number, text in zip(numbers, pages(target), strict=True)] == [True] * 3
    again, _ = desk.run(*wanted, merge=target)
    assert (again.report.outcome, again.report.counts) == ("ok", {"seen": 3, "kept": 3})
    other, _ = desk.run(*packages, merge=target)
    assert (other.report.exit_code, other.errors[0].code) == (65, "exists")
    assert desk.run(*packages, merge=target, force=True)[0].report.outcome == "ok"
    assert desk.package(packages[0]).tracking_number in pages(target)[0]


def test_nothing_is_joined_while_a_label_is_missing(desk: LabelDesk, tmp_path: Path) -> None:
    done, labels = desk.run(desk.shipped(), desk.paid(), merge=tmp_path / "today.pdf")

    assert (labels.merged, (tmp_path / "today.pdf").exists()) == (None, False)
    assert (done.report.exit_code, len(done.report.warnings)) == (1, 1)


def test_a_signal_leaves_whole_files_and_the_next_run_fetches_the_rest(desk: LabelDesk) -> None:
    packages = [desk.shipped() for _ in range(6)]

    done, labels = desk.fetch(*packages, stop=stop_after(5))

    assert isinstance(done.errors[0], StoppedError)
    assert len(labels) < 6
    assert not [name for name in desk.names() if name.endswith(SUFFIX)]
    assert all(pages(desk.folder / name) for name in desk.names())
    done, labels = desk.fetch(*packages)
    assert (done.report.outcome, len(desk.names())) == ("ok", 6)


def test_what_a_killed_run_left_behind_is_removed_once_it_is_old(desk: LabelDesk) -> None:
    desk.folder.mkdir()
    part = desk.folder / f"{PREFIX}1234{SUFFIX}"
    part.write_bytes(b"%PDF-1.4 half")
    package_id = desk.shipped()
    desk.world.clock.advance(timedelta(days=3650))

    desk.fetch(package_id)

    assert not part.exists()


@pytest.mark.parametrize("order_id", ["../../etc/cron.d/x", "/etc/passwd", "..", "", "\0", "a/b\\c", "x" * 500, "5\n7"])
def test_a_name_is_never_a_path(order_id: str, tmp_path: Path) -> None:
    wish = LabelWish(package_ids=("66",), folder=tmp_path)

    for orders in ([order_id], [order_id, "7"]):
        name = wish.name("66", orders)
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
        assert name.endswith("-66-SHIPPING_LABEL.pdf")
        assert len(name) < 120
        assert not name.startswith(".")


def test_a_package_is_asked_for_by_an_id_only(desk: LabelDesk) -> None:
    done, _ = desk.fetch("../../etc/passwd")

    assert isinstance(done.errors[0], RefusedError)
    assert done.report.exit_code == 65
    assert desk.world.asked("get_package_detail") == 0
