"""The configuration: flag, then environment, then `.env`, then default; every problem reported at once."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from mye_tiktok.config_table import BY_NAME, SETTINGS, Kind, Setting
from mye_tiktok.errors import WrongSettingsError

DATABASE_PARTS = ("DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASS")
BROKER_PARTS = ("RABBITMQ_HOST", "RABBITMQ_PORT", "RABBITMQ_USER", "RABBITMQ_PASSWORD")
# libpq takes a password behind the question mark too
QUERY_SECRETS = ("password", "sslpassword")
QUEUES = ("order", "product", "inventory", "message", "shipment", "product-command", "inventory-result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value and where it came from: `flag`, `environment`, `.env` or its stand-in, `file PATH` or `default`."""

    text: str
    origin: str


class Settings:
    """The settings of one invocation. Ask by contract name; `repr` never shows a value."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values

    def __repr__(self) -> str:
        return "Settings(…)"

    def text(self, name: str) -> str:
        """Return the value as given, or its default; empty when it is not set."""
        return self._values[name].text

    def number(self, name: str) -> float:
        """Return a number; its form was checked at load."""
        return float(self._values[name].text)

    def origin(self, name: str) -> str:
        """Tell where the value came from."""
        return self._values[name].origin

    def is_set(self, name: str) -> bool:
        """Tell whether it is neither empty nor the default; a copied .env.example sets nothing."""
        return self.text(name) not in ("", BY_NAME[name].default)

    def require(self, *names: str) -> None:
        """Raise WrongSettingsError that names every one of `names` that is empty."""
        missing = [f"{name} is not set: {BY_NAME[name].meaning}" for name in names if not self.text(name)]
        if missing:
            raise WrongSettingsError(
                "the configuration is not complete",
                problems=missing,
                hint="set them in the environment or in .env; `mye-tiktok config show` prints what is in force",
            )

    @property
    def state_dir(self) -> Path:
        """The folder of the embedded database and of the key file."""
        if base := self.text("XDG_STATE_HOME"):
            return Path(base) / "mye-tiktok"
        try:
            return Path("~/.local/state/mye-tiktok").expanduser()
        except RuntimeError:
            raise WrongSettingsError(
                "this user has no home folder, so there is no place for the state folder",
                hint="set XDG_STATE_HOME, or both DATABASE_URL and TOKEN_KEY",
            ) from None

    @property
    def embedded_database(self) -> bool:
        """Whether nobody configured a database, so that SQLite in the state folder serves."""
        return not any(self.is_set(name) for name in ("DATABASE_URL", *DATABASE_PARTS))

    @property
    def database_url(self) -> str:
        """DATABASE_URL, or the URL made of DB_…, or the embedded SQLite file."""
        if self.is_set("DATABASE_URL"):
            return self.text("DATABASE_URL").replace("postgres://", "postgresql://", 1)
        if self.embedded_database:
            return f"sqlite:///{self.state_dir / 'mye-tiktok.sqlite3'}"
        return "postgresql://" + self._authority(*DATABASE_PARTS[3:], *DATABASE_PARTS[:2]) + f"/{self.text('DB_NAME')}"

    @property
    def broker_url(self) -> str:
        """RABBIT_URL, or the URL made of RABBITMQ_…; empty means the embedded broker."""
        if self.is_set("RABBIT_URL"):
            return self.text("RABBIT_URL")
        if not any(self.is_set(name) for name in BROKER_PARTS):
            return ""
        return "amqp://" + self._authority(*BROKER_PARTS[2:], *BROKER_PARTS[:2]) + "/%2F"

    def queue(self, name: str) -> tuple[str, str]:
        """Return the exchange and the queue behind one of QUEUES."""
        prefix = name.upper().replace("-", "_")
        return self.text(f"{prefix}_EXCHANGE_NAME"), self.text(f"{prefix}_QUEUE_NAME")

    def secrets(self) -> list[str]:
        """Return every secret value in force, so that the logs can hide them."""
        hidden = [self.text(setting.name) for setting in SETTINGS if setting.secret]
        hidden += self.text("TOKEN_KEY").split(",")
        for url in map(urlsplit, (self.database_url, self.broker_url)):
            hidden += [url.password or "", unquote(url.password or "")]
            query = re.findall(rf"\b(?:{'|'.join(QUERY_SECRETS)})=([^&]+)", url.query)
            hidden += [form for text in query for form in (text, unquote(text))]
        return [secret for secret in hidden if secret]

    def _authority(self, user: str, password: str, host: str, port: str) -> str:
        login = quote(self.text(user), safe="")
        if self.text(password):
            login += ":" + quote(self.text(password), safe="")
        return (f"{login}@" if login else "") + f"{self.text(host)}:{self.text(port)}"


def load(
    environment: Mapping[str, str],
    *,
    env_file: Path | None = None,
    flags: Mapping[str, str] | None = None,
    working_dir: Path | None = None,
) -> Settings:
    """Read every setting; raise WrongSettingsError (exit 78) with all that is wrong."""
    problems: list[str] = []
    file = _env_file(env_file, working_dir or Path.cwd(), problems)
    sources = ((flags or {}, "flag"), (environment, "environment"), (file, str(env_file or ".env")))
    values = {setting.name: _value(setting, sources, problems) for setting in SETTINGS}
    settings = Settings(values)
    problems += _contradictions(settings)
    if problems:
        raise WrongSettingsError(
            "the configuration is wrong", problems=problems, hint="correct these, then `mye-tiktok config show`"
        )
    return settings


def masked(setting: Setting, text: str) -> str:
    """Return what may be shown of a value: of a secret only that it is set, of a URL all but its password."""
    if not text or setting.kind != "url":
        return "***" if setting.secret and text else text
    text = re.sub(rf"\b({'|'.join(QUERY_SECRETS)})=[^&#]*", r"\1=***", text)
    if "@" not in text:
        return text
    parts = urlsplit(text)
    return parts._replace(netloc=f"{parts.username or ''}:***@{parts.netloc.rpartition('@')[2]}").geturl()


def _env_file(chosen: Path | None, working_dir: Path, problems: list[str]) -> Mapping[str, str]:
    path = chosen or working_dir / ".env"
    if not path.is_file():
        if chosen is not None:
            what = "that is a folder" if path.is_dir() else "there is no such file"
            problems.append(f"--env-file {path}: {what}")
        return {}
    from dotenv.parser import parse_stream

    try:
        # a file that was saved on Windows may begin with a byte order mark
        with path.open(encoding="utf-8-sig") as stream:
            lines = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path} cannot be read: {_unreadable(error)}")
        return {}
    problems += [f"{path} line {line.original.line} is not NAME=value" for line in lines if line.error]
    return {line.key: line.value for line in lines if line.key is not None and line.value is not None}


def _unreadable(error: OSError | UnicodeDecodeError) -> str:
    return str(error.strerror) if isinstance(error, OSError) else "it is not text in UTF-8"


def _value(setting: Setting, sources: Sequence[tuple[Mapping[str, str], str]], problems: list[str]) -> Value:
    for source, origin in sources:
        found = _found(setting, source, origin, problems)
        if found is not None:
            problem = CHECKS[setting.kind](setting, found.text)
            if problem:
                problems.append(f"{setting.name} ({found.origin}) {problem}")
            return found
    return Value(text=setting.default, origin="default")


def _found(setting: Setting, source: Mapping[str, str], origin: str, problems: list[str]) -> Value | None:
    path = source.get(f"{setting.name}_FILE") if setting.secret else None
    if setting.name in source and source[setting.name] != "":
        if path:
            problems.append(f"{setting.name} and {setting.name}_FILE are both set ({origin}): keep one")
        return Value(text=source[setting.name], origin=origin)
    if not path:
        return None
    try:
        text = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{setting.name}_FILE ({origin}) names {path}, which cannot be read: {_unreadable(error)}")
        return None
    if not text:
        problems.append(f"{setting.name}_FILE ({origin}) names {path}, which is empty")
        return None
    return Value(text=text, origin=f"file {path}")


def _contradictions(settings: Settings) -> list[str]:
    problems = []
    parts = any(settings.is_set(name) for name in DATABASE_PARTS)
    if parts and not settings.is_set("DATABASE_URL"):
        problems += [
            f"{name} is not set, although other DB_… variables are"
            for name in ("DB_HOST", "DB_NAME")
            if not settings.is_set(name)
        ]
    if any(settings.is_set(name) for name in BROKER_PARTS[1:]) and not (
        settings.is_set("RABBITMQ_HOST") or settings.is_set("RABBIT_URL")
    ):
        problems.append("RABBITMQ_HOST is not set, although other RABBITMQ_… variables are")
    return problems


def _any(setting: Setting, text: str) -> str:
    return "holds a line break or a NUL" if any(sign in text for sign in "\n\r\0") else ""


def _number(setting: Setting, text: str) -> str:
    try:
        number = float(text)
    except ValueError:
        return f"is not a number: {text!r}"
    if setting.whole and not text.isdecimal():
        return f"is not a whole number: {text!r}"
    if not setting.least <= number <= setting.most:
        return f"is {text}, outside {setting.least:g} to {setting.most:g}"
    return ""


def _url(setting: Setting, text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme.split("+")[0] in setting.choices and parts.port != 0
    except ValueError:
        return "is not a URL"
    # SQLite has no host, and PostgreSQL needs none on its Unix socket
    hostless = parts.scheme.startswith(("sqlite", "postgres"))
    if not known or not (parts.hostname or hostless):
        return "is not a URL that starts with " + " or ".join(f"{scheme}://" for scheme in setting.choices)
    return ""


def _choice(setting: Setting, text: str) -> str:
    return "" if text.lower() in setting.choices else f"is {text!r}, not one of {', '.join(setting.choices)}"


def _keys(setting: Setting, text: str) -> str:
    from base64 import urlsafe_b64decode

    for number, key in enumerate(text.split(","), start=1):
        try:
            if len(urlsafe_b64decode(key.strip())) == 32:
                continue
        except ValueError:
            pass
        return f"holds no valid key at place {number}; `mye-tiktok auth rekey --new-key` prints one"
    return ""


CHECKS: Mapping[Kind, Callable[[Setting, str], str]] = {
    "text": _any,
    "number": _number,
    "url": _url,
    "choice": _choice,
    "keys": _keys,
}


def from_process(env_file: Path | None = None, flags: Mapping[str, str] | None = None) -> Settings:
    """Load the settings of this process."""
    return load(os.environ, env_file=env_file, flags=flags)
