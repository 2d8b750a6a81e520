"""What an update came to: per warehouse for the ledger, per wish for MYE, and whether to try again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from mye_tiktok.domain.stock import Answer, RequestState, SettledWarehouse, SkuPlan, WarehousePlan

Result = Literal["applied", "unchanged", "rejected", "failed", "postponed"]
Key = tuple[str, str]
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
MOST_ATTEMPTS = 28
"""Then a day has passed: `DELAYS`, and from then on every hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger: what a push or a person did about one SKU and warehouse.

    `wanted` is what MYE says, `desired` what the rules make of it, `before` what TikTok showed, `sent` what it was
    given; None where that is not known, or nothing was.
    """

    product_id: str
    sku_id: str
    seller_sku: str
    warehouse_id: str
    wanted: int | None
    desired: int
    rule: str
    before: int | None
    sent: int | None
    outcome: Result
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The answer to one wish."""

    wish_id: int
    state: RequestState
    code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one SKU. `again`: something of it waits, with `code` and `message` of the first refusal."""

    plan: SkuPlan
    entries: tuple[Entry, ...]
    settled: tuple[Settlement, ...]
    again: bool = False
    code: str = ""
    message: str = ""

    @property
    def word(self) -> Result:
        """What became of the SKU as a whole: the worst of its warehouses."""
        if self.again:
            return "postponed"
        found = {one.outcome for one in self.entries} | {one.state for one in self.settled}
        worst: tuple[Result, ...] = ("failed", "rejected", "applied")
        return next(
            (word for word in worst if word in found), "rejected" if self.plan.verdict == "rejected" else "unchanged"
        )

    @property
    def accepted(self) -> dict[str, int]:
        """What TikTok took, per warehouse."""
        return {one.warehouse_id: one.sent for one in self.entries if one.outcome == "applied" and one.sent is not None}

    @property
    def warehouses(self) -> list[SettledWarehouse]:
        """What each warehouse was given, as MYE is told."""
        accepted = self.accepted
        return [
            SettledWarehouse(warehouse_id=one.warehouse_id, sent=accepted.get(one.warehouse_id), before=one.current)
            for one in self.plan.warehouses
        ]


def outcome_of(plan: SkuPlan, answers: Mapping[Key, Answer]) -> Outcome:
    """Return what became of a plan; `answers` are TikTok's where it was sent, per SKU and warehouse.

    What may pass waits with its wishes, and is given up in the last attempt.
    """
    if plan.verdict == "wait":
        return Outcome(plan=plan, entries=(), settled=(), again=True, code=plan.code, message=plan.message)
    judged = [_Judged.of(plan, one, answers) for one in plan.warehouses if plan.verdict != "rejected"]
    refusals = [one for one in judged if one.answer.code]
    first = next((one.answer for one in refusals if one.result == "postponed"), None) or next(
        (one.answer for one in refusals), None
    )
    return Outcome(
        plan=plan,
        entries=tuple(one.entry(plan) for one in judged if plan.verdict == "send" or one.warehouse.wish_ids),
        settled=(*_settled_by_plan(plan), *(wish for one in judged for wish in one.settled())),
        again=any(one.result == "postponed" for one in judged),
        code=first.code if first else plan.code,
        message=first.message if first else plan.message,
    )


def delay(attempts: int) -> timedelta:
    """Return how long to wait after so many failures."""
    return DELAYS[min(max(attempts, 1), len(DELAYS)) - 1]


def unanswered(plans: Iterable[SkuPlan], *, code: str, message: str) -> dict[Key, Answer]:
    """Return what stands for the answers to a call that came to nothing: all of it is to be repeated."""
    return {
        (plan.sku_id, one.warehouse_id): Answer(
            sku_id=plan.sku_id, warehouse_id=one.warehouse_id, code=code, message=message, again=True
        )
        for plan in plans
        for one in plan.warehouses
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    warehouse: WarehousePlan
    answer: Answer
    result: Result

    @classmethod
    def of(cls, plan: SkuPlan, warehouse: WarehousePlan, answers: Mapping[Key, Answer]) -> "_Judged":
        key = plan.sku_id, warehouse.warehouse_id
        answer = answers.get(key) or Answer(sku_id=key[0], warehouse_id=key[1])
        return cls(warehouse=warehouse, answer=answer, result=_result(plan, answer))

    def entry(self, plan: SkuPlan) -> Entry:
        return Entry(
            product_id=plan.product_id,
            sku_id=plan.sku_id,
            seller_sku=plan.seller_sku,
            warehouse_id=self.warehouse.warehouse_id,
            wanted=self.warehouse.wanted,
            desired=self.warehouse.to,
            rule=self.warehouse.rule,
            before=self.warehouse.current,
            sent=self.warehouse.to if plan.verdict == "send" else None,
            outcome=self.result,
            code=self.answer.code,
            message=self.answer.message,
        )

    def settled(self) -> list[Settlement]:
        if self.result == "postponed":
            return []
        state, code, message = self.result, self.answer.code, self.answer.message
        return [Settlement(wish_id=one, state=state, code=code, message=message) for one in self.warehouse.wish_ids]


def _result(plan: SkuPlan, answer: Answer) -> Result:
    if plan.verdict == "unchanged":
        return "unchanged"
    if not answer.code:
        return "applied"
    if not answer.again:
        return "rejected"
    return "failed" if plan.attempts + 1 >= MOST_ATTEMPTS else "postponed"


def _settled_by_plan(plan: SkuPlan) -> list[Settlement]:
    """Return the answers that the plan gives by itself: to wishes that newer ones or a reason took the place of."""
    superseded = [Settlement(wish_id=one, state="superseded") for one in plan.superseded]
    refused = (plan.refused or {}).items()
    return superseded + [
        Settlement(wish_id=one, state="rejected", code=code, message=message) for one, (code, message) in refused
    ]
