"""Every setting with its default and meaning: the source of the checks, of `config show` and of `.env.example`."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "url", "choice", "keys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One environment variable. A secret can also be given as NAME_FILE, a path."""

    name: str
    meaning: str
    default: str = ""
    kind: Kind = "text"
    secret: bool = False
    least: float = 0
    most: float = 0
    whole: bool = False
    choices: tuple[str, ...] = ()


def _port(name: str, meaning: str, default: str) -> Setting:
    return Setting(name=name, meaning=meaning, default=default, kind="number", least=1, most=65535, whole=True)


def _web(name: str, meaning: str, default: str = "") -> Setting:
    return Setting(name=name, meaning=meaning, default=default, kind="url", choices=("https", "http"))


def _queue(prefix: str, carries: str) -> tuple[Setting, Setting]:
    word = prefix.lower()
    return (
        Setting(name=f"{prefix}_EXCHANGE_NAME", meaning=f"direct exchange for {carries}", default=f"{word}_exchange"),
        Setting(name=f"{prefix}_QUEUE_NAME", meaning=f"queue for {carries}", default=f"{word}_queue"),
    )


SETTINGS: tuple[Setting, ...] = (
    Setting(name="APP_KEY", meaning="key of the TikTok Shop app (Partner Center, App & Service)"),
    Setting(name="APP_SECRET", meaning="secret of the TikTok Shop app", secret=True),
    Setting(name="SERVICE_ID", meaning="service id of the app, part of the link that a seller opens to authorize"),
    _web("TIKTOK_API_URL", "TikTok's API host, or the sandbox", "https://open-api.tiktokglobalshop.com"),
    _web("TIKTOK_AUTH_URL", "TikTok's token host, or the sandbox", "https://auth.tiktok-shops.com"),
    Setting(
        name="TIKTOK_MAX_RPS",
        meaning="most requests per second per app, shop and endpoint; the limiter finds its own rate below it",
        default="50",
        kind="number",
        least=0.1,
        most=1000,
    ),
    Setting(
        name="DATABASE_URL",
        meaning="PostgreSQL (or SQLite) in one URL; overrides DB_…",
        kind="url",
        secret=True,
        choices=("postgresql", "postgres", "sqlite"),
    ),
    Setting(name="DB_HOST", meaning="PostgreSQL host; no DB_… set: SQLite in the state folder"),
    _port("DB_PORT", "PostgreSQL port", "5432"),
    Setting(name="DB_NAME", meaning="PostgreSQL database"),
    Setting(name="DB_USER", meaning="PostgreSQL user"),
    Setting(name="DB_PASS", meaning="PostgreSQL password", secret=True),
    Setting(
        name="RABBIT_URL",
        meaning="RabbitMQ in one URL; overrides RABBITMQ_…",
        kind="url",
        secret=True,
        choices=("amqp", "amqps"),
    ),
    Setting(name="RABBITMQ_HOST", meaning="RabbitMQ host; no RABBITMQ_… set: the broker embedded in the database"),
    _port("RABBITMQ_PORT", "RabbitMQ port", "5672"),
    Setting(name="RABBITMQ_USER", meaning="RabbitMQ user", default="guest"),
    Setting(name="RABBITMQ_PASSWORD", meaning="RabbitMQ password", default="guest", secret=True),
    *_queue("ORDER", "orders on their way to MYE"),
    *_queue("PRODUCT", "products on their way to MYE"),
    *_queue("INVENTORY", "stock figures that MYE sends"),
    *_queue("MESSAGE", "customer messages on their way to MYE"),
    *_queue("SHIPMENT", "shipments that MYE sends"),
    *_queue("PRODUCT_COMMAND", "product commands that MYE sends"),
    *_queue("INVENTORY_RESULT", "outcomes of stock updates on their way to MYE"),
    _web("MIAMS_URL", "MIAMS, MYE's service of stock, for `inventory pull`; unset: it can't be asked"),
    Setting(name="MIAMS_SECRET_KEY", meaning="what MIAMS knows us by, sent as a bearer token", secret=True),
    Setting(name="MIAMS_INVENTORY_PATH", meaning="path of MIAMS's stock below MIAMS_URL", default="/inventory"),
    Setting(
        name="TOKEN_KEY",
        meaning="key(s) that encrypt tokens at rest, comma-separated, newest first; unset: a key file, mode 0600",
        kind="keys",
        secret=True,
    ),
    Setting(name="XDG_STATE_HOME", meaning="parent of the state folder mye-tiktok/; unset: ~/.local/state"),
    Setting(
        name="REMOVAL_LIMIT_PERCENT",
        meaning="a full product fetch that would remove more than this share of a channel's products stops",
        default="20",
        kind="number",
        least=0,
        most=100,
    ),
    Setting(
        name="FETCH_WORKERS",
        meaning="product details asked for at the same time per channel",
        default="16",
        kind="number",
        least=1,
        most=64,
        whole=True,
    ),
    Setting(
        name="PUSH_WORKERS",
        meaning="stock updates sent at the same time per channel",
        default="12",
        kind="number",
        least=1,
        most=64,
        whole=True,
    ),
    Setting(
        name="INVENTORY_GUARD_SKUS",
        meaning="a stock run that would zero, or cut by more than half, more SKUs than this stops",
        default="50",
        kind="number",
        least=0,
        most=10_000_000,
        whole=True,
    ),
    Setting(
        name="INVENTORY_GUARD_PERCENT",
        meaning="the same as a share of the channel's SKUs; two SKUs may always be cut",
        default="20",
        kind="number",
        least=0,
        most=100,
    ),
    Setting(
        name="CELERY_BEAT_SCHEDULE_TIME",
        meaning="seconds between order pulls in what `schedule` writes; cron takes whole minutes",
        default="300",
        kind="number",
        least=1,
        most=86_400,
        whole=True,
    ),
    Setting(
        name="WEBHOOK_HOST", meaning="address the listener binds (`serve-webhook`, `auth login`)", default="127.0.0.1"
    ),
    _port("WEBHOOK_PORT", "port the listener binds (`serve-webhook`, `auth login`)", "8787"),
    Setting(
        name="WEBHOOK_BACKLOG_SECONDS",
        meaning="/readyz of the listener says 503 once an event waits longer than this to be handled",
        default="900",
        kind="number",
        least=1,
        most=604_800,
    ),
    _web("PUBLIC_URL", "the listener's address as the world sees it, for the redirect after authorizing"),
    Setting(
        name="LOG_LEVEL",
        meaning="debug, info, warning or error; unset: warning",
        kind="choice",
        choices=("debug", "info", "warning", "error"),
    ),
    Setting(
        name="LOG_FORMAT",
        meaning="text (key=value) or json",
        default="text",
        kind="choice",
        choices=("text", "json"),
    ),
)
BY_NAME = {setting.name: setting for setting in SETTINGS}
