"""The explorer's screen: keys to numbers, on a bench whose numbers are made by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import pytest
from explorer_stand_in import OfFew, StandIn, explorer, text_of
from textual.events import Key

from forecast.errors import InputError, Problem
from forecast.explorer.app import Explorer
from forecast.explorer.reading import recalled
from forecast.explorer.screen.lever_lines import lever_change
from forecast.explorer.state import State

SMALL, WIDE = (80, 24), (160, 50)
AsExpected = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a hand rest sooner than a person's does."""
    monkeypatch.setattr("forecast.explorer.worker.REST", 0.02)


def run(
    keys: str,
    *,
    size: tuple[int, int] = SMALL,
    state: State | None = None,
    folder: Path = Path(),
    then: Callable[[Any, Explorer], Awaitable[None]] | None = None,
) -> tuple[str, Explorer]:
    """Return the screen after keys, written with blanks between, once all draws have answered."""
    app = explorer(StandIn(), state, folder)

    async def play() -> str:
        async with app.run_test(size=size) as pilot:
            await at_rest(app, pilot)
            for key in keys.split():
                await pilot.press(key)
            await at_rest(app, pilot)
            if then:
                await then(pilot, app)
            return text_of(app) if app.is_running else ""

    return asyncio.run(play()), app


def state_after(keys: str) -> State:
    """Return the state that keys lead to."""
    return run(keys)[1].view.state


async def at_rest(app: Explorer, pilot: Any) -> None:
    """Wait until all draws have answered for the state in force, or something went wrong."""
    for _ in range(200):
        await pilot.pause(0.02)
        view = app.view
        if app.failure is not None or (view.message and view.message.style == "error"):
            return
        if view.ranked and view.is_full_of(view.state):
            await pilot.pause()
            return
    raise AssertionError(f"no answer: {text_of(app)}")


@pytest.mark.parametrize(("name", "size"), [("80", SMALL), ("160", WIDE)])
def test_a_moved_lever_bends_the_screen(
    name: str, size: tuple[int, int], as_expected: AsExpected
) -> None:
    text, app = run("down right right", size=size)
    assert app.view.state.settings == ("token_yield@2028=x1.21",)
    assert "4.0M → 4.8M" in text
    assert "+21%" in text
    assert "base + 1 change · all 101 draws" in text
    assert max(map(len, text.splitlines())) <= size[0]
    assert len(text.splitlines()) == size[1]
    as_expected(f"explore-{name}.txt", text)


@pytest.mark.parametrize(
    ("keys", "settings"),
    [
        ("tab right", ("agent_penetration@2028=44%",)),
        ("right", ("agent_penetration@2028=44%",)),
        ("right shift+right left", ("agent_penetration@2028=52%",)),
        ("right right down right u", ("agent_penetration@2028=46%",)),
        ("right right down right u u", ()),
        ("right c right u", ("agent_penetration@2028=44%",)),
        ("right right backspace", ()),
        ("down right left", ()),
        ("down down right", ("price_pass=+2pp",)),
        ("down down down left left", ("capability=-0.4",)),
        ("right down right r", ()),
        ("right r u", ("agent_penetration@2028=44%",)),
    ],
)
def test_keys_move_put_back_undo_and_reset(keys: str, settings: tuple[str, ...]) -> None:
    assert state_after(keys).settings == settings


def test_a_value_is_typed_as_for_set() -> None:
    text, app = run("2 0 percent_sign enter")
    assert app.view.state.settings == ("agent_penetration@2028=20%",)
    assert "43% → 20%" in text
    typed = " ".join("agent_penetration@2027").replace("_", "underscore").replace("@", "at")
    assert state_after(f"enter {typed} equals_sign x 2 enter").settings == (
        "agent_penetration@2027=x2",
    )


@pytest.mark.parametrize(
    ("lever", "typed", "setting"),
    [
        ("", "x0.5", "agent_penetration@2028=x0.5"),
        ("", "40%", "agent_penetration@2028=40%"),
        ("", "+5pp", "agent_penetration@2028=+5pp"),
        ("", "delay-1y", "agent_penetration@2028=delay-1y"),
        ("down down down", "-0.64", "capability=-0.64"),
        ("down down down", "=-0.64", "capability==-0.64"),
        ("down down down", "==-0.64", "capability==-0.64"),
        ("", "price_pass=+2pp", "price_pass=+2pp"),
    ],
)
def test_keys_that_come_at_once_are_taken_in_their_order(
    lever: str, typed: str, setting: str
) -> None:
    """As after a pause of the line: the value is whole, and the arrows after it move the next."""

    async def type_at_once(pilot: Any, app: Explorer) -> None:
        for key in ("enter", *typed, "enter", "up" if lever else "down", "right"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause(0.1)
        await at_rest(app, pilot)
        assert app.view.state.settings[0] == setting
        assert len(app.view.state.settings) == 2

    run(lever, then=type_at_once)


def test_an_outcome_is_supposed_and_taken_back() -> None:
    typed = " ".join("rent2028").replace("t 2", "t at 2")
    assert state_after(f"g {typed} equals_sign 1 enter").given == ("rent@2028=1",)
    assert state_after(f"g {typed} equals_sign 1 enter u") == State()
    assert "no such metric" in run(f"g x {typed} equals_sign 1 enter", size=WIDE)[0]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2 5", "25 would be 2,500% (unit: share, 0–1). Write 25% or 0.25."),
        ("enter x 0", "x0; expected a factor above 0"),
        ("enter p r i c e _ p o s s equals_sign x 2", "Did you mean price_pass?"),
    ],
)
def test_what_cannot_be_is_said_inside_and_changes_nothing(typed: str, said: str) -> None:
    text, app = run(f"{typed} enter", size=WIDE)
    assert app.view.state == State()
    assert said in text


def test_a_state_that_fails_says_so_and_the_last_answer_stays() -> None:
    text, app = run("down enter x 4 enter", size=WIDE)
    assert "not shown: token_yield@2028=x4: a value that no path can reach" in text
    assert "base + 1 change · cannot be shown, u undoes\n" in text
    assert app.failure is None
    assert app.view.reading is not None
    assert app.view.reading.state == State()
    assert state_after("down enter x 4 enter u") == State()


def test_a_warning_is_read_to_its_end_and_leaves_the_setting() -> None:
    text = run("down enter x 2 enter")[0]
    assert "known, so few draws are near it\n --set token_yield@2028=x2 · " in text
    assert "LEVERS" in text


@pytest.mark.parametrize(
    ("base", "now", "unit", "change"),
    [
        (0.0, 0.2, "deviations", "+0.20"),
        (0.0, -1.5, "USD/H100e", "−$1.5"),
        (2.0, 3.0, "quarters", "+50%"),
        (0.0, 0.1, "share", "+10 pp"),
        (2027.0, 2026.5, "year", "−0.5"),
    ],
)
def test_a_change_of_a_lever_is_short(base: float, now: float, unit: str, change: str) -> None:
    assert lever_change(base, now, unit) == change


def test_a_defect_ends_it_and_is_kept_for_whoever_started_it() -> None:
    _, app = run("down enter x 3 enter")
    assert isinstance(app.failure, ZeroDivisionError)


def test_search_finds_levers_by_name_and_title() -> None:
    text, app = run("slash y i e l d enter right")
    assert app.view.state.settings == ("token_yield@2028=x1.1",)
    assert "LEVERS with “yield”" in text
    assert "capability" not in text
    assert "nothing has “zzz”" in run("slash z z z")[0]


def test_a_metric_is_chosen_from_a_list_or_with_the_keys() -> None:
    text, app = run("m r e n t enter")
    assert app.view.metric == "rent"
    assert "▸ Rent" in text
    assert "nothing has “zzz” in its name" in run("m z z z")[0]
    _, app = run("tab down")
    assert app.view.metric == "chip_spend"

    async def choose_at_once(pilot: Any, app: Explorer) -> None:
        for key in ("m", *"rent", "enter", "slash", *"yield", "enter", "right"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause(0.1)
        await at_rest(app, pilot)
        assert app.view.metric == "rent"
        assert app.view.state.settings == ("token_yield@2028=x1.1",)

    run("", then=choose_at_once)


def test_a_ghost_is_kept_and_let_go() -> None:
    assert "kept 51" in run("right right right c right right", size=WIDE)[0]
    assert "kept 51" not in run("right right right c right c", size=WIDE)[0]


def test_changes_are_saved_shown_as_a_command_and_restored(tmp_path: Path) -> None:
    text, _ = run("right s m i n e enter", folder=tmp_path, size=WIDE)
    assert f"saved: {tmp_path / 'mine.yaml'}"[:60] in text
    command = "forecast whatif --set agent_penetration@2028=44%"
    assert (tmp_path / "mine.yaml").read_text(encoding="utf-8") == command
    assert "letters" in run("right s 1 enter", folder=tmp_path)[0]
    assert command in run("right x")[0]
    text, _ = run("", state=State(("grid-bound",), ("agent_penetration@2028=20%",)))
    assert "base + 2 changes" in text
    assert "43% → 20%" in text


def test_why_is_shown_on_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def why(_: StandIn, state: State, metric: str) -> NoReturn:
        asked.append((state.settings, metric))
        raise InputError(Problem("command line", "why", "not by hand", "a real bench"))

    monkeypatch.setattr(StandIn, "why", why)

    async def look(pilot: Any, app: Explorer) -> None:
        await pilot.press("e")
        while "not by hand" not in text_of(app):
            await pilot.pause(0.02)
        await pilot.press("escape", "right")
        assert app.view.state.settings == ("agent_penetration@2028=46%",)

    run("right", then=look)
    assert asked == [(("agent_penetration@2028=44%",), "inference_share")]


def test_a_page_that_was_closed_before_its_answer_came_stays_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    may_answer, answered = Event(), Event()

    def why(_: StandIn, state: State, metric: str) -> NoReturn:
        may_answer.wait(10.0)
        answered.set()
        raise InputError(Problem("command line", "why", "not by hand", "a real bench"))

    monkeypatch.setattr(StandIn, "why", why)

    async def close(pilot: Any, app: Explorer) -> None:
        await pilot.press("e")
        assert "working it out" in text_of(app)
        await pilot.press("escape")
        may_answer.set()
        while not answered.is_set():
            await pilot.pause(0.02)
        await pilot.pause(0.1)
        assert app.failure is None
        assert "LEVERS" in text_of(app)

    assert run("right", then=close)[1].failure is None


def test_the_keys_are_listed(as_expected: AsExpected) -> None:
    as_expected("explore-keys-80.txt", run("question_mark")[0])


def test_a_resized_screen_is_drawn_anew() -> None:
    async def shrink(pilot: Any, app: Explorer) -> None:
        for size in (WIDE, (80, 24), (60, 16), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)
            lines = text_of(app).splitlines()
            assert len(lines) == size[1]
            assert max(map(len, lines)) <= size[0]

    run("right", then=shrink)


def test_the_mouse_chooses_and_moves() -> None:
    async def click(pilot: Any, app: Explorer) -> None:
        await pilot.click("#levers", offset=(10, 1))
        assert app.view.lever is not None
        assert app.view.lever.key == "token_yield"
        await pilot.click("#metrics", offset=(5, 2))
        assert app.view.metric == "chip_spend"

        await pilot.click("#levers", offset=(46, 1))
        assert app.view.state.settings[0].startswith("token_yield@2028=x")

    run("", then=click)


def test_few_draws_answer_first_and_what_is_outdated_is_dropped() -> None:
    bench = StandIn()
    app = explorer(bench)

    async def play() -> None:
        async with app.run_test(size=SMALL) as pilot:
            await at_rest(app, pilot)
            bench.hold.clear()
            await pilot.press("right")
            await pilot.pause(0.1)
            assert "first 51 of 101 draws" in text_of(app)
            await pilot.pause(0.4)  # the hand rests, all draws are asked and do not answer
            await pilot.press("right")
            await pilot.pause(0.1)
            assert app.view.is_current
            bench.hold.set()
            await at_rest(app, pilot)
            assert "all 101 draws" in text_of(app)

    asyncio.run(play())
    full = [state.settings for state, is_full in bench.reads if is_full]
    assert full == [(), ("agent_penetration@2028=44%",), ("agent_penetration@2028=46%",)]


def test_the_first_frame_is_drawn_before_the_ensemble_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    changed, may_open = State((), ("agent_penetration@2028=20%",)), Event()

    def opened() -> StandIn:
        may_open.wait(10.0)
        return StandIn(use_cache=True)

    async def begin() -> None:
        app = explorer(StandIn(use_cache=True), changed)
        async with app.run_test(size=WIDE) as pilot:
            await at_rest(app, pilot)
            while recalled(OfFew(use_cache=True), "inference_share") is None:
                await pilot.pause(0.02)

    async def come_back() -> None:
        app = explorer(StandIn(use_cache=True), changed)
        app.beginning = replace(app.beginning, open_bench=opened)
        async with app.run_test(size=WIDE) as pilot:
            await pilot.pause()
            assert "base + 1 change · all 101 draws …" in text_of(app)
            assert "2028: 50%" in text_of(app)  # the base, until what is changed has answered
            assert "token yield" in text_of(app)
            await pilot.press("down", "right")
            assert app.view.state.settings[1] == "token_yield@2028=x1.1"
            may_open.set()
            await at_rest(app, pilot)
            assert "base + 2 changes · all 101 draws\n" in text_of(app)
            assert app.view.lever_at == 1

    asyncio.run(begin())
    asyncio.run(come_back())
