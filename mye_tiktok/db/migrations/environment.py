"""Where a developer's `alembic` command finds its database."""

import os
from collections.abc import Mapping
from urllib.parse import quote


def url_of_the_environment(environment: Mapping[str, str] = os.environ) -> str:
    """Return DATABASE_URL, or the URL that DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASS describe."""
    if url := environment.get("DATABASE_URL"):
        return url
    if not environment.get("DB_NAME"):
        raise SystemExit("set DATABASE_URL, or DB_HOST, DB_PORT, DB_NAME, DB_USER and DB_PASS")
    user, password = (
        quote(environment.get("DB_USER", "postgres"), safe=""),
        quote(environment.get("DB_PASS", ""), safe=""),
    )
    host, port = environment.get("DB_HOST", "localhost"), environment.get("DB_PORT", "5432")
    return f"postgresql://{user}:{password}@{host}:{port}/{environment['DB_NAME']}"
