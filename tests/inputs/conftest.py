"""A small workspace with one of everything, to load, to change and to break."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

GOOD = Path(__file__).parent / "good"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A fresh copy of the good workspace."""
    return Path(shutil.copytree(GOOD, tmp_path / "workspace"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's cache out of the tests, and the tests out of the user's cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
