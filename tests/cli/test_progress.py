"""What is said of many draws on the way."""

from __future__ import annotations

import pytest

from forecast.cli import progress
from forecast.cli.progress import Progress


def test_the_time_to_go_is_that_of_the_draws_since_counting_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = Progress()

    def at(second: float, done: int) -> str:
        monkeypatch.setattr(progress, "perf_counter", lambda: second)
        shown.count(done, 1_000_000)
        return shown._text

    # What came before the first count, which is fits and conditioning, is no measure of the rest.
    assert at(30.0, 16_000) == "16,000 of 1,000,000 draws"
    assert at(40.0, 24_000) == "24,000 of 1,000,000 draws, about 20 min to go"
    assert at(340.0, 816_000) == "816,000 of 1,000,000 draws, about 71 s to go"
    assert at(400.0, 1_000_000) == "sorting 1,000,000 draws"
