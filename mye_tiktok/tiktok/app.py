"""Which TikTok Shop app we are, and where TikTok lives."""

from dataclasses import dataclass, field

API_URL = "https://open-api.tiktokglobalshop.com"
AUTH_URL = "https://auth.tiktok-shops.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The app as Partner Center lists it; the secret never shows in a repr."""

    app_key: str
    app_secret: str = field(repr=False)
