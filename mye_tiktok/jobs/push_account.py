"""The account of a push: how many SKUs came to what, and which failures a person should see."""

from collections.abc import Iterable

from mye_tiktok.domain.report import Failure, Report
from mye_tiktok.domain.stock_outcome import Outcome
from mye_tiktok.jobs.stock_sending import Sent

MOST_FAILURES = 200
MAP = "`mye-tiktok inventory rules set` maps MYE's places to TikTok's warehouses"
HINTS = {
    "sku-gone": "`mye-tiktok products fetch-all` reads the catalogue anew",
    "warehouse-missing": MAP,
    "warehouse-unknown": MAP,
}


def count_sent(report: Report, sent: Sent, queued: int) -> None:
    """Count what a call came to; one that got no answer is one failure, however many SKUs it was about."""
    report.add(queued=queued)
    count_outcomes(report, sent.outcomes, silent=sent.error is not None)
    if sent.error is not None:
        item = f"product {sent.outcomes[0].plan.product_id}"
        _fail(report, item, code=sent.error.code, message=sent.error.message, hint=sent.error.hint)


def count_outcomes(report: Report, outcomes: Iterable[Outcome], *, silent: bool = False) -> None:
    """Count SKUs by what they came to, and name those that were not applied."""
    for one in outcomes:
        word = one.word
        report.add(**{word: 1})
        if word not in {"applied", "unchanged"} and not silent:
            _fail(report, _item(one), code=one.code, message=f"{word}: {one.message}", hint=_hint(one.code))


def _item(outcome: Outcome) -> str:
    plan = outcome.plan
    return f"SKU {plan.seller_sku or plan.sku_id} of product {plan.product_id}"


def _hint(code: str) -> str:
    return HINTS.get(code) or (f"`mye-tiktok explain {code}` says more" if code.isdigit() else "")


def _fail(report: Report, item: str, *, code: str, message: str, hint: str) -> None:
    report.outcome = "partial"
    if len(report.failures) < MOST_FAILURES:
        report.failures.append(Failure(item=item, code=code, message=message, hint=hint))
