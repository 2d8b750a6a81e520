"""TikTok's ids as they are asked for: digits, however long."""

from mye_tiktok.errors import RefusedError


def require_id(value: str, kind: str, *, hint: str) -> None:
    """Raise RefusedError for what cannot be an id, so that it is never sent; `hint` says where the ids are shown."""
    if not (value.isascii() and value.isdigit()):
        raise RefusedError(f"{value!r} is no {kind} id: TikTok's ids are digits", hint=hint)
