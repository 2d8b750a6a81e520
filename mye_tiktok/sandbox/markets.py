"""The markets that a generated shop can stand in: currency, language, places and the words of its titles."""

import functools
from importlib import resources

import msgspec


class Words(msgspec.Struct, frozen=True):
    """What titles and variants are made of in one language; eight of each but the colours."""

    qualities: tuple[str, ...]
    things: tuple[str, ...]
    endings: tuple[str, ...]
    colours: tuple[str, ...]
    colour: str
    size: str


class Market(msgspec.Struct, frozen=True):
    """One country. `decimals` are those of its prices."""

    currency: str
    decimals: int
    language: str
    state: str
    city: str
    postal: str
    street: str


class Names(msgspec.Struct, frozen=True):
    """What buyers are called in one language, and what they write to sellers."""

    first: tuple[str, ...]
    last: tuple[str, ...]
    messages: tuple[str, ...]


class Area(msgspec.Struct, frozen=True):
    """How addresses are divided in one country: the names of its levels, and of a place on the lowest."""

    country: str
    dial: str
    levels: tuple[str, ...]
    lower: str = ""


class Buyers(msgspec.Struct, frozen=True):
    """Who buys, and where."""

    languages: dict[str, Names]
    regions: dict[str, Area]


@functools.cache
def buyers() -> Buyers:
    """Return the buyers of all markets."""
    return msgspec.json.decode(resources.files(__package__).joinpath("buyers.json").read_bytes(), type=Buyers)


@functools.cache
def _markets() -> dict[str, Market]:
    raw = resources.files(__package__).joinpath("markets.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, Market])


@functools.cache
def _words() -> dict[str, Words]:
    raw = resources.files(__package__).joinpath("words.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, Words])


def regions() -> tuple[str, ...]:
    """Return the country codes that the sandbox knows."""
    return tuple(_markets())


def market(region: str) -> Market:
    """Return the market of a country code; raises ValueError for one that is not known."""
    try:
        return _markets()[region]
    except KeyError:
        raise ValueError(f"region {region!r} is not one of {', '.join(_markets())}") from None


def words(language: str) -> Words:
    """Return the words of a language."""
    return _words()[language]
