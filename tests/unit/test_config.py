"""The configuration: where values come from, and what is said about wrong ones."""

from pathlib import Path

import pytest

from mye_tiktok import config
from mye_tiktok.config_table import BY_NAME, SETTINGS
from mye_tiktok.errors import WrongSettingsError

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def load(tmp_path: Path, environment: dict[str, str] | None = None, env: str | None = None) -> config.Settings:
    """Load settings in an empty folder, with `env` as its .env file."""
    if env is not None:
        (tmp_path / ".env").write_text(env, encoding="utf-8")
    return config.load(environment or {}, working_dir=tmp_path)


def test_a_flag_beats_the_environment_which_beats_the_file_which_beats_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("APP_KEY=file\nSERVICE_ID=file\nPRODUCT_QUEUE_NAME=file\n", encoding="utf-8")

    settings = config.load(
        {"APP_KEY": "environment", "SERVICE_ID": "environment"}, flags={"APP_KEY": "flag"}, working_dir=tmp_path
    )

    names = ("APP_KEY", "SERVICE_ID", "PRODUCT_QUEUE_NAME", "ORDER_QUEUE_NAME")
    assert [(settings.text(name), settings.origin(name)) for name in names] == [
        ("flag", "flag"),
        ("environment", "environment"),
        ("file", ".env"),
        ("order_queue", "default"),
    ]


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        load(
            tmp_path,
            {
                "DB_USER": "mye",
                "DB_PORT": "many",
                "RABBIT_URL": "http://broker",
                "LOG_LEVEL": "loud",
                "TOKEN_KEY": "short",
                "TIKTOK_MAX_RPS": "0",
                "APP_SECRET_FILE": str(tmp_path / "nowhere"),
            },
        )

    text = caught.value.message
    assert caught.value.exit_code == 78
    for name in (
        "DB_HOST",
        "DB_NAME",
        "DB_PORT",
        "RABBIT_URL",
        "LOG_LEVEL",
        "TOKEN_KEY",
        "TIKTOK_MAX_RPS",
        "APP_SECRET",
    ):
        assert name in text
    assert "short" not in text


def test_a_secret_can_be_given_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("swordfish\n", encoding="utf-8")

    settings = load(tmp_path, {"APP_SECRET_FILE": str(tmp_path / "secret")})

    assert settings.text("APP_SECRET") == "swordfish"
    assert settings.origin("APP_SECRET") == f"file {tmp_path / 'secret'}"


def test_an_empty_secret_file_is_a_problem_and_not_the_default(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n", encoding="utf-8")

    with pytest.raises(WrongSettingsError, match=r"TOKEN_KEY_FILE .* is empty"):
        load(tmp_path, {"TOKEN_KEY_FILE": str(tmp_path / "secret")})


@pytest.mark.parametrize("name", ["DB_PORT", "RABBITMQ_PORT", "WEBHOOK_PORT", "FETCH_WORKERS"])
@pytest.mark.parametrize("text", ["50.5", "5_0", "5e1", "50.0"])
def test_what_can_only_be_whole_is_refused_otherwise(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(WrongSettingsError, match=f"{name} .* is not a whole number"):
        load(tmp_path, {name: text, "DB_HOST": "db", "DB_NAME": "mye", "RABBITMQ_HOST": "mq"})


def test_a_secret_given_twice_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("swordfish", encoding="utf-8")

    with pytest.raises(WrongSettingsError, match="both set"):
        load(tmp_path, {"APP_SECRET": "one", "APP_SECRET_FILE": str(tmp_path / "secret")})


def test_a_missing_env_file_is_a_problem_only_when_it_was_asked_for(tmp_path: Path) -> None:
    assert load(tmp_path).text("APP_KEY") == ""

    with pytest.raises(WrongSettingsError, match="no such file"):
        config.load({}, env_file=tmp_path / "other.env", working_dir=tmp_path)
    with pytest.raises(WrongSettingsError, match="a folder"):
        config.load({}, env_file=tmp_path, working_dir=tmp_path)


def test_a_problem_in_an_env_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "cron.env").write_text("LOG_LEVEL=loud\n", encoding="utf-8")

    with pytest.raises(WrongSettingsError, match=r"LOG_LEVEL \(.*cron\.env\)"):
        config.load({}, env_file=tmp_path / "cron.env", working_dir=tmp_path)


def test_every_line_of_an_env_file_that_is_no_setting_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        load(tmp_path, env="APP_KEY a\nSERVICE_ID=1\n'\n")

    assert "line 1 is not NAME=value" in caught.value.message
    assert "line 3 is not NAME=value" in caught.value.message


def test_an_env_file_that_is_not_text_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"APP_KEY=\xff\n")

    with pytest.raises(WrongSettingsError, match="not text in UTF-8"):
        load(tmp_path)


def test_an_env_file_may_come_from_windows_and_hold_a_bare_word(tmp_path: Path) -> None:
    settings = load(tmp_path, env="\ufeffAPP_KEY=key\r\nexport SERVICE_ID='1' # mine\r\nready\r\n")

    assert (settings.text("APP_KEY"), settings.text("SERVICE_ID")) == ("key", "1")


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"DB_HOST": "db", "DB_NAME": "mye"}, "postgresql://db:5432/mye"),
        (
            {"DB_HOST": "db", "DB_NAME": "mye", "DB_USER": "a", "DB_PASS": "p@ss/w:rd", "DB_PORT": "6000"},
            "postgresql://a:p%40ss%2Fw%3Ard@db:6000/mye",
        ),
        ({"DB_HOST": "db", "DB_NAME": "mye", "DATABASE_URL": "postgres://x/y"}, "postgresql://x/y"),
        ({"DATABASE_URL": "postgresql:///mye?host=/run/postgresql"}, "postgresql:///mye?host=/run/postgresql"),
        ({"XDG_STATE_HOME": "/var/lib"}, "sqlite:////var/lib/mye-tiktok/mye-tiktok.sqlite3"),
    ],
)
def test_the_database_follows_from_the_environment(tmp_path: Path, environment: dict[str, str], url: str) -> None:
    assert load(tmp_path, environment).database_url == url


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, ""),
        ({"RABBITMQ_HOST": "mq"}, "amqp://guest:guest@mq:5672/%2F"),
        ({"RABBITMQ_HOST": "mq", "RABBITMQ_PASSWORD": "a b"}, "amqp://guest:a%20b@mq:5672/%2F"),
        ({"RABBITMQ_HOST": "mq", "RABBIT_URL": "amqps://u:p@other/v"}, "amqps://u:p@other/v"),
    ],
)
def test_the_broker_follows_from_the_environment(tmp_path: Path, environment: dict[str, str], url: str) -> None:
    assert load(tmp_path, environment).broker_url == url


def test_masking_shows_neither_a_secret_nor_the_password_of_a_url() -> None:
    shown = {
        setting.name: config.masked(
            setting, "postgresql://me:swordfish@db/mye" if setting.kind == "url" else "swordfish"
        )
        for setting in SETTINGS
        if setting.secret
    }

    assert shown
    assert not [name for name, text in shown.items() if "swordfish" in text]
    assert shown["DATABASE_URL"] == "postgresql://me:***@db/mye"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("sqlite:////var/lib/mye.sqlite3", "sqlite:////var/lib/mye.sqlite3"),
        ("postgresql://db/mye?user=me&password=swordfish", "postgresql://db/mye?user=me&password=***"),
        ("postgresql://me:p@db/mye?sslpassword=swordfish&x=1", "postgresql://me:***@db/mye?sslpassword=***&x=1"),
    ],
)
def test_masking_finds_a_password_behind_the_question_mark(text: str, shown: str) -> None:
    assert config.masked(BY_NAME["DATABASE_URL"], text) == shown


def test_the_logs_are_told_every_form_of_a_password(tmp_path: Path) -> None:
    url = "postgresql://me:sword%2Ffish@db/mye?sslpassword=blow%2Ffish"

    assert {"sword%2Ffish", "sword/fish", "blow/fish", "blow%2Ffish"} <= set(
        load(tmp_path, {"DATABASE_URL": url}).secrets()
    )


def test_what_a_command_needs_is_named_all_at_once(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingsError) as caught:
        load(tmp_path).require("APP_KEY", "APP_SECRET")

    assert len(caught.value.problems) == 2


def test_a_valid_set_of_keys_is_accepted(tmp_path: Path) -> None:
    assert load(tmp_path, {"TOKEN_KEY": f"{KEY},{KEY}"}).text("TOKEN_KEY") == f"{KEY},{KEY}"


def test_the_example_file_names_every_setting_with_its_default() -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")

    missing = [setting.name for setting in SETTINGS if f"{setting.name}={setting.default}\n" not in example]

    assert missing == []


def test_a_copy_of_the_example_file_changes_nothing(tmp_path: Path) -> None:
    example = (Path(__file__).parents[2] / ".env.example").read_text(encoding="utf-8")

    settings = load(tmp_path, {"XDG_STATE_HOME": "/state"}, env=example)

    assert settings.embedded_database
    assert settings.broker_url == ""
