"""`schedule`: what is printed is what is installed, for this very place and setting."""

from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_the_crontab_follows_the_setting_and_names_the_program(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BEAT_SCHEDULE_TIME", "120")

    printed = cli("schedule", "cron", "--program", "/srv/bin/mye-tiktok", "--mail-to", "ops@example.com")

    assert printed.code == 0
    assert "PATH=/srv/bin:/usr/bin:/bin" in printed.out
    assert "MAILTO=ops@example.com" in printed.out
    assert "*/2 * * * *   mye-tiktok --env-file /etc/mye-tiktok/env orders fetch --all-channels\n" in printed.out


def test_the_units_are_written_where_they_are_wanted(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "units"

    written = cli("schedule", "systemd", "--install", str(folder), "--user", "shops", "--json").json()

    assert sorted(written["files"]) == sorted(str(path) for path in folder.iterdir())
    assert "User=shops\n" in (folder / "mye-tiktok-listener.service").read_text(encoding="utf-8")
    assert {job["name"] for job in written["jobs"]} >= {"products", "orders", "outbox"}


def test_a_folder_that_can_not_be_written_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    refused = cli("schedule", "cron", "--install", str(tmp_path / "file" / "below"), "--json")

    assert refused.code == 65
    assert str(tmp_path / "file") in refused.error()["message"]


def test_a_cadence_of_no_seconds_is_a_wrong_setting(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELERY_BEAT_SCHEDULE_TIME", "0")

    assert cli("schedule", "cron").code == 78
