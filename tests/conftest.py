"""What several folders of tests share.

Text that a person should see is compared exactly with the files under tests/expected/. To accept a
change, look at what `FORECAST_REFRESH=1 python -m pytest tests/report tests/cli` makes of them
(git diff tests/expected), and commit the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

EXPECTED = Path(__file__).parent / "expected"


@pytest.fixture
def as_expected() -> Callable[[str, str], None]:
    """Return a function that compares text with the expected file of a name."""

    def compare(name: str, text: str) -> None:
        path = EXPECTED / name
        if os.environ.get("FORECAST_REFRESH"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
