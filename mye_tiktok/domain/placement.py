"""Where a program is installed, who runs it, and where its settings are."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The defaults are those of the examples in the repository."""

    program: str = "/opt/mye-tiktok/.venv/bin/mye-tiktok"
    env_file: str = "/etc/mye-tiktok/env"
    credentials: str = "/etc/mye-tiktok/credentials"
    user: str = "mye-tiktok"
    mail_to: str = "shop-operations@example.com"
