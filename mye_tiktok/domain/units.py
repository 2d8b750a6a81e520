"""The schedule as systemd units."""

from collections.abc import Sequence

from mye_tiktok.domain.placement import Placement
from mye_tiktok.domain.schedule import Job, Service

PREFIX = "mye-tiktok"
SECRETS = ("APP_SECRET", "TOKEN_KEY", "DATABASE_URL", "RABBIT_URL")
WATCHDOG_SECONDS = 30
# 75: another run holds the job; 143: stopped by systemd
NO_FAILURE = "75 143"
# a person has to act first: to start again and again would only hide it
PERSON_FIRST = "2 77 78"
HARDENING = """\
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
UMask=0077
# no core file: it would hold tokens
LimitCORE=0
"""


def units(jobs: Sequence[Job], services: Sequence[Service], place: Placement) -> dict[str, str]:
    """Return every unit by the name of its file: what stays, and per job a oneshot service and its timer.

    A job that something staying makes needless has no timer.
    """
    staying = {service.name for service in services}
    found = {f"{PREFIX}-{service.name}.service": _service(service, place) for service in services}
    for job in jobs:
        if job.instead_of in staying:
            continue
        found[f"{PREFIX}-job-{job.name}.service"] = _oneshot(job, place)
        found[f"{PREFIX}-job-{job.name}.timer"] = _timer(job)
    wanted = [name for name in found if name.endswith(".timer") or not name.startswith(f"{PREFIX}-job-")]
    return {f"{PREFIX}.target": _target(wanted), **found}


def _target(wanted: Sequence[str]) -> str:
    lines = "\n".join(f"Wants={name}" for name in wanted)
    return (
        f"[Unit]\nDescription=mye-tiktok: everything that stays and every timer\n{lines}\n\n"
        "[Install]\nWantedBy=multi-user.target\n"
    )


def _service(service: Service, place: Placement) -> str:
    kind = f"Type=notify\nNotifyAccess=main\nWatchdogSec={WATCHDOG_SECONDS}" if service.notifies else "Type=exec"
    return (
        f"{_unit(service.reason)}PartOf={PREFIX}.target\n\n[Service]\n{kind}\n{_command(service.arguments, place)}"
        f"Restart=on-failure\nRestartSec=10\nRestartPreventExitStatus={PERSON_FIRST}\nSuccessExitStatus=143\n"
        f"TimeoutStopSec=60\n{HARDENING}"
    )


def _oneshot(job: Job, place: Placement) -> str:
    silenced = "StandardOutput=null\n" if job.quiet else ""
    return (
        f"{_unit(job.reason)}\n[Service]\nType=oneshot\n{_command(job.arguments, place)}{silenced}"
        f"SuccessExitStatus={NO_FAILURE}\nTimeoutStartSec=infinity\n{HARDENING}"
    )


def _timer(job: Job) -> str:
    spread = int(job.spread.total_seconds())
    randomized = f"RandomizedDelaySec={spread}\n" if spread else ""
    return (
        f"[Unit]\nDescription=mye-tiktok {job.arguments}, {job.cadence.in_words}\nPartOf={PREFIX}.target\n\n"
        f"[Timer]\nOnCalendar={job.cadence.calendar}\nPersistent=true\nAccuracySec=1s\n{randomized}\n"
        f"[Install]\nWantedBy={PREFIX}.target\n"
    )


def _unit(reason: str) -> str:
    first = reason.partition(". ")[0].rstrip(".")
    return (
        f"[Unit]\nDescription=mye-tiktok: {first}\n"
        "Wants=network-online.target\nAfter=network-online.target postgresql.service rabbitmq-server.service\n"
    )


def _command(arguments: str, place: Placement) -> str:
    """Return how it is started: settings from a file, secrets as credentials, the state in /var/lib."""
    credentials = "".join(f"LoadCredential={name}:{place.credentials}/{name}\n" for name in SECRETS)
    paths = "".join(f"Environment={name}_FILE=%d/{name}\n" for name in SECRETS)
    command = f"{place.program} --env-file {place.env_file} {arguments}".replace("%", "%%")
    return (
        f"ExecStart={command}\nUser={place.user}\nGroup={place.user}\nStateDirectory={PREFIX}\nStateDirectoryMode=0700\n"
        f"Environment=XDG_STATE_HOME=/var/lib\n{credentials}{paths}"
    )
