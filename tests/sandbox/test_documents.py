"""Labels and slips: when they are made, what is in them, and how long they lie there."""

import re
import struct
import zlib

import pytest

from tests.sandbox.caller import Caller, Clock
from tests.sandbox.shipping import PACKAGES, package_of, paid, ship, shop_in

KINDS = ("SHIPPING_LABEL", "PACKING_SLIP", "SHIPPING_LABEL_AND_PACKING_SLIP", "HAZMAT_LABEL")


@pytest.fixture
def vn(clock: Clock) -> Caller:
    return shop_in("VN", clock, late_documents=False)


def shipped(caller: Caller) -> str:
    package_id = package_of(caller, paid(caller, "TIKTOK", need_upload_invoice="NO_NEED"))
    assert ship(caller, package_id)["code"] == 0
    return package_id


def ask(caller: Caller, package_id: str, kind: str = "SHIPPING_LABEL", **query: str) -> tuple[int, str]:
    answer = caller.get(f"{PACKAGES}/{package_id}/shipping_documents", document_type=kind, **query)
    return answer["code"], (answer["data"] or {}).get("doc_url", "")


def fetch(caller: Caller, url: str) -> bytes:
    answer = caller.http.get(url.strip())
    assert answer.status_code == 200
    return answer.content


def check_pdf(content: bytes) -> int:
    """Check that every object stands where the table says, and return the number of pages."""
    assert content.startswith(b"%PDF-1.4\n")
    assert content.endswith(b"%%EOF\n")
    [start] = re.findall(rb"startxref\n(\d+)\n", content)
    assert content[int(start) :].startswith(b"xref\n")
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", content), 1):
        assert content[int(place) :].startswith(b"%d 0 obj\n" % number)
    for length, stream in re.findall(rb"/Length (\d+) >>\nstream\n(.*?)\nendstream", content, re.DOTALL):
        assert int(length) == len(stream)
    return len(re.findall(rb"/Type /Page ", content))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", ["A6", "A5"])
def test_a_document_is_a_pdf_of_its_size(vn: Caller, kind: str, size: str) -> None:
    code, url = ask(vn, shipped(vn), kind, document_size=size)

    content = fetch(vn, url)

    assert (code, url) == (0, f"{url.strip()} \n")
    assert check_pdf(content) == (2 if kind == "SHIPPING_LABEL_AND_PACKING_SLIP" else 1)
    wanted = {"A6": b"298 420", "A5": b"420 595"}[size] if kind != "HAZMAT_LABEL" else b"595 842"
    assert wanted in content


def test_a_label_carries_the_tracking_number(vn: Caller) -> None:
    package_id = shipped(vn)
    number = vn.get(f"{PACKAGES}/{package_id}")["data"]["tracking_number"]

    assert number.encode() in fetch(vn, ask(vn, package_id)[1])
    picture = fetch(vn, ask(vn, package_id, "SHIPPING_LABEL_PICTURE")[1])
    width, height = struct.unpack(">II", picture[16:24])
    [size] = struct.unpack(">I", picture[33:37])
    assert len(zlib.decompress(picture[41 : 41 + size])) == (width + 1) * height


def test_a_document_lies_there_for_a_day(vn: Caller) -> None:
    url = ask(vn, shipped(vn))[1].strip()

    vn.sandbox.advance_clock(86_399)
    assert vn.http.get(url).status_code == 200
    vn.sandbox.advance_clock(1)

    assert vn.http.get(url).status_code == 403
    assert vn.http.get(re.sub(r"key=\w+", "key=0", url)).status_code == 403
    assert vn.http.get(re.sub(r"expires=\d+", "expires=9999999999", url)).status_code == 403


def test_a_document_exists_between_shipping_and_pick_up(vn: Caller) -> None:
    order_id = paid(vn, "TIKTOK")
    package_id = package_of(vn, order_id)

    assert ask(vn, package_id)[0] == 21023035
    ship(vn, package_id)
    assert ask(vn, package_id)[0] == 0
    vn.sandbox.advance(order_id, "IN_TRANSIT")
    assert ask(vn, package_id)[0] == 21042102


def test_not_every_package_has_documents(vn: Caller) -> None:
    cancelled = paid(vn, "TIKTOK")
    vn.sandbox.advance(cancelled, "CANCELLED")
    fulfilled = paid(vn, "TIKTOK", fulfillment_type="FULFILLMENT_BY_TIKTOK")

    assert ask(vn, package_of(vn, paid(vn)))[0] == 21008017
    assert ask(vn, package_of(vn, cancelled))[0] == 21023059
    assert ask(vn, package_of(vn, fulfilled))[0] == 21008043
    assert ask(vn, "1150000000000000000")[0] == 21011028
    assert ask(vn, shipped(vn), "INVOICE_LABEL")[0] == 98001004


@pytest.mark.parametrize(("how", "code"), [("refuse", 11034037), ("timeout", 11034023), ("empty", 0)])
def test_a_slow_document_comes_at_last(vn: Caller, how: str, code: int) -> None:
    package_id = shipped(vn)
    body = {"package_id": package_id, "answers": 2, "how": how}
    assert vn.http.post("/_sandbox/documents/slow", json=body).status_code == 200

    assert [ask(vn, package_id) for _ in range(2)] == [(code, "")] * 2
    assert ask(vn, package_id)[1]


def test_some_labels_are_late_unless_switched_off(clock: Clock) -> None:
    caller = shop_in("VN", clock)
    packages = [shipped(caller) for _ in range(8)]

    assert [ask(caller, each)[0] for each in packages].count(11034037) == 2
    assert all(ask(caller, each)[1] for each in packages)


def test_brazil_has_labels_for_its_printers(clock: Clock) -> None:
    caller = shop_in("BR", clock, late_documents=False)

    assert fetch(caller, ask(caller, shipped(caller), document_format="ZPL")[1]).startswith(b"^XA")


def test_a_fetch_can_fail(vn: Caller) -> None:
    url = ask(vn, shipped(vn))[1].strip()
    vn.sandbox.fail("unavailable", operation="document", times=1)

    assert [vn.http.get(url).status_code for _ in range(2)] == [503, 200]
    assert [record.status for record in vn.sandbox.requests.records("document")] == [503, 200]
