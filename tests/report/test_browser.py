"""The report in a real browser: it draws without complaint, sorts, changes its theme, and fits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forecast.analysis.runs.report_contents import Report
from forecast.report.bundle import render

PROGRAMS = ("chromium", "chromium-browser", "google-chrome"), ("chromedriver",)
PHONE, SMALL_PHONE, DESKTOP = (390, 844), (360, 740), (1440, 900)
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip
Open = Callable[[tuple[int, int]], Any]


def _program(names: tuple[str, ...]) -> str:
    """Return the path of the first of some programs; skip without one, unless in CI."""
    found = next((path for name in names if (path := shutil.which(name))), "")
    if not found and os.environ.get("CI") != "true":
        pytest.skip(f"no {names[0]} here")
    assert found, f"CI has no {names[0]}"
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium with a fresh profile that records console and network."""
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    chromium, driver = (_program(names) for names in PROGRAMS)
    options = Options()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


@pytest.fixture(scope="module")
def address(base_report: Report, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the report as a file."""
    path: Path = tmp_path_factory.mktemp("report") / "forecast.html"
    path.write_bytes(render(base_report, "html"))
    return path.as_uri()


@pytest.fixture
def opened(browser: Any, address: str) -> Open:
    """Return a function that opens the report in a window of a size, with nothing remembered."""

    def open_at(size: tuple[int, int]) -> Any:
        width, height = size
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        light = [{"name": "prefers-color-scheme", "value": "light"}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": light})
        browser.get(address)
        browser.execute_script("localStorage.clear()")
        browser.refresh()
        return browser

    return open_at


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE, DESKTOP])
def test_it_fits_and_draws_without_a_complaint(opened: Open, size: tuple[int, int]) -> None:
    page = opened(size)
    across = page.execute_script("return document.documentElement.scrollWidth")
    assert across <= size[0]
    sizes = page.execute_script(
        "return [...document.querySelectorAll('svg.chart')].map(e => e.getBoundingClientRect())"
        ".map(r => [r.left, r.right, r.height])"
    )
    assert len(sizes) > 15
    for left, right, height in sizes:
        assert left >= 0
        assert right <= size[0]
        assert height > 100
    assert page.get_log("browser") == []


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE])
def test_a_phone_cuts_no_value_off_or_says_that_there_is_more(
    opened: Open, size: tuple[int, int]
) -> None:
    page = opened(size)
    page.execute_script("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    page.execute_script("dispatchEvent(new Event('resize'))")
    cells = page.execute_script(
        "return [...document.querySelectorAll('table.cards td')].map(e => {"
        "const r = document.createRange(); r.selectNodeContents(e);"
        "return r.getBoundingClientRect().right; })"
    )
    assert len(cells) > 500
    assert max(cells) <= size[0]
    hidden = page.execute_script(
        "return [...document.querySelectorAll('.scroll')].filter(e =>"
        " e.scrollWidth > e.clientWidth + 1 && !e.classList.contains('wide')).length"
    )
    assert hidden == 0


def test_it_asks_nothing_of_the_network(opened: Open, address: str) -> None:
    import json

    page = opened(DESKTOP)
    messages = [json.loads(each["message"])["message"] for each in page.get_log("performance")]
    asked = {
        each["params"]["request"]["url"]
        for each in messages
        if each["method"] == "Network.requestWillBeSent"
    }
    assert address in asked
    assert [each for each in asked if each.startswith(("http", "ws", "ftp"))] == []


def counts(page: Any) -> list[float]:
    """Return how many rows each source has, in the order shown."""
    cells = page.execute_script(
        "return [...document.querySelectorAll('#table-sources tbody tr')]"
        ".map(r => r.cells[2].dataset.v)"
    )
    return [float(each) for each in cells]


def test_a_table_sorts_by_mouse_and_by_keyboard(opened: Open) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    page = opened(DESKTOP)
    page.execute_script("document.getElementById('sources').closest('details').open = true")
    before = counts(page)
    head = page.find_element(By.CSS_SELECTOR, "#table-sources thead th:nth-child(3)")
    button = head.find_element(By.TAG_NAME, "button")
    assert before != sorted(before)
    scroll = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
    page.execute_script(scroll, button)
    button.click()
    assert counts(page) == sorted(before)
    assert head.get_attribute("aria-sort") == "ascending"
    button.send_keys(Keys.ENTER)
    assert counts(page) == sorted(before, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"
    others = page.find_elements(By.CSS_SELECTOR, "#table-sources thead th[aria-sort=none]")
    assert len(others) == 6


def ground(page: Any) -> str:
    """Return the colour of the page's ground."""
    found = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    return str(found)


def test_the_theme_follows_the_reader_and_remembers(opened: Open) -> None:
    from selenium.webdriver.common.by import By

    page = opened(PHONE)
    light = ground(page)
    button = page.find_element(By.ID, "theme")
    assert button.text == "Dark theme"
    button.click()
    dark = ground(page)
    assert dark != light
    assert page.find_element(By.ID, "theme").text == "Light theme"
    curve = "return getComputedStyle(document.querySelector('svg.chart text')).fill"
    in_dark = page.execute_script(curve)
    page.refresh()
    assert ground(page) == dark
    page.find_element(By.ID, "theme").click()
    assert ground(page) == light
    assert page.execute_script(curve) != in_dark
    wanted = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.execute_script("localStorage.clear()")
    page.refresh()
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    assert ground(page) == dark


def test_a_saved_table_has_raw_numbers_bands_and_nothing_that_runs(
    opened: Open, base_report: Report
) -> None:
    page = opened(DESKTOP)
    cell = "document.querySelector('#table-compute-by-year tbody tr th').dataset.v = arguments[0]"
    page.execute_script(cell, '=HYPERLINK("x")')
    text = page.execute_script(
        "return forecastCsv(document.getElementById('table-compute-by-year'))"
    )
    lines = text.split("\r\n")
    assert lines[0].startswith(",2022,2022 P10,2022 P90,2023")
    assert lines[1].startswith('"\'=HYPERLINK(""x"")",')
    row = base_report.projection.find("inference_share", "2028")
    assert row is not None
    share = next(line for line in lines if line.startswith("inference_share"))
    points = [row.quantiles.at(percentile) for percentile in (50, 10, 90)]
    assert [float(each) for each in share.split(",")[-3:]] == points


def test_a_print_shows_everything_in_the_light(opened: Open) -> None:
    page = opened(DESKTOP)
    page.execute_script("document.documentElement.dataset.theme = 'dark'")
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert ground(page) == "rgb(255, 255, 255)"
    shown = "return [...document.querySelectorAll('details')].every(e => e.open)"
    assert page.execute_script(shown)
    hidden = "return getComputedStyle(document.getElementById('theme')).display"
    assert page.execute_script(hidden) == "none"
