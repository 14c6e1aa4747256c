"""Leaving a server alone that does not answer. Pure: the clock is given."""

from collections.abc import Callable

FAILURES = 5
REST_S = 30.0
_LONGEST_REST_S = 300.0


class Breaker:
    """A circuit breaker for one server.

    Closed, it lets every question pass. After `failures` in a row it opens: none passes for `rest`
    seconds. Then one passes as a probe; its success closes the breaker, its failure opens it again.

    Whoever was let in tells how it went, once, with the pass `enter` gave: `succeeded`, `failed` or
    `abandoned`. What is told with a pass from before the breaker last opened or closed is ignored.
    """

    def __init__(
        self, clock: Callable[[], float], failures: int = FAILURES, rest: float = REST_S
    ) -> None:
        """`clock` tells seconds and never goes back."""
        self._clock = clock
        self._limit = failures
        self._rest = rest
        self._failures = 0
        self._until: float | None = None
        self._probing = False
        self._epoch = 0

    def enter(self) -> int | None:
        """Return a pass for one question; None while the server is left alone."""
        if self._until is not None:
            if self._probing or self._clock() < self._until:
                return None
            self._probing = True
        return self._epoch

    def succeeded(self, ticket: int) -> None:
        """Note that the server answered."""
        if ticket != self._epoch:
            return
        self._failures = 0
        if self._until is not None:
            self._until = None
            self._turn_over()

    def failed(self, ticket: int, asked_to_rest: float | None = None) -> None:
        """Note that it did not; with `asked_to_rest` it wants to be left alone for these seconds.

        That opens the breaker at once, for at most five minutes.
        """
        if ticket != self._epoch:
            return
        self._failures += 1
        if asked_to_rest is not None:
            self._open(min(asked_to_rest, _LONGEST_REST_S))
        elif self._probing or self._failures >= self._limit:
            self._open(self._rest)

    def abandoned(self, ticket: int) -> None:
        """Note that nobody waited for the answer."""
        if ticket == self._epoch:
            self._probing = False

    def _open(self, seconds: float) -> None:
        self._until = self._clock() + seconds
        self._turn_over()

    def _turn_over(self) -> None:
        self._probing = False
        self._epoch += 1
