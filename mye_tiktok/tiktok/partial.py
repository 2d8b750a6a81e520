"""Code 0 is not success for all: calls on several packages list in `data.errors` those that were refused."""

from mye_tiktok.domain.json import Json
from mye_tiktok.domain.shipping import ItemRefusal
from mye_tiktok.tiktok.fields import mapping, rows, text


def refusals(data: Json) -> tuple[ItemRefusal, ...]:
    """Return what was refused; whatever is not among it succeeded.

    An entry that names no package has an empty `package_id`: which one it is about, only reading tells.
    """
    return tuple(
        ItemRefusal(
            package_id=text(mapping(row.get("detail")).get("package_id")),
            code=text(row.get("code")),
            message=text(row.get("message")),
        )
        for row in rows(data.get("errors"))
    )
