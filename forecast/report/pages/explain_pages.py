"""The tree behind a number as a page: value, equation, inputs, beliefs and observations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from forecast.report import words
from forecast.report.blocks import Block, Branch, Listing, Note, Outline, Prose, View
from forecast.report.numbers import (
    Scale,
    exponent,
    median_band,
    quantity,
    quantity_band,
    scale_for,
    signed,
)
from forecast.report.pages.changes import (
    decimals,
    direction,
    in_words,
    number,
    of_hundred,
    rises_in,
)
from forecast.result import Result, Row

STRONGEST = 8  # roots that a page lists
FEW = 3  # targets and series that a branch lists
LONGEST = 60  # characters of a link's title
REACH = (1e-3, 1e4)  # what the numbers of a column may come to
UNMOVED = 0.05  # prior standard deviations not worth a word
WEAK = 0.1  # rank correlation that says little
SIGNS = {" * ": " × ", " / ": " ÷ ", " - ": " − "}


def explain_page(result: Result, view: View) -> list[Block]:
    """Return the number in words, its tree, what it rests on, and what changed it if asked."""
    root = result.rows[0]
    blocks: list[Block] = [
        Prose(words.first_line(result.run), "quiet"),
        Prose(answer(root, view), "strong"),
        Prose(_legend(root), "quiet"),
        Outline(tuple(_branches(root, 0, set()))),
    ]
    if root["inputs"]:
        blocks += _roots(root)
    if "since" in root:
        blocks += _since(result, root)
    return [*blocks, Prose(in_short(root, view), "strong", label="IN SHORT")]


def answer(root: Row, view: View) -> str:
    """Return the number with its band, how it moved, and what it rests on most."""
    sentences = [f"{root['title']}, {root['period']}: {_value(root, view)}."]
    if root.get("observed") is not None:
        sign = {"lt": "below ", "gt": "more than ", "approx": "about "}
        observed = quantity(root["observed"], root["unit"])
        sentences.append(f"Observed: {sign.get(root['observed_qualifier'], '')}{observed}.")
    if "since" in root:
        sentences.append(_changed(root))
    if root["changed"]:
        sentences.append(f"Changed: {', '.join(root['changed'])}.")
    if root["inputs"]:
        sentences.append(_rests_on(root))
    return " ".join(sentences)


def _value(root: Row, view: View) -> str:
    if "members" in root:
        return "several numbers"
    low, high = view.bands[0], view.bands[-1]
    ends = root[f"p{low}"], root[f"p{high}"]
    text = median_band(ends[0], root["p50"], ends[1], root["unit"])
    return text.replace("(", f"({high - low}% band ", 1)


def _changed(root: Row) -> str:
    """Return how the number moved since the period asked for, and how surely."""
    since = root["since"]
    change = _change_row(root)
    opening = f"In {since['period']} it was {quantity(since['before']['p50'], root['unit'])}; since"
    amount, _, band = in_words(change, since["before"], ("p10", "p90")).partition(" (")
    if direction(change) == "≈":
        return f"{opening} then it has no clear direction: {amount} ({band}."
    up = float(change["probability_up"])
    way, share = ("rises", up) if up > 0.5 else ("falls", 1.0 - up)
    draws = of_hundred(share)
    return f"{opening} then it {way} by {amount.lstrip('+−')} ({band}, in {draws} of 100 draws."


def _change_row(root: Row) -> Row:
    return {"unit": root["unit"], **root["since"]["change"]}


def _rests_on(root: Row) -> str:
    kinds = [row["kind"] for row in root["roots"]]
    counts = " and ".join(
        f"{kinds.count(kind)} {kind}{'s' if kinds.count(kind) > 1 else ''}"
        for kind in ("assumption", "driver")
        if kind in kinds
    )
    strongest = [row for row in root["roots"][:2] if abs(row["rank_correlation"] or 0.0) >= WEAK]
    named = " and ".join(f"{row['quantity']} (r {_r(row)})" for row in strongest)
    return f"It rests on {counts}" + (f"; most closely it moves with {named}." if named else ".")


def in_short(root: Row, view: View) -> str:
    """Return the number again, in a line."""
    text = f"{root['quantity']}@{root['period']}: {_value(root, view)}"
    if "since" in root:
        since = root["since"]
        change = in_words(_change_row(root), since["before"], ("p10", "p90"))
        text += f"; {change} since {since['period']}"
    return text


def _legend(root: Row) -> str:
    period = root["period"]
    when = f"{period}: flows of the whole year, stocks, shares and beliefs at its end"
    if "Q" in period:
        when = f"the quarter {period}"
    text = f"Medians with P10–P90 in {when}."
    if not root["inputs"]:
        return text
    return (
        f"{text} r: rank correlation of an input with what it enters, "
        "over the draws: how closely they move together, strongest first. In brackets: what a "
        "formula leaves over. s.e.: how many standard errors a target is missed by."
    )


def _r(row: Mapping[str, Any]) -> str:
    value = row.get("rank_correlation")
    return "" if value is None else signed(f"{value:+.2f}")


def _branches(row: Row, depth: int, told: set[str]) -> Iterator[Branch]:
    """Yield a row of the tree and what stands below it; `told` names what has been described."""
    name, strength = row["quantity"], f"r {_r(row)}" if depth and _r(row) else ""
    notes = tuple(_notes(row, name in told))
    told.add(name)
    yield Branch(depth, name, (_figures(row), strength), notes)
    for each in row["inputs"]:
        yield from _branches(each, depth + 1, told)


def _figures(row: Mapping[str, Any]) -> str:
    unit = row["unit"]
    if row["value"] is None or row["kind"] == "time":
        return ""
    if row.get("p10") is None:
        return quantity(row["value"], unit)
    return median_band(row["p10"], row["value"], row["p90"], unit)


def _of(band: Mapping[str, float], unit: str) -> str:
    return median_band(band["p10"], band["p50"], band["p90"], unit)


def _notes(row: Row, is_told: bool) -> Iterator[Note]:
    if row.get("seen") or (is_told and not row["inputs"]):
        yield Note("see above")
    elif row["kind"] in {"quantity", "record"}:
        yield from _equation(row)
    elif row["kind"] == "assumption":
        yield from _assumption(row)
    elif row["kind"] == "driver":
        yield from _driver(row)
    else:
        yield Note(f"{row['kind']}: {row['equation']}")


def _equation(row: Row) -> Iterator[Note]:
    yield Note(row["equation"])
    if row["formula"]:
        text = row["formula"]
        for sign, shown in SIGNS.items():
            text = text.replace(sign, shown)
        yield Note(f"= {text}" if row["is_equation"] else f"also = {text}")
    for member in row.get("members", ()):
        name = re.sub(r"[_.]", " ", member["member"])
        yield Note(f"{name}: {_figures({**member, 'kind': ''})}")
    targets = row.get("targets", [])
    for target in targets[-FEW:]:
        yield Note(_target(target))
    if len(targets) > FEW:
        yield Note(f"and against {len(targets) - FEW} more")
    if not row["inputs"]:
        yield Note(
            f"{row['needs']} input{'s' if row['needs'] > 1 else ''} below: --depth shows them"
        )


def _target(target: Mapping[str, Any]) -> str:
    bound = {"lower": "at least ", "upper": "at most "}.get(target["bound"], "")
    unit = target["unit"]
    return (
        f"target: {target['target']} {target['period']} {bound}"
        f"{quantity(target['observed'], unit)}, modelled "
        f"{_of(target['modelled'], unit)}, {number(target['misfit'], 1, '+')} s.e."
    )


def _assumption(row: Row) -> Iterator[Note]:
    yield Note(f"assumption: {row['equation']}")
    yield Note(f"{_moved(row)} {row['status']}, {row['date']}, {row['place']}")
    yield from _source(row)


def _moved(row: Row) -> str:
    """Return what was believed before history spoke, and how far it moved."""
    before = _of(row["prior"], row["unit"])
    if abs(row["shift"]) < UNMOVED and abs(row["spread"] - 1.0) < UNMOVED:
        return f"prior {before}, history says nothing;"
    return (
        f"prior {before}, history moved it {number(row['shift'], 1, '+')} s.d. and left "
        f"{100.0 * min(row['spread'], 1.0):.0f}% of its spread;"
    )


def _source(row: Row) -> Iterator[Note]:
    if row["source"] != "judgement" or row["source_url"]:
        yield Note(f"source: {row['source']}", row["source_url"])
    if row["reasoning"]:
        yield Note(f"why: {row['reasoning']}")


def _driver(row: Row) -> Iterator[Note]:
    yield Note(f"driver: {row['equation']}")
    fitted, conditioned = (_of(row[when], row["unit"]) for when in ("prior", "conditioned"))
    yield Note(
        f"{row['quarter']}: {fitted} as fitted, {conditioned} after the targets; {row['status']}, "
        f"{row['date']}, {row['place']}"
    )
    latest = {each["series_id"]: each for each in row["observations"]}
    shown = list(latest.values())[:FEW]
    for each in shown:
        yield Note(_observation(each), each["source_url"])
    if len(latest) > FEW:
        yield Note(f"and {len(latest) - FEW} more series")
    for each in row["assumed"]:
        belief = _stated(each, row["unit"])
        yield Note(f"assumed, {each['period']}: {belief}. {each['reasoning'] or each['source']}")
    yield from _source(row)


def _stated(belief: Mapping[str, Any], unit: str) -> str:
    """Return a belief as it was stated: a median with its band, a band, or a point."""
    low, middle, high = (belief[key] for key in ("p10", "p50", "p90"))
    if low is None or high is None:
        return str(belief["distribution"]) if middle is None else quantity(middle, unit)
    return quantity_band(low, high, unit) if middle is None else _of(belief, unit)


def _observation(each: Mapping[str, Any]) -> str:
    """Return the last observation of a series: value as published, date, source and place."""
    sign = {"lt": "<", "gt": ">", "approx": "~"}.get(each["qualifier"], "")
    value = sign + _published(quantity(each["value"], each["unit"], 3))
    if each["high"] is not None:
        value = quantity_band(each["value"], each["high"], each["unit"])
    label = "assumed" if each["assumed"] else "guidance" if each["guidance"] else each["role"]
    return (
        f"{each['period_end']}: {value}, last of {each['rows']} of {each['series_id']} ({label}); "
        f"{each['source']}, published {each['published']}, {each['place']}"
    )


def _published(text: str) -> str:
    """Return a number without the zeros that no source wrote: 5%, not 5.00%."""
    kept = re.sub(r"(\.\d*?)0+(?!\d)", r"\1", text, count=1)
    return re.sub(r"\.(?!\d)", "", kept, count=1)


def _roots(root: Row) -> list[Block]:
    """Return the beliefs and paths that the number moves with most, and where they come from."""
    rows = tuple((row["quantity"], _figures(row), _r(row)) for row in root["roots"][:STRONGEST])
    columns = ("MOVES MOST WITH", f"{root['period']}, median (P10–P90)", "r")
    note = (
        f"r: rank correlation with {root['quantity']} itself, of all {len(root['roots'])} inputs "
        f"that lie beneath it. One in full: forecast explain "
        f"{rows[0][0]}@{root['period']}"
    )
    return [Listing(columns, rows), Prose(note, "quiet")]


def _since(result: Result, root: Row) -> list[Block]:
    """Return what each link of the chain did to the number, for each way to take it apart."""
    since, blocks = root["since"], list[Block]()
    change = _change_row(root)
    for view, rows in enumerate(result.extra["shown"]):
        if view:
            blocks.append(Prose("The same change, taken apart another way:"))
        blocks.append(_links(root, rows, change))
    leaf = len(since["attribution"]) == 1 and since["attribution"][0]["driver"] == root["quantity"]
    if leaf:
        text = "It has no links that it is a product or sum of: the whole change is its own."
    else:
        text = (
            "Means over draws, which add up exactly, as each draw does; medians need not. Each "
            "link's part by the logarithmic mean Divisia index."
        )
    return [*blocks, Prose(text, "quiet")]


def _links(root: Row, rows: Sequence[Row], change: Row) -> Listing:
    scale = _scale(root["unit"], [row["amount"] for row in rows])
    sizes = [row["amount"] / scale.divisor for row in rows]
    places = decimals(sizes, sizes, is_share=scale.is_share)
    unit = "pp" if scale.is_share else scale.unit
    links = [{**row, "mean": row["amount"], "p50": None} for row in rows]
    whole = {**change, "amount": change["mean"], "title": "the whole change"}
    lines = [
        (
            shorten(row["title"], LONGEST, placeholder="…"),
            number(row["amount"] / scale.divisor, places, "+"),
            "…".join(number(row[end] / scale.divisor, places, "+") for end in ("p10", "p90")),
            rises_in(row),
        )
        for row in (*links, whole)
    ]
    lines = [line for line in lines if (line[1], line[2]) != ("0", "0…0")]
    heads = (f"SINCE {root['since']['period']}", f"part, {unit}".removesuffix(", "))
    return Listing((*heads, "P10–P90", "raises it in"), tuple(lines))


def _scale(unit: str, values: Sequence[float]) -> Scale:
    """Return the scale of a column of amounts: a prefix, or a power of ten where none reaches."""
    scale = scale_for(unit, values)
    largest = max((abs(value) for value in values), default=0.0)
    if not largest or scale.is_share or REACH[0] <= largest / scale.divisor < REACH[1]:
        return scale
    power = exponent(largest)
    return Scale(10.0**power, f"1e{power} {unit}".removesuffix(" ratio"))
