"""Code 0 is not success for all: what `data.errors` says of single items, down to its `extra_errors`."""

from dataclasses import dataclass

from mye_tiktok.domain.json import Json
from mye_tiktok.tiktok.error_codes import error_codes
from mye_tiktok.tiktok.fields import number, rows, text

UNNAMED = 12052990
"""The code of a check that failed, for an error that comes without one."""
MAY_PASS = frozenset({"later", "wait", "after refresh"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemError:
    """One error about one item."""

    code: str
    message: str

    @classmethod
    def of(cls, error: Json, extra: Json) -> "ItemError":
        """Read the inner error, and from the outer one what it lacks."""
        code = number(extra.get("code")) or number(error.get("code")) or UNNAMED
        message = text(extra.get("message")) or text(error.get("message"))
        known = error_codes().get(code)
        return cls(code=str(code), message=message or (known.meaning if known else "TikTok gave no reason"))

    @property
    def again(self) -> bool:
        """Whether it may pass; nobody can tell that a code without documentation is final."""
        known = error_codes().get(number(self.code) or 0)
        return known is None or known.retry in MAY_PASS

    @property
    def passes_by_itself(self) -> bool:
        """Whether TikTok only stumbled, whatever state the item is in."""
        known = error_codes().get(number(self.code) or 0)
        return known is not None and known.retry == "later"


def errors_of(data: Json) -> list[Json]:
    """Return the errors; a list that can't be read is one about everything."""
    errors = data.get("errors")
    return rows(errors) or ([{}] if errors else [])
