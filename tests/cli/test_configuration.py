"""The configuration as a user meets it: everything wrong at once, origins, and secrets that stay hidden."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

ON_EVERY_KIND_OF_COMMAND = [
    ("config", "show"),
    ("auth", "url"),
    ("auth", "channels"),
    ("auth", "status"),
    ("auth", "refresh", "--all-channels"),
    ("products", "fetch-all"),
    ("products", "list"),
    ("outbox", "list"),
    ("outbox", "relay", "--once"),
    ("jobs", "list"),
    ("status",),
    ("doctor",),
    ("db", "upgrade"),
    ("db", "check"),
]


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Four mistakes, and the names that a message about them must hold."""
    monkeypatch.setenv("DB_PORT", "many")
    monkeypatch.setenv("DB_USER", "mye")
    monkeypatch.setenv("RABBITMQ_PASSWORD", "not-the-default")
    monkeypatch.setenv("LOG_FORMAT", "xml")
    monkeypatch.setenv("APP_SECRET_FILE", "/nowhere/app-secret")
    return ["DB_PORT", "DB_HOST", "DB_NAME", "RABBITMQ_HOST", "LOG_FORMAT", "APP_SECRET_FILE"]


@pytest.mark.parametrize("command", ON_EVERY_KIND_OF_COMMAND, ids=" ".join)
def test_every_problem_is_reported_at_once(cli: Cli, wrong: list[str], command: tuple[str, ...]) -> None:
    outcome = cli(*command)

    assert (outcome.code, outcome.out) == (78, "")
    assert [name for name in wrong if name not in outcome.err] == []
    assert "not-the-default" not in outcome.err


def test_problems_in_json_are_one_object_on_the_last_line(cli: Cli, wrong: list[str]) -> None:
    outcome = cli("products", "fetch-all", "--json")

    assert (outcome.code, outcome.out) == (78, "")
    assert set(outcome.error()) == {"code", "message", "hint", "request_id", "exit_code"}
    assert outcome.error()["exit_code"] == 78
    assert [name for name in wrong if name not in outcome.error()["message"]] == []


def test_a_missing_app_is_reported_with_every_variable_that_is_missing(cli: Cli) -> None:
    outcome = cli("auth", "integrate", "--code", "TTP_x")

    assert outcome.code == 78
    assert "APP_KEY" in outcome.err
    assert "APP_SECRET" in outcome.err


def test_a_link_needs_a_service_id(cli: Cli) -> None:
    outcome = cli("auth", "url")

    assert outcome.code == 78
    assert "SERVICE_ID" in outcome.err


def test_config_show_tells_every_origin_and_masks_secrets(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("APP_KEY=key-in-file\nSERVICE_ID=in-file\n", encoding="utf-8")
    (tmp_path / "secret").write_text("secret-in-file\n", encoding="utf-8")
    monkeypatch.setenv("APP_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("SERVICE_ID", "in-environment")
    monkeypatch.setenv("DATABASE_URL", "postgresql://mye:database-secret@db.example/mye")

    outcome = cli("config", "show", "--json")

    rows = {row["name"]: (row["value"], row["origin"]) for row in outcome.json()["settings"]}
    assert rows["APP_KEY"] == ("key-in-file", ".env")
    assert rows["SERVICE_ID"] == ("in-environment", "environment")
    assert rows["APP_SECRET"] == ("***", f"file {tmp_path / 'secret'}")
    assert rows["DATABASE_URL"] == ("postgresql://mye:***@db.example/mye", "environment")
    assert rows["TIKTOK_AUTH_URL"] == ("https://auth.tiktok-shops.com", "default")
    assert "secret-in-file" not in outcome.out + cli("config", "show").out
    assert "database-secret" not in outcome.out + cli("config", "show").out


def test_an_env_file_can_be_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "other.env").write_text("APP_KEY=other\n", encoding="utf-8")

    rows = cli("--env-file", str(tmp_path / "other.env"), "config", "show", "--json").json()["settings"]

    assert next(row["value"] for row in rows if row["name"] == "APP_KEY") == "other"


def test_an_env_file_that_is_missing_is_a_problem(cli: Cli) -> None:
    outcome = cli("--env-file", "/nowhere/.env", "config", "show")

    assert outcome.code == 78
    assert "/nowhere/.env" in outcome.err


@pytest.mark.parametrize("below", ["", "/state"])
@pytest.mark.parametrize("token_key", ["", KEY])
def test_a_state_folder_that_cannot_be_made_is_a_wrong_setting(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str, token_key: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", f"{tmp_path / 'file'}{below}")
    monkeypatch.setenv("TOKEN_KEY", token_key)

    outcome = cli("auth", "channels", "--json")

    assert outcome.code == 78
    assert str(tmp_path / "file") in outcome.error()["message"]
    assert outcome.error()["hint"]


def test_a_file_that_is_no_database_is_a_wrong_setting(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").write_text("not a database, whatever its name " * 40, encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'notes'}")

    assert cli("auth", "channels").code == 78


def test_a_user_without_a_home_is_told_what_to_set(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(os, "getuid", lambda: 54321)

    outcome = cli("auth", "channels")

    assert outcome.code == 78
    assert "XDG_STATE_HOME" in outcome.err


def test_the_state_folder_and_what_is_in_it_belong_to_their_owner_alone(cli: Cli, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        assert cli("auth", "channels").code == 0
    finally:
        os.umask(before)

    folder = tmp_path / "state" / "mye-tiktok"
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {"mye-tiktok.sqlite3", "token.key"} <= set(modes)
    assert set(modes.values()) == {0o600}


def test_words_of_a_choice_count_whatever_their_case(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "JSON")
    monkeypatch.setenv("LOG_LEVEL", "Info")

    lines = cli("outbox", "relay", "--once").err.splitlines()

    assert [json.loads(line)["level"] for line in lines] == ["info", "info"]
