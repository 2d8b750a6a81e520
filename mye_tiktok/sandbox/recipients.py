"""Who an order goes to, and how much of that TikTok shows.

Source: FACTS of the reference pack, "Personal data": masked where TikTok ships or fulfils; shipped by the seller in
the US, masked before release, once cancelled, and thirty days after completion; a cancelled order can be blank.
"""

import random
from collections.abc import Mapping

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.markets import Area, Market, buyers
from mye_tiktok.sandbox.order_states import DAY, derived

WITHHELD = frozenset({"UNPAID", "ON_HOLD", "CANCELLED"})
FAMILY_FIRST = frozenset({"ja", "vi"})
KATAKANA: Mapping[str, tuple[str, str]] = {"JP": ("ハナコ", "サトウ")}


def recipient(region: str, place: Market, die: random.Random) -> Json:
    """Make a recipient with nothing masked."""
    names, area = buyers().languages[place.language], buyers().regions[region]
    first, last = die.choice(names.first), die.choice(names.last)
    street = f"{die.randrange(1, 240)} {place.street}"
    made: Json = {
        "name": _full_name(first, last, place.language),
        "first_name": first if die.random() < 0.7 else "",
        "last_name": last if die.random() < 0.7 else "",
        "phone_number": f"({area.dial}){die.randrange(10**8, 10**9)}",
        "region_code": region,
        "postal_code": place.postal,
        "address_detail": street,
        "address_line1": street,
        "address_line2": f"# {die.randrange(1, 40)}" if die.random() < 0.3 else "",
        "address_line3": "",
        "address_line4": "",
        "district_info": _districts(area, place),
    }
    made["full_address"] = ", ".join([*(part["address_name"] for part in made["district_info"]), street])
    return _of_market(made, region, place, die)


def shown(full: Json, entry: Json, region: str, now: float) -> Json:
    """Return the recipient as TikTok shows it at this time for an order in this state."""
    if entry["status"] == "CANCELLED" and int(derived(0, "blank", entry["id"])) % 4 == 0:
        blank: Json = {key: "" for key in full if key not in {"district_info", "delivery_preferences"}}
        return {**blank, "delivery_preferences": {"drop_off_location": ""}}
    return _masked(full) if _is_masked(entry, region, now) else full


def _is_masked(entry: Json, region: str, now: float) -> bool:
    if entry["shipping_type"] == "TIKTOK" or entry["fulfillment_type"] == "FULFILLMENT_BY_TIKTOK":
        return True
    if entry["status"] == "ON_HOLD":
        return True
    if region != "US":
        return False
    return entry["status"] in WITHHELD or (
        entry["status"] == "COMPLETED" and now >= int(entry["update_time"]) + 30 * DAY
    )


def _masked(full: Json) -> Json:
    hidden = dict(full)
    for key in ("name", "first_name", "last_name"):
        hidden[key] = " ".join(_starred(word, 1) for word in full[key].split())
    for key in hidden.keys() & {"first_name_local_script", "last_name_local_script"}:
        hidden[key] = _starred(full[key], 1)
    for key in ("address_detail", "address_line1", "address_line2", "postal_code"):
        hidden[key] = _starred(full[key], 2)
    dial, _, digits = full["phone_number"].partition(")")
    hidden["phone_number"] = f"{dial}){digits[:3]}*****{digits[-2:]}"
    hidden["district_info"] = [
        {**part, "address_name": _starred(part["address_name"], 2)} if part["address_level"] in {"L3", "L4"} else part
        for part in full["district_info"]
    ]
    known = [part["address_name"] for part in hidden["district_info"]]
    hidden["full_address"] = ", ".join([*known, hidden["address_detail"]])
    return hidden


def _starred(text: str, kept: int) -> str:
    return f"{text[:kept]}{'*' * max(len(text) - kept, 2)}" if text else ""


def _full_name(first: str, last: str, language: str) -> str:
    return f"{last} {first}" if language in FAMILY_FIRST else f"{first} {last}"


def _districts(area: Area, place: Market) -> list[Json]:
    names = [area.country, place.state, place.city, area.lower, area.lower]
    return [
        {"address_level": f"L{at}", "address_level_name": level, "address_name": name}
        for at, (level, name) in enumerate(zip(area.levels, names, strict=False))
    ]


def _of_market(made: Json, region: str, place: Market, die: random.Random) -> Json:
    if region == "GB":
        made["post_town"] = place.city
    if region in KATAKANA:
        made["first_name_local_script"], made["last_name_local_script"] = KATAKANA[region]
    if region in {"US", "GB"} and die.random() < 0.2:
        made["delivery_preferences"] = {"drop_off_location": "Front Door"}
    return made
