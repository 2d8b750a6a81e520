"""What runs when: the one table of jobs behind cron lines, systemd units and the README."""

from dataclasses import dataclass, replace
from datetime import timedelta

ORDER_PULL = "orders"
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often: every so many seconds, or at a minute of an hour, of a day, or of a weekday (0 is Sunday).

    With `every` nothing else counts. Without `hour` it is every `hours` hours at `minute`.
    """

    every: timedelta = timedelta()
    minute: int = 0
    hours: int = 1
    hour: int | None = None
    weekday: int | None = None

    @property
    def cron(self) -> str:
        """Return the five fields of a cron line; cron knows nothing shorter than a minute."""
        if self.every:
            minutes = max(1, round(self.every.total_seconds() / 60))
            if minutes < 60:
                return f"{_steps(minutes)} * * * *"
            return f"0 {_steps(min(23, round(minutes / 60)))} * * *"
        if self.hour is None:
            return f"{self.minute} {_steps(self.hours)} * * *"
        return f"{self.minute} {self.hour} * * {'*' if self.weekday is None else self.weekday}"

    @property
    def calendar(self) -> str:
        """Return the OnCalendar= of a systemd timer."""
        seconds = int(self.every.total_seconds())
        if 0 < seconds < 60:
            return f"*-*-* *:*:0/{seconds}"
        if self.every:
            minutes = round(seconds / 60)
            return f"*-*-* *:0/{minutes}:00" if minutes < 60 else f"*-*-* 0/{min(23, round(minutes / 60))}:00:00"
        if self.hour is None:
            return f"*-*-* 0/{self.hours}:{self.minute:02}:00"
        day = "" if self.weekday is None else f"{DAYS[self.weekday]} "
        return f"{day}*-*-* {self.hour:02}:{self.minute:02}:00"

    @property
    def in_words(self) -> str:
        """Return it for people."""
        seconds = int(self.every.total_seconds())
        if seconds and seconds % 60:
            return f"every {seconds} seconds"
        if seconds:
            return "every minute" if seconds == 60 else f"every {seconds // 60} minutes"
        if self.hour is None:
            return f"every {self.hours} hours" if self.hours > 1 else "every hour"
        at = f"{self.hour:02}:{self.minute:02}"
        return f"daily at {at}" if self.weekday is None else f"{DAYS[self.weekday]} at {at}"


def _steps(number: int) -> str:
    return "*" if number == 1 else f"*/{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of the schedule. `spread` is how far hosts may drift apart so that they don't all call at once.

    `quiet`: what it prints on success is for people who typed it. `instead_of` names what makes it needless.
    """

    name: str
    arguments: str
    cadence: Cadence
    spread: timedelta
    reason: str
    quiet: bool = False
    instead_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Something that stays. `notifies`: it tells systemd when it is ready and alive."""

    name: str
    arguments: str
    reason: str
    notifies: bool = False


def _minutes(number: int) -> Cadence:
    return Cadence(every=timedelta(minutes=number))


SECOND = timedelta(seconds=1)
JOBS = (
    Job(
        name="products",
        arguments="products fetch-all --all-channels",
        cadence=_minutes(10),
        spread=30 * SECOND,
        reason="What changed since the last run. A run that meets the one before it ends with 75 and leaves it alone.",
    ),
    Job(
        name="products-full",
        arguments="products fetch-all --all-channels --full",
        cadence=Cadence(hour=3, minute=17),
        spread=600 * SECOND,
        reason="Everything, because only a full run finds products that vanished. Not on the minute of the job above.",
    ),
    Job(
        name=ORDER_PULL,
        arguments="orders fetch --all-channels",
        cadence=_minutes(5),
        spread=15 * SECOND,
        reason="Orders that changed: the safety net below the webhooks, for those can be lost. Where no listener runs,"
        " this decides how late an order reaches MYE. CELERY_BEAT_SCHEDULE_TIME sets how often.",
    ),
    Job(
        name="webhooks",
        arguments="consume webhooks --once",
        cadence=_minutes(1),
        spread=timedelta(),
        reason="What the listener wrote down. Needless where `consume webhooks` or `serve-webhook --process` stays:"
        " events are then handled within a second instead of within a minute.",
        instead_of="webhooks",
    ),
    Job(
        name="orders-verify",
        arguments="orders verify --all-channels --days-ago 2",
        cadence=Cadence(hour=2, minute=47),
        spread=600 * SECOND,
        reason="TikTok's orders of the last two days against ours. It closes gaps; a failure means that it could not.",
        quiet=True,
    ),
    Job(
        name="inventory-in",
        arguments="consume inventory --once",
        cadence=_minutes(1),
        spread=timedelta(),
        reason="What MYE says of its stock. Needless where `consume inventory --push` stays: figures then reach TikTok"
        " within seconds.",
        instead_of="inventory",
    ),
    Job(
        name="inventory-push",
        arguments="inventory push --all-channels",
        cadence=_minutes(1),
        spread=timedelta(),
        reason="Stock on its way to TikTok, what was just sold first. A mail that a guard stopped it needs a person:"
        " look with --dry-run, go on with --force.",
        instead_of="inventory",
    ),
    Job(
        name="inventory-verify",
        arguments="inventory verify --all-channels --fix",
        cadence=Cadence(hour=4, minute=7),
        spread=600 * SECOND,
        reason="What TikTok shows against what MYE said. It sends the differences; a failure means that one is old.",
        quiet=True,
    ),
    Job(
        name="product-commands",
        arguments="consume products --once",
        cadence=_minutes(1),
        spread=timedelta(),
        reason="What MYE wants done to products: refresh, activate, deactivate, price. Needless where"
        " `consume products` stays.",
        instead_of="product-commands",
    ),
    Job(
        name="shipments",
        arguments="consume shipments --once",
        cadence=_minutes(1),
        spread=timedelta(),
        reason="What MYE shipped. Needless where `consume shipments` stays.",
        instead_of="shipments",
    ),
    Job(
        name="ship-retry",
        arguments="ship retry",
        cadence=_minutes(5),
        spread=timedelta(),
        reason="Shipments that wait, from whatever source: TikTok was away, an order was on hold, an answer was lost.",
    ),
    Job(
        name="ship-due",
        arguments="ship due --within 12h",
        cadence=Cadence(hour=7, minute=35),
        spread=timedelta(),
        reason="Fails when an order is late to ship; typed by hand it lists what has to leave within the day.",
        quiet=True,
    ),
    Job(
        name="outbox",
        arguments="outbox relay --once",
        cadence=_minutes(1),
        spread=timedelta(),
        reason="Every job sends what it queued; this catches up after the broker was away. Costs next to nothing when"
        " there is none.",
    ),
    Job(
        name="tokens",
        arguments="auth refresh --all-channels --within 24h",
        cadence=Cadence(hours=6, minute=41),
        spread=600 * SECOND,
        reason="Access tokens live for 7 days and are renewed when used. This keeps alive those of channels that"
        " nothing asks for.",
    ),
    Job(
        name="authorizations",
        arguments="auth status --check",
        cadence=Cadence(hour=8, minute=5),
        spread=timedelta(),
        reason="Fails daily from 14 days before an authorization ends: a seller has to agree again, and that takes"
        " days.",
        quiet=True,
    ),
    Job(
        name="outbox-purge",
        arguments="outbox purge --older-than 30d",
        cadence=Cadence(hour=4, minute=23, weekday=0),
        spread=600 * SECOND,
        reason="The outbox remembers what was sent. A month is long enough to answer questions.",
    ),
)
SERVICES = (
    Service(
        name="listener",
        arguments="serve-webhook",
        reason="Takes TikTok's webhooks: verify, write down, answer.",
        notifies=True,
    ),
    Service(
        name="webhooks",
        arguments="consume webhooks",
        reason="Handles what the listener wrote down, within a second.",
    ),
    Service(
        name="inventory",
        arguments="consume inventory --push",
        reason="Brings the stock that MYE tells to TikTok, within seconds.",
    ),
    Service(
        name="product-commands",
        arguments="consume products",
        reason="Does what MYE wants done to products.",
    ),
    Service(
        name="shipments",
        arguments="consume shipments",
        reason="Tells TikTok what MYE shipped, within seconds.",
    ),
)


def scheduled(order_pull: timedelta) -> tuple[Job, ...]:
    """Return the jobs with the cadence of the order pull that is set."""
    return tuple(replace(job, cadence=Cadence(every=order_pull)) if job.name == ORDER_PULL else job for job in JOBS)
