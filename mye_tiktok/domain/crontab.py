"""The schedule as a crontab."""

import textwrap
from collections.abc import Sequence
from pathlib import PurePath

from mye_tiktok.domain.placement import Placement
from mye_tiktok.domain.schedule import Job

WIDTH = 116
HEAD = """\
# mye-tiktok under cron: `crontab crontab.example`, as the user that owns the state folder.
# Written by `mye-tiktok schedule cron`. Every line is safe to run at any time and as often as you like. A job that
# succeeds prints nothing, so a mail from cron means that something needs a look; the error says what to type next.

# Who gets that mail. With MAILTO="" nobody would hear of an authorization that ends.
MAILTO={mail_to}

# cron's own PATH is /usr/bin:/bin; put the folder of mye-tiktok in front (`command -v mye-tiktok` tells it).
PATH={folder}:/usr/bin:/bin

# cron starts in the home folder and reads no profile, so settings come from a file that is named. Without DATABASE_URL
# or DB_HOST in it the SQLite file lies below this user's home; XDG_STATE_HOME in that file moves it. Without TOKEN_KEY
# so does the key that tokens are encrypted with, also with PostgreSQL: another user's key doesn't open them.

# minute hour day month weekday  command
"""


def crontab(jobs: Sequence[Job], place: Placement) -> str:
    """Return the whole crontab, a reason above each line."""
    head = HEAD.format(mail_to=place.mail_to, folder=PurePath(place.program).parent)
    return "\n".join([head, *("\n".join([*_comment(job.reason), _line(job, place), ""]) for job in jobs)])


def _comment(reason: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(reason, WIDTH - 2)]


def _line(job: Job, place: Placement) -> str:
    silenced = " > /dev/null" if job.quiet else ""
    # a per cent sign would end the command of a cron line
    command = f"{PurePath(place.program).name} --env-file {place.env_file} {job.arguments}".replace("%", r"\%")
    return f"{job.cadence.cron:<13} {command}{silenced}"
