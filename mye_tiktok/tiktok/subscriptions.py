"""Which webhooks a shop has registered, and where an address may point ("Get/Update/Delete Shop Webhooks")."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from mye_tiktok.domain.authorization import Access
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import rows, text
from mye_tiktok.tiktok.operations import DELETE_WEBHOOK_FOR_AN_EVENT, GET_SHOP_WEBHOOKS, UPDATE_SHOP_WEBHOOK
from mye_tiktok.tiktok.webhooks import TOPICS, Topic

LONGEST_ADDRESS = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One event of a shop and the address it is sent to."""

    event_type: str
    address: str


def handled_topics(*, subscribable: bool) -> list[Topic]:
    """Return the topics that we act on: those a shop can register, or those only Partner Center can tick."""
    return [topic for topic in TOPICS.values() if topic.subscribable == subscribable and topic.about != "other"]


def list_subscriptions(client: TikTokClient, access: Access) -> list[Subscription]:
    """Return what the shop has registered; what Partner Center has for all shops is presumably not among it."""
    found = rows(client.call(access, GET_SHOP_WEBHOOKS).get("webhooks"))
    return [Subscription(event_type=text(one.get("event_type")), address=text(one.get("address"))) for one in found]


def subscribe(client: TikTokClient, access: Access, event_type: str, address: str) -> None:
    """Let TikTok send this event of the shop to `address`, whatever it was before."""
    client.call(access, UPDATE_SHOP_WEBHOOK, body={"address": address, "event_type": event_type})


def unsubscribe(client: TikTokClient, access: Access, event_type: str) -> None:
    """Take the shop's own address of this event away; Partner Center's, if any, is in force again."""
    client.call(access, DELETE_WEBHOOK_FOR_AN_EVENT, body={"event_type": event_type})


def address_problems(address: str, *, strict: bool = True) -> list[str]:
    """Return what TikTok would not take: it wants https, a domain name, no port, and at most 255 characters.

    Not `strict` is for a sandbox, which also delivers to http, to an IP address and to any port.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ["it is no URL"]
    problems = []
    if len(address) > LONGEST_ADDRESS:
        problems.append(f"it has {len(address)} characters, {LONGEST_ADDRESS} at most are allowed")
    if parts.scheme != "https" and (strict or parts.scheme != "http"):
        problems.append("it must begin with https://")
    if not host:
        return [*problems, "it names no host"]
    if strict and port is not None:
        problems.append(f"it names port {port}; TikTok only uses 443, without naming it")
    if strict and (_is_ip(host) or "." not in host):
        problems.append(f"{host} is no domain name")
    return problems


def is_tiktok(api_url: str) -> bool:
    """Tell whether this API host is TikTok's own; else it is a sandbox."""
    return (urlsplit(api_url).hostname or "").endswith(".tiktokglobalshop.com")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
