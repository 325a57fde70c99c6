"""Adapters against bodies as publishers served them: the figures that must come out, and drift."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from math import isfinite
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from replayed import SOURCES, TODAY, bodies_of, expected, read_source, replaced

from forecast.sources.adapters import ADAPTERS, adapter_keys, read
from forecast.sources.declared import read_sources
from forecast.sources.figures import Body, DriftError

NATIONAL = "census-btos"
PIECES = (
    b"",
    b"null",
    b"NaN",
    b"1e400",
    b'"',
    b",",
    b"\n",
    b"[]",
    b"9999-99-99",
    b"\x1b[2J",
    b"\xff",
)


def figures(name: str, change: Callable[[bytes], bytes] = lambda content: content) -> set[str]:
    """Return the figures of a source, each in a word."""
    return {
        f"{each.series_id} {each.period_end} {each.value:.9g} {each.published}"
        for each in read_source(name, change).figures
    }


def test_all_figures_come_out_that_must() -> None:
    found = set().union(*(figures(name) for name in SOURCES))
    wanted = {
        f"{row['series_id']} {row['period_end']} {float(row['value']):.9g} {row['published']}"
        for row in expected()
        # What has no day of generation is dated as fetched.
        if "huawei" not in row["series_id"]
    }
    assert len(wanted) > 150
    assert wanted <= found


def test_a_table_for_each_designer_is_data_and_what_is_incomplete_waits(tmp_path: Path) -> None:
    """The entry that the documentation gives, for a layout in which `checked` is the mark."""
    page = (Path(__file__).parents[2] / "docs" / "refresh.md").read_text("utf-8")
    (entry,) = re.findall(r"```yaml\n(epoch-chips-april:.*?)```", page, re.DOTALL)
    (tmp_path / "assumptions").mkdir()
    (tmp_path / "assumptions" / "sources.yaml").write_text(entry, "utf-8")
    (source,) = read_sources(tmp_path, adapter_keys()).sources
    bodies = bodies_of(source)

    def newest(*bodies: Body) -> dict[str, tuple[date, float, date]]:
        found = read(ADAPTERS[source.adapter], bodies, source.recipes).figures
        return {each.series_id: (each.period_end, each.value, each.published) for each in found}

    end, march = date(2025, 12, 31), date(2026, 3, 31)
    assert newest(*bodies) == {
        "h100e_sold_cum_nvidia": (end, 13659258.0, march),
        "h100e_sold_cum_amazon_trainium": (end, 1020727.0, march),
    }
    nvidia, amazon = bodies
    said_in_notes = replace(nvidia, content=replaced(",checked,", ",,")(nvidia.content))
    assert newest(said_in_notes, amazon) == newest(*bodies)
    whole = replace(nvidia, content=replaced("Incomplete: b", "B")(said_in_notes.content))
    assert newest(whole, amazon)["h100e_sold_cum_nvidia"] == (march, 14510043.0, march)


def test_all_facts_of_a_company_say_what_its_concepts_say() -> None:
    source = SOURCES["sec-meta"]
    concepts = {}
    for each in bodies_of(source):
        found = json.loads(each.content)
        concepts[found["tag"]] = {"units": found["units"]}
    facts = {"cik": 1326801, "facts": {"us-gaap": concepts | {"Assets": {"units": {}}}}}
    url = "https://data.sec.gov/api/xbrl/companyfacts/CIK0001326801.json"
    whole = [Body(url, json.dumps(facts).encode(), TODAY)]
    found = read(ADAPTERS[source.adapter], whole, source.recipes)
    assert {replace(each, url="") for each in found.figures} == {
        replace(each, url="") for each in read_source("sec-meta").figures
    }
    del facts["facts"]["us-gaap"]["FinanceLeasePrincipalPayments"]
    whole = [Body(url, json.dumps(facts).encode(), TODAY)]
    with pytest.raises(DriftError, match="expected FinanceLeasePrincipalPayments"):
        read(ADAPTERS[source.adapter], whole, source.recipes)


def columns_turned(content: bytes) -> bytes:
    """Return a CSV with its columns in the opposite order."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    text = io.StringIO(newline="")
    csv.writer(text).writerows(row[::-1] for row in rows)
    return text.getvalue().encode()


def in_archive(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Return a change of the table in Epoch's archive."""

    def changed(content: bytes) -> bytes:
        name = "cumulative_timelines_by_designer.csv"
        with ZipFile(io.BytesIO(content)) as archive:
            table = archive.read(name)
        packed = io.BytesIO()
        with ZipFile(packed, "w") as archive:
            archive.writestr(name, change(table))
        return packed.getvalue()

    return changed


def in_workbook(change: Callable[[Workbook], None]) -> Callable[[bytes], bytes]:
    """Return a change of the Census workbook."""

    def changed(content: bytes) -> bytes:
        book = load_workbook(io.BytesIO(content))
        change(book)
        saved = io.BytesIO()
        book.save(saved)
        return saved.getvalue()

    return changed


def with_columns_turned(book: Workbook) -> None:
    for sheet in book:
        rows = [row[::-1] for row in sheet.iter_rows(values_only=True)]
        sheet.delete_rows(1, sheet.max_row)
        for row in rows:
            sheet.append(row)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("epoch-models", columns_turned),
        ("epoch-revenue", columns_turned),
        ("epoch-spending", columns_turned),
        ("epoch-usage", columns_turned),
        ("getdeploying", columns_turned),
        ("openrouter", columns_turned),
        ("epoch-chips", in_archive(columns_turned)),
        (NATIONAL, in_workbook(with_columns_turned)),
    ],
)
def test_the_order_of_columns_means_nothing(name: str, change: Callable[[bytes], bytes]) -> None:
    assert figures(name, change) == figures(name)


def with_next_quarter(content: bytes) -> bytes:
    """Return Alphabet's facts with nine months of 2026 added, as its 10-Q will state them."""
    concept = json.loads(content)
    added = dict(concept["units"]["USD"][-1])
    added |= {"start": "2026-01-01", "end": "2026-09-30", "val": 130_000_000_000}
    added |= {"accn": "0001652044-26-000099", "filed": "2026-10-09"}
    concept["units"]["USD"].append(added)
    return json.dumps(concept).encode()


def with_periods_of_october(*rates: str) -> Callable[[bytes], bytes]:
    """Return a change that adds both periods of October to the Census workbook, and the rates of
    those that are out."""
    return in_workbook(lambda book: add_periods(book, rates))


def add_periods(book: Workbook, rates: tuple[str, ...]) -> None:
    estimates, calendar = book["Response Estimates"], book["Collection and Reference Dates"]
    for column, (name, rate) in enumerate(
        zip(("202621", "202622"), rates, strict=False), estimates.max_column + 1
    ):
        estimates.cell(1, column).value = name
        for row in range(2, 9):
            estimates.cell(row, column).value = rate
    names = [cell.value for cell in calendar[1]]
    for name, day in (("202621", date(2026, 10, 5)), ("202622", date(2026, 10, 19))):
        row = [None] * len(names)
        row[names.index("Smpdt")] = name
        row[names.index("Collection Start")] = day
        row[names.index("Col End")] = day + timedelta(days=13)
        calendar.append(row)


def test_the_next_period_is_added_and_an_incomplete_one_waits() -> None:
    added = figures("sec-alphabet", with_next_quarter) - figures("sec-alphabet")
    # 130,000 less the 80,598 of the first half.
    assert added == {"capex_cash_goog 2026-09-30 4.9402e+10 2026-10-09"}
    assert figures(NATIONAL, with_periods_of_october("24.4%")) == figures(NATIONAL)
    both = figures(NATIONAL, with_periods_of_october("24.4%", "25%"))
    assert both - figures(NATIONAL) == {"btos_ai_use_new 2026-10-31 0.247 2026-11-05"}
    row = "nvidia-h100,2025-09-29,ON_DEMAND,,1,9,3.1,3.0,35,109\r\n"
    newer = figures("getdeploying", lambda content: content.rstrip() + b"\r\n" + row.encode())
    assert newer - figures("getdeploying") == {
        "h100_rent_getdeploying_on_demand 2025-10-05 3.1 2025-10-06"
    }


def as_lists(content: bytes) -> bytes:
    """Return a cube with lists in place of mappings, as JSON-stat allows."""
    cube = json.loads(content)
    cube["value"] = [cube["value"].get(str(place)) for place in range(6)]
    for each in cube["dimension"].values():
        each["category"]["index"] = list(each["category"]["index"])
    return json.dumps(cube).encode()


def test_a_cube_may_be_written_in_either_way() -> None:
    assert figures("eurostat", as_lists) == figures("eurostat")


def test_a_record_dated_by_its_month_alone_is_left_out() -> None:
    without = figures("epoch-models") - {
        "frontier_training_flop_record 2025-07-09 5e+26 2025-07-09"
    }
    assert figures("epoch-models", replaced("Grok 4,2025-07-09", "Grok 4,2025-07")) == without


def test_no_two_vintages_are_mixed() -> None:
    """Meta recast 2023 a year later: 13,058 - 6,823 = 6,235 is nobody's number."""
    second = [
        (each.value / 1e6, each.published)
        for each in read_source("sec-meta").figures
        if each.series_id == "capex_cash_meta" and each.period_end == date(2023, 6, 30)
    ]
    assert second == [(6216, date(2023, 7, 27)), (6134, date(2024, 8, 1))]


def test_what_was_said_with_words_is_no_plain_figure() -> None:
    said = {
        (each.series_id, str(each.period_end)): each
        for name in ("epoch-usage", "epoch-spending")
        for each in read_source(name).figures
    }
    assert said["chatgpt_wau", "2025-12-09"].qualifier == "lt"  # nearly 900 million
    assert said["chatgpt_wau", "2026-07-28"].qualifier == "lt"  # on the precipice of having
    assert said["chatgpt_wau", "2026-02-28"].qualifier == "approx"  # about 920 million
    assert said["chatgpt_wau", "2025-10-06"].qualifier == "eq"
    assert said["openai_compute_rd", "2025-12-31"].plan
    assert not said["anthropic_compute_rd", "2024-12-31"].plan


def renamed_sheet(book: Workbook) -> None:
    book["Response Estimates"].title = "Estimates"


def counts_for_shares(book: Workbook) -> None:
    for row in book["Response Estimates"].iter_rows(min_row=2):
        for cell in row[4:]:
            cell.value = str(cell.value).replace("%", "")


def worded_anew(book: Workbook) -> None:
    for row in book["Response Estimates"].iter_rows(min_row=2):
        row[1].value = str(row[1].value).replace("in any of its", "in some of its")


DRIFTS: list[tuple[str, Callable[[bytes], bytes], str]] = [
    (
        "epoch-chips",
        in_archive(replaced("Compute estimate in H100e (median)", "H100e compute power (median)")),
        "no column 'Compute estimate in H100e (median)'",
    ),
    ("epoch-chips", replaced("timelines", "timetable"), "the files cumulative_timetable"),
    ("epoch-models", replaced("Training compute (FLOP)", "Compute"), "no column"),
    ("epoch-usage", replaced("Active users time period", "Active"), "no column"),
    (NATIONAL, in_workbook(renamed_sheet), "the sheets Estimates"),
    (NATIONAL, in_workbook(worded_anew), "0 lines of it among: "),
    (NATIONAL, in_workbook(counts_for_shares), "'23.8' in period 2026"),
    ("sec-alphabet", replaced('"USD"', '"EUR"'), "no 'USD' at units, but EUR"),
    ("sec-alphabet", replaced('"tag"', '"name"'), "no 'tag' at the top"),
    ("sec-alphabet", replaced('"cik":1652044', '"cik":789019'), "facts of company 789019"),
    ("sec-nvidia", replaced(">0001045810<", ">0000789019<"), "facts of 789019"),
    ("sec-nvidia", replaced("nvda:DataCenterMember", "nvda:DcMember"), "no nvda:DataCenterMember"),
    ("sec-nvidia", replaced("<xbrl ", "<!DOCTYPE x><xbrl "), "a document type of its own"),
    ("eurostat", replaced("PC_ENT", "PC_EMP"), "unit of PC_EMP"),
    ("eurostat", replaced("GE250", "GE249"), "size_emp of GE10, GE249"),
    ("eurostat", lambda _: b'{"warning": {"status": 413, "label": "ASYNC"}}', "warning: "),
    ("openrouter", replaced(",other,", ",another,"), "no record of 'other'"),
    ("getdeploying", replaced("ON_DEMAND", "ON-DEMAND"), "other records"),
    ("getdeploying", lambda content: content[:-20], "cells in record"),
]


@pytest.mark.parametrize(("name", "change", "found"), DRIFTS)
def test_drift_is_said(name: str, change: Callable[[bytes], bytes], found: str) -> None:
    with pytest.raises(DriftError) as error:
        read_source(name, change)
    assert found in error.value.found


@pytest.mark.parametrize("name", list(SOURCES))
@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"<!DOCTYPE html><html><title>Maintenance</title></html>", "an HTML page: Maintenance"),
        (b"null", ""),
        (b"", ""),
        (b"\xff\xfe\x00", ""),
        (b"PK\x03\x04 and no more", ""),
        (b'{"tag": [], "units": {"USD": 3}, "id": 1, "value": []}', ""),
        (b"[" * 100_000, ""),
        (b"a,b\n1,2\n", ""),
        (b'<?xml version="1.0"?><x><y></x>', ""),
    ],
)
def test_a_body_of_another_kind_is_drift(name: str, content: bytes, found: str) -> None:
    source = SOURCES[name]
    bodies = [Body(each.url, content, TODAY) for each in bodies_of(source)]
    with pytest.raises(DriftError) as error:
        read(ADAPTERS[source.adapter], bodies, source.recipes)
    assert found in error.value.found
    assert error.value.found.isprintable()


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(SOURCES)),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 99), st.sampled_from(PIECES)), max_size=4),
)
def test_a_damaged_body_ends_in_figures_or_in_words(
    name: str, edits: list[tuple[float, int, bytes]]
) -> None:
    """`edits` put pieces in the place of so many bytes, at some part of each body."""
    source = SOURCES[name]
    bodies = []
    for each in bodies_of(source):
        content = each.content
        for where, count, piece in edits:
            at = int(where * len(content))
            content = content[:at] + piece + content[at + count :]
        bodies.append(Body(each.url, content, each.fetched))
    try:
        found = read(ADAPTERS[source.adapter], bodies, source.recipes).figures
        said = [each.note for each in found if isfinite(each.value)]
        is_well = len(said) == len(found)
    except DriftError as error:
        said, is_well = [str(error)], True
    assert is_well
    assert all(text.isprintable() for text in said)


def test_a_workbook_that_expands_is_drift() -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in pairwise("abcdefghijklm")
    )

    def change(content: bytes) -> bytes:
        packed = io.BytesIO()
        with ZipFile(io.BytesIO(content)) as old, ZipFile(packed, "w", ZIP_DEFLATED) as new:
            for part in old.namelist():
                text = old.read(part).replace(b"Question ID", b"&m;")
                for root in (b"<worksheet", b"<sst"):
                    text = text.replace(root, f"{laughs}]>".encode() + root, 1)
                new.writestr(part, text)
        return packed.getvalue()

    with pytest.raises(DriftError, match="amplification"):
        read_source(NATIONAL, change)


def test_more_facts_than_a_company_has_are_drift() -> None:
    def change(content: bytes) -> bytes:
        concept = json.loads(content)
        concept["units"]["USD"] *= 300
        return json.dumps(concept).encode()

    with pytest.raises(DriftError, match="facts of one tag"):
        read_source("sec-oracle", change)


def test_one_filing_states_a_period_once() -> None:
    def stated_again(times: float) -> Callable[[bytes], bytes]:
        def change(content: bytes) -> bytes:
            concept = json.loads(content)
            fact = concept["units"]["USD"][-1]
            concept["units"]["USD"].append({**fact, "val": fact["val"] * times})
            return json.dumps(concept).encode()

        return change

    assert figures("sec-oracle", stated_again(1.001)) == figures("sec-oracle")
    with pytest.raises(DriftError, match=r"for 2026-08-31 in filing .* expected one of the two"):
        read_source("sec-oracle", stated_again(1.02))


INLINE = """<html xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL"
 xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:xbrldi="http://xbrl.org/2006/xbrldi"><body>
<ix:header><ix:resources><xbrli:context id="c"><xbrli:entity>
<xbrli:identifier scheme="http://www.sec.gov/CIK">0001045810</xbrli:identifier><xbrli:segment>
<xbrldi:explicitMember dimension="srt:ProductOrServiceAxis">nvda:DataCenterMember
</xbrldi:explicitMember></xbrli:segment></xbrli:entity><xbrli:period>
<xbrli:startDate>2026-04-27</xbrli:startDate><xbrli:endDate>2026-07-26</xbrli:endDate>
</xbrli:period></xbrli:context><xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure>
</xbrli:unit></ix:resources></ix:header><table><tr><td>Data center, in millions</td><td>
<ix:nonFraction unitRef="usd" contextRef="c" decimals="-6" name="us-gaap:Revenues" scale="6"
 format="ixt:num-{format}"><b>{amount}</b></ix:nonFraction></td></tr></table></body></html>"""


@pytest.mark.parametrize(
    ("format", "amount"), [("dot-decimal", "89,023"), ("comma-decimal", "89.023,0")]
)
def test_an_inline_document_says_what_its_instance_does(format: str, amount: str) -> None:
    source = SOURCES["sec-nvidia"]
    [recipe] = [each for each in source.recipes if each.series_id == "nvda_dc_rev"]
    listed, newest, *_ = bodies_of(source)
    page = INLINE.format(format=format, amount=amount).encode()
    inline = Body(newest.url.replace("_htm.xml", ".htm"), page, newest.fetched)
    adapter = ADAPTERS[source.adapter]
    [from_page] = read(adapter, [listed, inline], [recipe]).figures
    from_instance = read(adapter, [listed, newest], [recipe]).figures
    assert (from_page.value, from_page.published) == (89_023e6, date(2026, 8, 26))
    assert replace(from_page, url=newest.url) in from_instance


def test_answers_by_period_give_the_months_of_the_workbook() -> None:
    months = {each for each in figures(NATIONAL) if each.split()[1] > "2026-07"}
    assert figures("census-btos-api") == months
    assert len(months) == 3


def test_what_has_ended_is_said() -> None:
    remarks = read_source("sec-nvidia").remarks
    assert "nvda_dc_compute_rev: nvda:ComputeMember is discontinued, with fiscal 2027" in remarks


@pytest.mark.parametrize(
    ("name", "words", "as_written"),
    [
        ("epoch-models", "Grok 4", "Grok{} 4"),
        ("epoch-usage", "900 million", "900{} million"),
        ("epoch-usage", "https://www.theinformation", "https://www{}.theinformation"),
        ("sec-oracle", "0001193125-26-400001", "0001193125{}-26-400001"),
    ],
)
def test_escapes_of_a_source_reach_nobody(name: str, words: str, as_written: str) -> None:
    signs = "\\u001b]52;c;eA==\\u0007\\u202e" if name == "sec-oracle" else "\x1b]8;;x\x07\x9b\u202e"
    found = read_source(name, replaced(words, as_written.format(signs))).figures
    assert all(f"{each.note}{each.url}".isprintable() for each in found)
    assert any("]" in f"{each.note}{each.url}" for each in found)
