"""What the owner of a sandbox can let go wrong with its webhooks."""

from mye_tiktok.sandbox.mischief import Mischief, Rule


class Tricks:
    """The part of Webhooks that spoils them.

    `next` is always how many, one if not given; with a `probability` it is that share of all webhooks, drawn from
    `seed`, until `heal`. `event` names the only event it concerns.
    """

    mischief: Mischief

    def lose(
        self, next: int | None = None, *, event: str = "", probability: float | None = None, seed: int = 0
    ) -> None:
        """Let the `next` webhooks never arrive, nor be repeated."""
        times = _times(next, probability)
        self.mischief.add(Rule(trick="lose", times=times, event=event, probability=_share(probability), seed=seed))

    def duplicate(
        self,
        copies: int = 1,
        *,
        next: int | None = None,
        event: str = "",
        probability: float | None = None,
        seed: int = 0,
    ) -> None:
        """Deliver the `next` webhooks `copies` times more, under the same notification id."""
        times = _times(next, probability)
        self.mischief.add(
            Rule(trick="duplicate", copies=copies, times=times, event=event, probability=_share(probability), seed=seed)
        )

    def delay(
        self,
        seconds: float,
        *,
        next: int | None = None,
        event: str = "",
        probability: float | None = None,
        seed: int = 0,
    ) -> None:
        """Let the `next` webhooks leave `seconds` late, on the sandbox's clock."""
        times = _times(next, probability)
        self.mischief.add(
            Rule(trick="delay", seconds=seconds, times=times, event=event, probability=_share(probability), seed=seed)
        )

    def reorder(
        self,
        window: int = 2,
        *,
        next: int | None = None,
        event: str = "",
        probability: float | None = None,
        seed: int = 0,
    ) -> None:
        """Hold webhooks back until there are `window` of them; then they leave, the last first.

        `next` counts webhooks: one window of them if not given. What waits for others leaves after five seconds.
        """
        times = _times(next, probability, usual=window)
        self.mischief.add(
            Rule(trick="reorder", window=window, times=times, event=event, probability=_share(probability), seed=seed)
        )

    def forge(
        self, next: int | None = None, *, event: str = "", probability: float | None = None, seed: int = 0
    ) -> None:
        """Sign the `next` webhooks with a wrong secret."""
        times = _times(next, probability)
        self.mischief.add(Rule(trick="forge", times=times, event=event, probability=_share(probability), seed=seed))


def _times(next: int | None, probability: float | None, *, usual: int = 1) -> int | None:
    return usual if next is None and probability is None else next


def _share(probability: float | None) -> float:
    return 1.0 if probability is None else probability
