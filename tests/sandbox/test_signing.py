"""The documented signatures, and those that public SDKs test themselves with."""

import pytest

from mye_tiktok.sandbox.signing import signature, webhook_signature

CIPHER = "ROW_xkMbgAAAeVAQra0eZWebFQq5aIK"
SHOP = {"app_key": "68xu9ks5p4i8", "shop_cipher": CIPHER, "timestamp": "1696909648"}
WEBHOOKS, ORDERS = "/event/202309/webhooks", "/order/202309/orders/search"
SECRET = "e59af819cc"

VECTORS = {
    "a GET as the guide prints it": (
        ("/authorization/202309/shops", {"app_key": "29a39d", "timestamp": "1623812664"}, ""),
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
    ),
    "a body": (
        (WEBHOOKS, SHOP, '{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}'),
        "cd0d6268252f4ba293bf7ea4c0a2873bf9beec600d22530638564ab301435f7a",
    ),
    "no body": ((WEBHOOKS, SHOP, ""), "ed58e1b5e59865c22a7b828c1cab65007441f43cc91a6cb2f2cdc638e0995a37"),
    "keys of the body in another order": (
        (WEBHOOKS, SHOP, '{"event_type":"PACKAGE_UPDATE","address":"https://partner.tiktokshop.com"}'),
        "701dd6deb2389fe4c469b89bd37fc56f96a6da6afeb4d01c9077a65169752fa7",
    ),
    "one more space in the body": (
        (WEBHOOKS, SHOP, '{"address":"https://partner.tiktokshop.com","event_type": "PACKAGE_UPDATE"}'),
        "f7ca36a232c721e1ec037d357b5dc51aa7dceda28b119d37122adaa3fb7dd6ca",
    ),
    "a page token in decoded form": (
        (
            ORDERS,
            {**SHOP, "page_size": "20", "page_token": "aDU2dHIzMy9sYXN0+A=="},
            '{"order_status":"AWAITING_SHIPMENT","update_time_ge":1696900000}',
        ),
        "83e8f183fbf23259d5f440208afcdb0c3cc1184285bdd6feb1814f5bd5243eee",
    ),
    "a list joined with commas": (
        ("/order/202507/orders", {**SHOP, "ids": "576461413038785752,576461413038785753"}, ""),
        "b97f28a073d68b4025d1ae615a46e00c74339730af691bad43b699f912137e1a",
    ),
    "an empty object": ((ORDERS, SHOP, "{}"), "04f55a76eb8bd690fbb0c4df13a582d48bd73ec9beb1d59d708801d7551204d1"),
    "a body beyond ASCII": (
        ("/product/202502/products/search", {**SHOP, "page_size": "1"}, '{"seller_skus":["chậu-01"]}'),
        "028a67cab680860d77367c10eeb07a81669b6bf998e71a767f7c148ec9d99fe4",
    ),
    "parameters that are never signed": (
        (
            "/authorization/202309/shops",
            {"app_key": "29a39d", "timestamp": "1623812664", "access_token": "x", "sign": "y"},
            "",
        ),
        "b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8",
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_a_request_is_signed_as_documented(name: str) -> None:
    (path, query, body), expected = VECTORS[name]

    assert signature(SECRET, path, query.items(), body.encode()) == expected


def test_any_query_parameter_takes_part() -> None:
    digest = "d3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f"

    assert signature("app_secret", "/test-api", [("foo", "bar")]) == digest


def test_the_body_of_an_upload_is_not_signed() -> None:
    query = {"app_key": "68xu9ks5p4i8", "timestamp": "1696909648"}
    media = "multipart/form-data; boundary=x"
    digest = "59c0e27af52d8d4cb8ab324f9e2f0a499557a320c3ff45627c14de243a731d8b"

    assert signature(SECRET, "/product/202309/images/upload", query.items(), b"--x--", media) == digest


def test_a_webhook_is_signed_over_app_key_and_body() -> None:
    body = (
        b'{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507",'
        b'"timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178",'
        b'"order_status":"UNPAID","update_time":1718305585}}'
    )
    digest = "5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05"

    assert webhook_signature("abcdef", "123", body) == digest
