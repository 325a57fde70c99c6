"""The HTML page of a report: complete in one file, accessible, and safe whatever its words are."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser

import pytest
from hostile_report import BAD_ADDRESS, HOSTILE, fired, hostile, unmoved

from forecast.analysis.runs.history import Past
from forecast.analysis.runs.report_contents import Report
from forecast.report.bundle import render
from forecast.report.charts.drawings import CLAIMED, FANS, run_to_run
from forecast.report.charts.frame import stamp
from forecast.report.formats.html_page import TEMPLATES

LARGEST = 2_000_000
AA = 4.5  # contrast that the accessibility guidelines ask of text
VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use"}


@dataclass
class Page(HTMLParser):
    """A page taken apart: (tag, attributes) in order, the text of each kind of element, and what
    was open at the end."""

    text: str
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    words: list[tuple[str, str]] = field(default_factory=list)
    stack: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append((self.stack[-1] if self.stack else "", data))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of some kinds."""
        return [attributes for tag, attributes in self.tags if tag in names]


@pytest.fixture(scope="module")
def text(rendered: Callable[[str], bytes]) -> str:
    """The page of the base case."""
    return rendered("html").decode()


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    """The page of the base case, taken apart."""
    return Page(text)


def test_it_is_one_small_file_that_asks_nothing_of_the_network(text: str, page: Page) -> None:
    assert len(text.encode()) < LARGEST
    loaded = [
        value
        for tag, attributes in page.tags
        for name, value in attributes.items()
        if name in {"src", "href", "srcset", "data", "action", "poster"} and tag != "a"
    ]
    assert set(loaded) <= {"data:,", *(value for value in loaded if value and value[0] == "#")}
    assert not re.search(r"url\((?!#)|@import|fetch\(|XMLHttp|sendBeacon|import\(", text)
    policy = next(each for each in page.of("meta") if "http-equiv" in each)["content"]
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_every_link_leads_into_the_page_or_to_a_source(page: Page) -> None:
    names = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    links = page.of("a")
    assert len([each for each in links if str(each["href"]).startswith("https://")]) > 50
    for each in links:
        address = str(each["href"])
        if address.startswith("#"):
            assert address[1:] in names
        else:
            assert address.startswith(("https://", "http://"))
            assert each["rel"] == "noopener"


def test_its_structure_can_be_read_aloud(page: Page) -> None:
    assert page.stack == []
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("caption") <= len(page.of("table"))
    regions = [each for each in page.of("div") if each.get("role") == "region"]
    assert len(regions) == len(page.of("table"))
    assert all(each["aria-label"] for each in regions)
    heads = page.of("th")
    assert all(each.get("scope") in {"col", "row"} for each in heads)
    assert page.of("html") == [{"lang": "en"}]
    assert page.of("main")
    assert page.of("a")[0] == {"class": "skip", "href": "#main"}


def test_every_chart_says_what_it_is_and_carries_its_stamp(
    text: str, page: Page, base_report: Report
) -> None:
    drawn = page.of("svg")
    crossings, vintages = 2, 2  # the second of the latter for want of earlier runs
    listed = len(base_report.sensitivity) + len(base_report.drivers.titles)
    assert len(drawn) == len(FANS) + len(CLAIMED) + crossings + vintages + listed
    ids = {attributes["id"]: tag for tag, attributes in page.tags if "id" in attributes}
    for each in drawn:
        assert each["role"] == "img"
        title, description = str(each["aria-labelledby"]).split()
        assert (ids[title], ids[description]) == ("title", "desc")
    words = "".join(data for tag, data in page.words if tag == "text")
    assert words.count(stamp(base_report.run)) == len(drawn)
    assert base_report.run.run_id in stamp(base_report.run)
    assert not re.search(r"#[0-9a-f]{6}", "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL)))


def test_the_headline_is_drawn_run_by_run_once_runs_were_kept(base_report: Report) -> None:
    row = base_report.projection.find("inference_share", "2028")
    assert row is not None
    past = tuple(
        Past(f"3d20a{day}", f"2026-11-{day}T02:00:00+00:00", "2028", row.quantiles)
        for day in (18, 19)
    )
    (drawn,) = run_to_run(replace(base_report, past=past))
    for said in ("run by run", "3d20a18", "11-19", stamp(base_report.run)):
        assert said in drawn.svg
    assert drawn.caption.endswith("2 earlier runs.")
    assert not list(run_to_run(base_report))


def test_charts_end_on_the_numbers_of_the_tables(page: Page, base_report: Report) -> None:
    words = {data.strip() for tag, data in page.words if tag == "text"}
    row = base_report.projection.find("inference_share", "2028")
    assert row is not None
    assert f"{100.0 * row.quantiles.p50:.0f}%" in words
    assert f"P10 {100.0 * row.quantiles.at(10):.0f}%" in words


def test_cells_carry_raw_values_to_sort_and_save(text: str, base_report: Report) -> None:
    row = base_report.projection.find("chip_spend", "2028")
    assert row is not None
    low, middle, high = (row.quantiles.at(percentile) for percentile in (10, 50, 90))
    cell = f'data-v="{middle}" data-lo="{low}" data-hi="{high}"'
    assert text.count(cell) >= 2  # by year, and as the base of the scenarios


def test_what_changed_and_what_rang_stand_first(base_report: Report, text: str) -> None:
    told = replace(base_report, since=unmoved(base_report), alerts=(fired("share < 60%"),))
    found = render(told, "html").decode()
    places = [
        found.index(f'id="{each}"')
        for each in ("alerts", "answer", "since", "charts", "projection")
    ]
    assert places == sorted(places)
    assert "Nothing changed" in found
    assert 'id="since"' not in text


def test_hostile_words_stay_words(base_report: Report) -> None:
    text = render(hostile(base_report), "html").decode()
    page = Page(text)
    assert page.stack == []
    assert len(page.of("script")) == 1
    assert not page.of("b")
    assert BAD_ADDRESS not in {each["href"] for each in page.of("a")}
    said = {data for _, data in page.words}
    for each in HOSTILE:
        assert each.replace("\r", "") in {one.replace("\r", "") for one in said} or (
            each.split("\n")[0] in "".join(said)
        )
    assert "49" not in {data.strip() for tag, data in page.words if tag in {"p", "li"}}
    handlers = [name for _, each in page.tags for name in each if name.startswith("on")]
    assert handlers == []


def luminance(colour: str) -> float:
    """Return relative luminance after WCAG 2.2 of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255.0 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_black_on_white_has_the_published_contrast() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colours after WCAG 2.2."""
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground_in_both_themes(theme: str) -> None:
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    declared = re.search(rf"macro {theme}\(\) %}}(.*?){{%", css)
    assert declared is not None
    colours = dict(re.findall(r"--(\w+):(#[0-9a-f]+)", declared[1]))
    for name in ("ink", "muted", "link", "training", "inference", "total", "alert"):
        for ground in ("ground", "raised", "tint"):
            assert contrast(colours[name], colours[ground]) >= AA, (name, ground)
