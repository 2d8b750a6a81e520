"""TikTok's error codes: what each means and whether repeating helps (error_codes.json, from the documentation)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

RETRY_CLASSES: Mapping[str, str] = {
    "-": "success",
    "later": "transient: back off and repeat",
    "no": "repeating is useless; fix the input, the scope or the state",
    "wait": "valid once the object reaches another state",
    "check": "probably done already; read the object before acting",
    "after refresh": "repeat once with a renewed token",
    "no: re-authorise": "only the seller can help, by authorising the app again",
    "no: add scope and re-authorise": "add the scope to the app, then let the seller authorise again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCode:
    """One documented code. `mark`: doc = official documentation, report = seen in the field."""

    code: int
    layer: str
    meaning: str
    retry: str
    mark: str
    operations: tuple[str, ...] = ()

    @property
    def retry_meaning(self) -> str:
        """The retry class in words."""
        return RETRY_CLASSES.get(self.retry, self.retry)


@cache
def error_codes() -> Mapping[int, ErrorCode]:
    """Return every code we know, by number."""
    text = files("mye_tiktok.tiktok").joinpath("error_codes.json").read_text("utf-8")
    rows = json.loads(text)["errors"]
    return {row["code"]: ErrorCode(**{**row, "operations": tuple(row.get("operations", ()))}) for row in rows}
