"""How fuzz.py makes its inputs: good ones of every format, and what is done to them."""

from __future__ import annotations

import io
import json
import random
import zipfile
from pathlib import Path

ROWS = [
    ["series_id", "period_end", "value", "unit", "published", "source", "frequency", "note"],
    ["btos_ai_use_new", "2026-10-31", "30%", "share", "2026-11-14", "Survey", "", ""],
    ["capex_cash_amzn", "2026Q3", "$52B", "USD", "2026-11-03", "Filing", "Q", "a note"],
    ["my_series", "2025-12-31", "180-190", "million USD", "2026-02-01", "Mine", "A", ""],
    ["my_series", "2024", "~1.2e8", "USD", "", "Mine", "A", "über"],
]
ACROSS = [
    ["Country", "Code", "2022", "2023", "2024"],
    ["Austria", "AT", "12.3 b", "1,234.5", ":"],
    ["Belgium", "BE", "11", "1.234,5", "n/a"],
]
GUIDANCE = [
    ["series_id", "period_end", "mid", "published", "company"],
    ["capex_reported_meta", "2027", "200B", "2026-11-20", "Meta"],
    ["capex_reported_meta", "FY2028", ">210B", "2026-11-20", "Meta"],
]
QUARTERS = [
    ["Capital expenditures, million USD", "Q1 2026", "Q2 2026", "Q3 2026"],
    ["capex_cash_amzn", "44,203", "54,208", "55,600"],
    ["capex_reported_meta", "19,840", "22,100", "24,300 (p)"],
]
OFFICE = [
    ["Entity", "Code", "Year", "Share of firms using AI (%)"],
    ["Austria", "AUT", "2023", "10.8"],
    ["Austria", "AUT", "2024", "20.3"],
    ["Belgium", "BEL", "2024", "24.7 e"],
]
TWO_COLUMNS = [
    ["Year", "Quarter", "Data-centre power (GW)", "Tokens (trillion)"],
    ["2025", "Q3", "41.2", "980"],
    ["2025", "Q4", "~51.0", "1,300"],
    ["2026", "Q1", "", "1,650"],
]
MONTHS = [
    ["Date", "Price, USD per million tokens"],
    ["2026-01-01", "3.50"],
    ["2026-02-01", "."],
    ["2026-03-01", "2.90"],
    ["2026-04-01", "<2.75"],
]
SURVEY = [
    ["Firm size", "2023", "2024", "2025"],
    ["1 to 4", "5.2%", "7.9%", "11%"],
    ["250 or more", "9.1 %", "14 %", "<20 %"],
]
TABLES = [ROWS, ACROSS, QUARTERS, OFFICE, TWO_COLUMNS, MONTHS, SURVEY]
# Cells and tokens that programs trip over.
NASTY = [
    "", " ", "0", "-1", "1e300", "1e-300", "1e999", "nan", "inf", "-inf", "9" * 400, "9" * 5000,
    "12_3", "1,23,4", "0,123", "5" + " " * 3000 + "USD", "0206-10-31", "9999", "3026-01-01",
    "2026-02-30", "2026-W54", "Q5 FY26", "FY99999", "2026Q4", "\x1b[31mred\x1b[0m", "\x9b31m", "\0",
    "\r", "a\rb", '"', '""', "'", ";", "\t", "\u202eevil", "\ufeff", "é", "日本", "𝔸", "=1+1",
    "=A1", "<td>", "|", "---", "null", "None", "true", "[]", "{}", "%", "%%", "5%%", "$", "--",
    "(5)", "5-", "5–3", "<", ">", "~", "up to", "1 to 2 to 3", "x" * 3000, "; DROP TABLE x",
    "../..",
]  # fmt: skip
DEEP = ["[" * 3000, '{"a":' * 3000, "[" * 900 + "]" * 900, "- " * 3000, "{" * 3000]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1"]
COMMANDS = [
    "metrics", "scenarios", "help", "forget", "ingest", "export", "history", "diff", "fit",
    "claims", "compare", "explain", "solve", "whatif", "doctor", "assumptions", "init", "project",
    "nonsense",
]  # without those that compute for long when nothing is wrong  # fmt: skip
OPTIONS = [
    "--json", "--list", "--series", "--file", "--reason", "--restore", "--limit", "--set",
    "--scenario", "--through", "--as-of", "--draws", "--seed", "--bands", "--format", "-o",
    "--workspace", "--log-format", "--metric", "--given", "--by", "--kind", "--own", "--horizon",
    "--frequency", "--ceiling", "--origin", "--unit", "--column", "--sheet", "--dry-run",
    "--skip-bad", "--save-scenario", "--at", "--vary", "--out", "--since", "--settings", "--help",
    "-q", "-v", "--fiscal-year-end",
]  # fmt: skip
WORDS = [
    "inference_share", "inference_share@2028", "compute_stock@2027Q4", "training", "base",
    "grid-bound", "2028", "2029Q2", "USD", "capex", "adoption", "my.csv", "observations", "list",
    "show", "check", "last", "1", "17", "20-35", "g3", "set", "units", "x2", "weekly_users=x2",
    "weekly_users@2028=1.5B", "10,50,90", "json", "csv", "md", "a" * 300, "0", "-5", "1e400",
]  # fmt: skip


def table(chance: random.Random, place: Path) -> list[list[str]]:
    """Write a table in some format, most of them spoilt, and return the command line that reads it;
    now and then a forecast from what was read comes after it."""
    is_guidance = chance.random() < 0.1
    rows = [list(row) for row in (GUIDANCE if is_guidance else chance.choice(TABLES))]
    for _ in range(chance.choice([0, 0, 1, 1, 2, 5])):
        row = chance.choice(rows)
        row[chance.randrange(len(row))] = chance.choice(NASTY)
    if chance.random() < 0.1:
        rows *= 200
    ending, content = chance.choice(FORMATS)(chance, rows)
    for _ in range(chance.choice([0, 0, 0, 1, 3, 10])):
        content = spoilt(chance, content)
    name = f"my.{ending}"
    (place / name).write_bytes(content)
    if chance.random() < 0.03:
        return [["fit", "--file", name, "--horizon", "2", "--family", "logistic"]]
    options = ["--dry-run"] if chance.random() < 0.9 else []
    if is_guidance != (chance.random() < 0.03):
        options.append("--guidance")
    for option in ("--series", "--unit", "--sheet", "--as-of", "--column"):
        if chance.random() < 0.02:
            options += [option, argument(chance)]
    if chance.random() < 0.2:
        options.append(chance.choice(["--skip-bad", "--json", "-q"]))
    read = ["ingest", chance.choice(["capex", "adoption", "usage"]), name, *options]
    is_used = "--dry-run" not in options and chance.random() < 0.25
    return [read, ["project"]] if is_used else [read]


def good_inputs(place: Path) -> list[list[str]]:
    """Write a good table in every format, and return command lines that read and show."""
    chance = random.Random(1)
    files = []
    for number, form in enumerate(FORMATS):
        ending, content = form(chance, ROWS[:3])
        files.append(place / f"good{number}.{ending}")
        files[-1].write_bytes(content)
    kinds = [["ingest", "capex", str(file), "--dry-run"] for file in files]
    (place / "growth.csv").write_text("period_end,value\n2020,1\n2021,2\n2022,4\n2023,7\n")
    return [
        *kinds,
        ["fit", "--file", str(place / "growth.csv"), "--horizon", "2", "--family", "logistic"],
        *([name, "--json"] for name in ("metrics", "history")),
        *([name] for name in ("metrics", "scenarios", "nonsense", "help")),
        ["assumptions", "list"],
        ["forget", "--list"],
        ["export", "observations", "--format", "csv"],
    ]


def spoilt(chance: random.Random, content: bytes) -> bytes:
    """Return content with one thing done to it."""
    at = chance.randrange(len(content) + 1)
    to = min(len(content), at + chance.choice([1, 4, 40, 400]))
    match chance.randrange(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + chance.randbytes(to - at) + content[to:]
        case 2:
            return content[:at] + content[to:]
        case 3:
            return content[:at] + content[at:to] * chance.choice([2, 50]) + content[to:]
        case 4:
            return content[:at] + chance.choice(DEEP).encode() + content[at:]
        case _:
            nasty = chance.choice(NASTY).encode("utf-8", "surrogatepass")
            return content[:at] + nasty + content[at:]


def delimited(chance: random.Random, rows: list[list[str]]) -> tuple[str, bytes]:
    """Return rows with some delimiter, quotes or none, line ends and encoding."""
    delimiter = chance.choice([",", ",", ";", "\t", "|"])
    quote = chance.choice(["", "", '"'])
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    if chance.random() < 0.1:
        lines = [f"sep={delimiter}", *lines]
    if chance.random() < 0.2:
        lines = ["Some title", "", *lines, "", "Source: an office"]
    text = chance.choice(["\n", "\r\n", "\r"]).join(lines)
    return chance.choice(["csv", "tsv", "txt"]), text.encode(chance.choice(ENCODINGS), "replace")


def as_json(chance: random.Random, rows: list[list[str]]) -> tuple[str, bytes]:
    """Return rows as a list of objects, an object that holds one, or lines."""
    records: list[object] = [dict(zip(rows[0], row, strict=False)) for row in rows[1:]]
    if chance.random() < 0.3:
        odd = chance.choice([None, 5, "x\ud800", [1], {"a": {"b": 1}}, 10**300, True, 1e300])
        records.append({"series_id": "x", "period_end": "2026", "value": odd, "unit": "USD"})
    match chance.randrange(3):
        case 0:
            text = json.dumps(records)
        case 1:
            text = json.dumps({"schema": 1, "rows": records}, indent=chance.choice([None, 1]))
        case _:
            text = "\n".join(map(json.dumps, records))
    return "json", text.encode("utf-8", "surrogatepass")


def workbook(chance: random.Random, rows: list[list[str]]) -> tuple[str, bytes]:
    """Return rows as a workbook, some part of it spoilt."""
    import openpyxl
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = openpyxl.Workbook()
    sheet = book.active
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=1):
            try:
                value = float(cell) if chance.random() < 0.3 else cell[:3000]
            except ValueError:
                value = cell[:3000]
            try:
                sheet.cell(number, column, value)
            except (IllegalCharacterError, ValueError):
                sheet.cell(number, column, "odd")
    if chance.random() < 0.1:
        sheet.cell(chance.choice([1000, 1_048_576]), chance.choice([9, 16_384]), "far")
    if chance.random() < 0.1:
        book.create_sheet("Other").append([cell.value for cell in sheet[1]])
    raw = io.BytesIO()
    book.save(raw)
    return "xlsx", with_spoilt_part(chance, raw.getvalue())


def with_spoilt_part(chance: random.Random, content: bytes) -> bytes:
    """Return an archive in which some part was spoilt before it was packed."""
    if chance.random() < 0.4:
        return content
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(packed, "w") as new:
        chosen = chance.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            if name == chosen or "sheet1" in name:
                for _ in range(chance.choice([0, 1, 4])):
                    part = changed_xml(chance, part)
            new.writestr(name, part)
    return packed.getvalue()


def changed_xml(chance: random.Random, part: bytes) -> bytes:
    """Return XML in which a number, an index or a type is another, or anything at all."""
    swaps = [
        (b' t="n"', b' t="s"'), (b"<c ", b'<c s="99999" '), (b"<v>", b"<v>9"), (b'r="', b'r="9'),
        (b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        (b"<?xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><?xml'), (b"xmlns", b"xmlnt"), (b"<", b"<<"),
        (b"Sheet", b"Sh\x01eet"), (b't="inlineStr"', b't="e"'), (b't="s"', b't="d"'),
    ]  # fmt: skip
    if chance.random() < 0.6:
        old, new = chance.choice(swaps)
        return part.replace(old, new, chance.choice([1, 1000]))
    return spoilt(chance, part)


def parquet(chance: random.Random, rows: list[list[str]]) -> tuple[str, bytes]:
    """Return rows as Parquet, numbers as numbers now and then."""
    import pyarrow
    from pyarrow import parquet as files

    head = [name or f"c{at}" for at, name in enumerate(dict.fromkeys(rows[0]))]
    columns: dict[str, list[object]] = {
        name: [row[at] if at < len(row) else None for row in rows[1:]]
        for at, name in enumerate(head)
    }
    if chance.random() < 0.5:
        columns["value"] = [chance.choice([1.5, None, float("nan"), 1e300]) for _ in rows[1:]]
    raw = io.BytesIO()
    files.write_table(pyarrow.table(columns), raw)
    return "parquet", raw.getvalue()


def markdown(chance: random.Random, rows: list[list[str]]) -> tuple[str, bytes]:
    """Return rows as a table of Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + chance.choice(["---|", ":-:|"]) * len(rows[0]))
    return "md", "\n".join(lines).encode("utf-8", "replace")


def html(chance: random.Random, rows: list[list[str]]) -> tuple[str, bytes]:
    """Return rows as a table of HTML."""
    spans = chance.choice(["", "", " colspan=2", " rowspan=3", " colspan=99999999"])
    cells = ["".join(f"<td{spans}>{cell}</td>" for cell in row) for row in rows]
    text = "<table>" + "".join(f"<tr>{line}</tr>" for line in cells) + "</table>"
    return "html", f"<html><body><p>x</p>{text}</body>".encode("utf-8", "replace")


FORMATS = [delimited, delimited, delimited, as_json, workbook, parquet, markdown, html]


def workspace_file(chance: random.Random, place: Path) -> list[list[str]]:
    """Spoil a file of a small workspace, or its settings or store, and return what reads it."""
    import shutil

    is_whole = chance.random() < 0.05
    root = Path(__file__).resolve().parents[1]
    for name in ("assumptions", "data"):
        shutil.copytree((root if is_whole else root / "tests/inputs/good") / name, place / name)
    files = sorted(path for path in place.rglob("*") if path.is_file())
    settings, store = place / "forecast.toml", place / ".forecast" / "store.sqlite"
    settings.write_text('draws = 256\nscenario = "base"\nbands = "10,50,90"\n', encoding="utf-8")
    path = chance.choice([*files, *files, settings, store])
    if path == store:
        from forecast.store import StoredRow, open_store

        row = StoredRow(
            "x", "2026-06-30", "2026-08-04", "Q", 1.0, None, "USD", "eq", "s", "", "primary", "",
            None, False, "capex", "m.csv", 2,
        )  # fmt: skip
        open_store(place).add_observations([row])
    content = path.read_bytes()
    for _ in range(chance.choice([1, 1, 3])):
        content = spoilt(chance, content)
    path.write_bytes(content)
    lists = [
        ["metrics"],
        ["scenarios"],
        ["forget", "--list"],
        ["doctor", "--settings"],
        ["history"],
    ]
    return [[*chance.choice(lists), "--workspace", "."]]


def command_line(chance: random.Random, place: Path) -> list[list[str]]:
    """Return a command with arguments and options that may fit or not."""
    (place / "my.csv").write_text("series_id,date,value\na,2020,1\na,2021,2\na,2022,4\n")
    arguments = [chance.choice(COMMANDS)]
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        if chance.random() < 0.6:
            arguments.append(chance.choice(OPTIONS))
        if chance.random() < 0.7:
            arguments.append(argument(chance))
    return [arguments]


def argument(chance: random.Random) -> str:
    """Return a word that a command line can hold: anything but NUL, bytes that are no text too."""
    word = chance.choice(
        [*WORDS, *WORDS, *NASTY, "\udce9t\udce9", "x" * 300, "/dev/zero", "/dev/null"]
    )
    return word.replace("\0", "")
