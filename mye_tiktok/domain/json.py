"""Raw JSON at a border: the one place where Any is allowed."""

from typing import Any

Json = dict[str, Any]
