"""The schedule: one cadence, spelled for cron and for systemd."""

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.crontab import crontab
from mye_tiktok.domain.placement import Placement
from mye_tiktok.domain.schedule import JOBS, SERVICES, Cadence, scheduled
from mye_tiktok.domain.units import units


@pytest.mark.parametrize(
    ("cadence", "cron", "calendar", "words"),
    [
        (Cadence(every=timedelta(minutes=1)), "* * * * *", "*-*-* *:0/1:00", "every minute"),
        (Cadence(every=timedelta(minutes=10)), "*/10 * * * *", "*-*-* *:0/10:00", "every 10 minutes"),
        (Cadence(every=timedelta(seconds=20)), "* * * * *", "*-*-* *:*:0/20", "every 20 seconds"),
        (Cadence(every=timedelta(hours=2)), "0 */2 * * *", "*-*-* 0/2:00:00", "every 120 minutes"),
        (Cadence(hours=6, minute=41), "41 */6 * * *", "*-*-* 0/6:41:00", "every 6 hours"),
        (Cadence(minute=7), "7 * * * *", "*-*-* 0/1:07:00", "every hour"),
        (Cadence(hour=3, minute=17), "17 3 * * *", "*-*-* 03:17:00", "daily at 03:17"),
        (Cadence(hour=4, minute=23, weekday=0), "23 4 * * 0", "Sun *-*-* 04:23:00", "Sun at 04:23"),
    ],
)
def test_a_cadence_is_spelled_for_cron_for_systemd_and_for_people(
    cadence: Cadence, cron: str, calendar: str, words: str
) -> None:
    assert (cadence.cron, cadence.calendar, cadence.in_words) == (cron, calendar, words)


@given(st.integers(1, 86_400))
def test_whatever_the_order_pull_is_set_to_cron_gets_five_fields_within_their_bounds(seconds: int) -> None:
    fields = Cadence(every=timedelta(seconds=seconds)).cron.split()

    steps = [int(field.removeprefix("*/")) for field in fields if field.startswith("*/")]
    assert len(fields) == 5
    assert all(1 < step < 60 for step in steps)


def test_only_the_order_pull_follows_its_setting() -> None:
    changed = {job.name for job, usual in zip(scheduled(timedelta(minutes=2)), JOBS, strict=True) if job != usual}

    assert changed == {"orders"}


def test_the_names_of_jobs_and_services_are_unique() -> None:
    assert len({job.name for job in JOBS}) == len(JOBS)
    assert len({service.name for service in SERVICES}) == len(SERVICES)
    assert {job.instead_of for job in JOBS} - {""} <= {service.name for service in SERVICES}


def test_a_per_cent_sign_survives_cron_and_systemd() -> None:
    place = Placement(env_file="/etc/100%/env")

    assert r"/etc/100\%/env" in crontab(JOBS, place)
    assert "/etc/100%%/env" in units(JOBS, SERVICES, place)["mye-tiktok-listener.service"]


def test_a_job_that_a_service_makes_needless_has_no_timer() -> None:
    named = units(JOBS, SERVICES, Placement())

    assert "mye-tiktok-job-webhooks.timer" not in named
    assert "mye-tiktok-job-webhooks.timer" in units(JOBS, (), Placement())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_systemd_accepts_every_unit(tmp_path: Path) -> None:
    program = shutil.which("env")
    assert program is not None
    # every kind of cadence, also those that a setting brings about
    jobs = scheduled(timedelta(seconds=20))
    for name, content in units(jobs, SERVICES, Placement(program=program)).items():
        (tmp_path / name).write_text(content, encoding="utf-8")

    verified = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        check=False,
        capture_output=True,
        text=True,
    )

    assert (verified.returncode, verified.stderr) == (0, "")
