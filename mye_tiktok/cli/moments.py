"""Points in time as operators type them: 2026-10-01, 2026-10-01T08:30, 2026-10-01T08:30:00+07:00."""

from datetime import UTC, datetime, timedelta

from mye_tiktok.domain.period import Period
from mye_tiktok.errors import WrongUsageError


def parse_moment(text: str, option: str) -> datetime:
    """Read an ISO 8601 time, one without a zone as UTC; raises WrongUsageError that names `option`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise WrongUsageError(
            f"{option} {text!r} is no time", hint="write ISO 8601, such as 2026-10-01 or 2026-10-01T08:30:00Z"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def parse_period(days_ago: int | None, since: str | None, until: str | None, *, now: datetime) -> Period | None:
    """Return the period that the options name, None for none; raises WrongUsageError when they don't go together."""
    if days_ago is not None and (since is not None or until is not None):
        raise WrongUsageError("--days-ago and --since/--until exclude each other", hint="give one of them")
    if days_ago is not None:
        return Period(since=now - timedelta(days=days_ago))
    start, end = parse_bounds(since, until)
    for option, moment in (("--since", start), ("--until", end)):
        if moment is not None and moment > now:
            raise WrongUsageError(f"{option} {moment.isoformat()} lies in the future", hint=f"now is {now.isoformat()}")
    if start is None and end is not None:
        raise WrongUsageError("--until needs --since", hint="add --since, or leave --until out")
    return Period(since=start, until=end) if start is not None else None


def parse_bounds(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Return both ends of a stretch of time, None for what is open; raises WrongUsageError when nothing is between."""
    start = parse_moment(since, "--since") if since is not None else None
    end = parse_moment(until, "--until") if until is not None else None
    if start is not None and end is not None and end <= start:
        raise WrongUsageError("--until must lie after --since", hint="swap them")
    return start, end
