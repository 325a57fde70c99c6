"""Bodies in files: an address names one below its folder, and nothing else ever."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.sources.bodies import Bodies, filled, name_of
from forecast.sources.figures import Body

HOST = "https://example.org"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{HOST}/a/b.csv", "example.org/a/b.csv"),
        (f"{HOST}/a%20b.xlsx", "example.org/a%20b.xlsx"),
        (f"{HOST}/cube?geo=EU&unit=PC", "example.org/cube@geo=EU&unit=PC"),
        ("http://127.0.0.1:8000/x.csv", "127.0.0.1_8000/x.csv"),
        (f"{HOST}/periods", "example.org/periods@"),
        (f"{HOST}/periods/108/data", "example.org/periods/108/data@"),
    ],
)
def test_an_address_names_its_file(url: str, name: str) -> None:
    assert name_of(url) == name


@pytest.mark.parametrize(
    "url", [HOST, f"{HOST}/", f"{HOST}/../x", f"{HOST}/a//b", f"{HOST}/a\\..\\b", f"{HOST}/x?/../y"]
)
def test_an_address_that_leads_out_names_none(url: str) -> None:
    with pytest.raises(ValueError, match="names no file"):
        name_of(url)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=6))
def test_what_a_body_fills_in_stays_one_step_of_a_path(text: str) -> None:
    try:
        url = filled(f"{HOST}/a/{{day}}.csv", {"day": text})
    except ValueError:
        return
    assert name_of(url) == f"example.org/a/{text}.csv"
    assert "/" not in text


def test_the_newest_day_is_replayed(tmp_path: Path) -> None:
    bodies = Bodies(tmp_path, date(2026, 10, 12))
    url = f"{HOST}/a.csv"
    assert bodies.newest(url) is None
    for day, content in ((date(2026, 10, 2), b"two"), (date(2026, 10, 1), b"one")):
        bodies.keep(Body(url, content, day))
    assert bodies.newest(url) == Body(url, b"two", date(2026, 10, 2))
    bare = tmp_path / "example.org" / "b.csv"
    bare.parent.mkdir()
    bare.write_bytes(b"bare")
    assert bodies.newest(f"{HOST}/b.csv") == Body(f"{HOST}/b.csv", b"bare", date(2026, 10, 12))
