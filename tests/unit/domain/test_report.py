"""A report: counts add up, and the exit code follows."""

import pytest

from mye_tiktok.domain.report import Failure, Outcome, Report


def part(outcome: Outcome, exit_code: int = 0) -> Report:
    """Return one channel's report."""
    report = Report(job="products fetch-all", channel_uid="c", outcome=outcome, requests=2)
    report.add(seen=3)
    if exit_code:
        report.failures.append(Failure(item="c", code="x", message="m", exit_code=exit_code))
    return report


def test_the_parts_add_up() -> None:
    report = Report(job="products fetch-all")

    report.include(part("ok"))
    report.include(part("ok"))

    assert (report.outcome, report.requests, report.counts) == ("ok", 4, {"seen": 6})


def test_one_failed_channel_of_two_makes_the_run_partial() -> None:
    report = Report(job="products fetch-all")

    report.include(part("ok"))
    report.include(part("failed", 77))

    assert (report.outcome, report.exit_code) == ("partial", 1)


@pytest.mark.parametrize(("codes", "expected"), [([69, 77], 77), ([75, 69], 69), ([65], 65), ([70, 78], 70)])
def test_a_run_that_failed_everywhere_exits_with_the_gravest_code(codes: list[int], expected: int) -> None:
    report = Report(job="products fetch-all")

    for code in codes:
        report.include(part("failed", code))

    assert (report.outcome, report.exit_code) == ("failed", expected)


def test_a_failed_item_makes_the_run_partial_and_is_listed() -> None:
    report = Report(job="products fetch-all")

    report.fail(Failure(item="1", code="12052260", message="gone"))

    assert (report.outcome, report.exit_code, report.counts) == ("partial", 1, {"failed": 1})
    assert report.as_json()["failures"] == [{"item": "1", "code": "12052260", "message": "gone", "hint": ""}]
