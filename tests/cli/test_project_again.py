"""A projection that is asked for again: read from the cache until what decides it changes."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from forecast.analysis import front, project
from forecast.analysis.share import vintages
from forecast.cli import main

pytestmark = pytest.mark.usefixtures("elsewhere")
WAYS = ((), ("--full",), ("--json",), ("--metric", "rent", "--by", "quarter"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what is computed in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")


def let_nothing_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("computed anew")

    monkeypatch.setattr(front, "evaluated", refuse)
    monkeypatch.setattr(project, "evaluated", refuse)


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main.run(["project", "--draws", "64", "-q", *arguments])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def test_what_was_found_is_shown_again_to_the_byte(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [output_of(capsys, *way) for way in WAYS]
    let_nothing_be_computed(monkeypatch)
    assert [output_of(capsys, *way) for way in WAYS] == first


def test_what_decides_a_page_makes_it_anew(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output_of(capsys)
    output_of(capsys, "--json")
    let_nothing_be_computed(monkeypatch)
    for other in (
        ("--no-cache",),
        ("--seed", "2"),
        ("--set", "agent_penetration@2028=30%"),
        ("--metric", "rent"),
        ("--json", "--by", "quarter"),
    ):
        with pytest.raises(AssertionError, match="computed anew"):
            output_of(capsys, *other)
    # The page shows what was expected earlier, which is written down outside of the inputs.
    written = vintages.vintages_text()
    monkeypatch.setattr(front, "vintages_text", lambda: f"{written}\n")
    with pytest.raises(AssertionError, match="computed anew"):
        output_of(capsys)
