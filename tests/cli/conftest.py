"""What tests of several commands share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in an empty folder, at a fixed moment, on a page of no stated width."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with the built-in inputs, whose cache all commands of a file share."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / ".forecast").mkdir()
    return folder


@pytest.fixture
def in_workspace(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    """Run in that workspace, at a fixed moment, on a page of no stated width."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(workspace)
