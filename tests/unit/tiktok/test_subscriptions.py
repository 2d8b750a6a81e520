"""Where TikTok would send events to, and where not."""

import pytest

from mye_tiktok.errors import WrongSettingsError
from mye_tiktok.jobs.subscriptions import address_of
from mye_tiktok.tiktok.subscriptions import address_problems, handled_topics, is_tiktok


@pytest.mark.parametrize("address", ["https://shop.example.com/webhook/", "https://a.b/"])
def test_a_domain_with_https_is_taken(address: str) -> None:
    assert address_problems(address) == []


@pytest.mark.parametrize(
    "address",
    [
        "http://shop.example.com/webhook/",
        "https://10.0.0.1/webhook/",
        "https://[::1]/webhook/",
        "https://shop.example.com:8443/webhook/",
        "https://localhost/webhook/",
        "https:///webhook/",
        "shop.example.com/webhook/",
        "https://shop.example.com:x/",
        "https://shop.example.com/" + "x" * 250,
    ],
)
def test_what_tiktok_would_not_take_is_a_problem(address: str) -> None:
    assert address_problems(address)
    with pytest.raises(WrongSettingsError):
        address_of(address, strict=True)


def test_a_sandbox_takes_any_host_and_port() -> None:
    assert address_problems("http://127.0.0.1:8787/webhook/", strict=False) == []
    assert address_problems("ftp://127.0.0.1/", strict=False)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://shop.example.com", "https://shop.example.com/webhook/"),
        ("https://shop.example.com/", "https://shop.example.com/webhook/"),
        ("https://shop.example.com/tiktok/webhook/", "https://shop.example.com/tiktok/webhook/"),
    ],
)
def test_an_address_without_a_path_gets_the_listeners(url: str, address: str) -> None:
    assert address_of(url, strict=True) == address


def test_tiktoks_own_host_is_told_from_a_sandbox() -> None:
    assert is_tiktok("https://open-api.tiktokglobalshop.com")
    assert not is_tiktok("http://127.0.0.1:8700")


def test_every_topic_that_we_handle_can_be_had_one_way_or_the_other() -> None:
    assert (len(handled_topics(subscribable=True)), len(handled_topics(subscribable=False))) == (17, 7)
