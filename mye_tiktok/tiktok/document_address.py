"""Where a document may be fetched from: its address is data, and must not lead into our own network."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

from mye_tiktok.errors import RefusedError, UnreachableError

HINT = "nothing was fetched; report it with the package's id to TikTok's support"
BEHIND_NAT64 = "64:ff9b::"
LOW = 0xFFFFFFFF
Resolve = Callable[[str, int], Sequence[str]]


def addresses(host: str, port: int) -> tuple[str, ...]:
    """Return the IP addresses of a host; raises UnreachableError when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"the name {host} is not known", hint="try again later", code="no-host") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def document_url(text: str, api: httpx.URL) -> httpx.URL:
    """Return the address of a document; raises RefusedError unless it is https, or at TikTok's API host (a sandbox).

    Neither message nor hint repeats the address: who has it can read the document.
    """
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        raise _refused("is no URL") from None
    if url.userinfo:
        raise _refused("holds a user name")
    if same_origin(url, api):
        return url
    if url.scheme != "https" or not url.host:
        raise _refused(f"is not https but {url.scheme or 'nothing'}")
    if _is_literal(url.host) and not is_public(url.host):
        raise _refused(f"leads to {url.host}, which is not on the internet")
    return url


def same_origin(url: httpx.URL, api: httpx.URL) -> bool:
    """Tell whether an address is at the API host that is configured."""
    return (url.scheme, url.host, url.port) == (api.scheme, api.host, api.port)


def public_addresses(host: str, port: int, resolve: Resolve) -> Sequence[str]:
    """Return the addresses of a host; raises RefusedError when one of them is not on the internet."""
    found = resolve(host, port)
    inner = [one for one in found if not is_public(one)]
    if inner:
        raise _refused(f"leads to {host}, which is {inner[0]} and not on the internet")
    return found


def is_public(text: str) -> bool:
    """Tell whether an IP address is on the internet, also one that is wrapped into another."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(each.is_global and not each.is_multicast for each in (address, *_wrapped(address)))


def _wrapped(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    behind = IPv4Address(int(address) & LOW) if int(address) >> 32 == int(IPv6Address(BEHIND_NAT64)) >> 32 else None
    teredo = address.teredo[1] if address.teredo else None
    return tuple(each for each in (address.ipv4_mapped, address.sixtofour, teredo, behind) if each is not None)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _refused(words: str) -> RefusedError:
    return RefusedError(f"the address that TikTok gave for the document {words}", hint=HINT, code="address")
