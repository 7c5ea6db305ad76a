"""What a person sees: golden screens at 80 and 140 columns, and what must hold for any content.

`UPDATE_GOLDEN=1` rewrites the golden files; the diff is then the review.
"""

import io
import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from analytics import terminal
from analytics.records import Column, LoadResult, Rejection, Report, Totals, UsageSummary
from analytics.terminal import forms, tables

GOLDEN = Path(__file__).parent / "golden"
STYLES = re.compile(r"\x1b\[[0-9;]*m")
HOSTILE = "[red]x[/red]\x1b[2J\r\n\u202e"

COLUMNS = (
    Column("account", "text", "Account"),
    Column("cost_usd", "money", "Cost"),
    Column("charge_usd", "money", "Charge"),
    Column("input_tokens", "count", "Input tokens"),
    Column("output_tokens", "count", "Output tokens"),
    Column("records", "count", "Records"),
)
ACCOUNTS = Report(
    "accounts",
    "Cost by account",
    "2026-10",
    COLUMNS,
    [
        ("northwind", Decimal("1200.5"), Decimal("1440.6"), 20_000_000, 3_000_000, 12_000),
        ("blue-heron-labs " + HOSTILE, Decimal("300.25"), Decimal("360.3"), 9_000_000, 900_000, 3),
        ("株式会社サンプル商事 (formerly Example Trading)", None, None, 5, 4, 1),
        ("quillmate", Decimal("0.000425"), Decimal("0.00051"), 1_000, 150, 1),
    ],
    "cost_usd",
)
DAYS = Report(
    "days",
    "Cost by day",
    "2026-10",
    (
        Column("day", "day", "Day"),
        *COLUMNS[1:],
        Column("margin_usd", "money", "Margin"),
    ),
    [
        (
            date(2026, 10, day),
            Decimal(day * 7919 % 1000) + Decimal("0.5"),
            Decimal(day * 7919 % 1000) * Decimal("1.2"),
            day * 1_000_000,
            day * 40_000,
            day * 100,
            Decimal(-day),
        )
        for day in range(1, 11)
    ],
    "cost_usd",
)
LOAD = LoadResult(
    load_id=1234,
    files=1,
    rows=50_000,
    appended=49_000,
    duplicates=900,
    rejected=100,
    rejected_by_code={"bad_json": 40, "negative_count": 60},
    unpriced=12,
    accounts_created=25,
    seconds=1.85,
    first_rejections=[
        Rejection("logs/usage.jsonl", 731 * n, "bad_json", "the line ends within a string", '{"id')
        for n in range(1, 8)
    ],
)
UNCLAIMED_LOAD = LoadResult(*(7, 1, 9, 9, 0, 0, {}, 0, 0, 0.0), sources={"litellm": 9}, unclaimed=8)
CLEAN_LOAD = LoadResult(None, 1, 1, 1, 1, 0, {}, 0, 0, 0.0)


def totals(cost: str, charge: str, tokens: int, count: int, unpriced: int = 0) -> Totals:
    return Totals(Decimal(cost), Decimal(charge), tokens, tokens // 7, 0, count, unpriced)


def summary(by_model: Mapping[str, Totals], unpriced: int, audio: int = 0) -> UsageSummary:
    return UsageSummary(
        date(2026, 10, 1),
        date(2026, 10, 31),
        Decimal("3512.334"),
        Decimal("4214.801"),
        61_234_567,
        9_876_543,
        audio,
        50_000,
        unpriced,
        {
            "customer": totals("3300.12", "4214.801", 58_234_567, 46_000),
            "system": totals("212.214", "0", 3_000_000, 4_000, unpriced),
        },
        by_model,
    )


MODELS = {
    "gpt-4o-mini": totals("120.11", "144.1", 19_000_000, 15_000),
    "gpt-4o": totals("1200.5", "1440.6", 20_000_000, 12_000),
    "claude-opus-4-5-20251101": totals("990.25", "1188.3", 9_000_000, 3_000),
    "text-embedding-3-small": totals("0.000425", "0.00051", 21_250, 14),
    "house-llm-7b": totals("0", "0", 5_000, 12, 12),
}

SCREENS: dict[str, Callable[[], None]] = {
    "summary": lambda: terminal.print_summary(summary(MODELS, 12, 440_000_000)),
    "summary_priced": lambda: terminal.print_summary(summary({"gpt-4o": MODELS["gpt-4o"]}, 0)),
    "report_accounts": lambda: terminal.print_report(ACCOUNTS),
    "report_days": lambda: terminal.print_report(DAYS),
    "load": lambda: terminal.print_load(LOAD),
    "unclaimed": lambda: terminal.print_load(UNCLAIMED_LOAD),
    "records": lambda: terminal.print_records(
        ["Account", "Name", "Created", "Mark-up", "Calls", Column("load_id", "text", "Load")],
        [
            (
                "acc_1",
                "North [b]wind[/b]",
                datetime(2026, 10, 1, tzinfo=UTC),
                Decimal(20),
                1234,
                1234,
            ),
            ("acc_2", None, datetime(2026, 10, 2, tzinfo=UTC), None, 7, 12),
        ],
        "Accounts",
    ),
    "fields": lambda: terminal.print_fields(
        "Price",
        {
            "model": "gpt-4o",
            "rates": {"input_tokens": Decimal("0.0000025"), "output_tokens": Decimal("0.00001")},
            "variants": ("processing=batch", "service_tier=flex"),
            "free": False,
            "known_to": None,
            "context_window": 128_000,
            "about": "A text that is longer than a line. " * 4,
            "address": "Main Street 1\r\n10115 Berlin",
        },
    ),
}


def as_terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Make rich take the captured stream for a terminal of this width."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.fixture(autouse=True)
def pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The captured stream is a pipe, whatever the tests themselves run in."""
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def compare(name: str, text: str) -> None:
    path = GOLDEN / f"terminal_{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 140])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(
    screen: str, width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_terminal(monkeypatch, width)
    SCREENS[screen]()
    text = STYLES.sub("", capsys.readouterr().out)
    assert all(tables.length(line) <= width for line in text.splitlines())
    compare(f"{screen}_{width}", text)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_pipe_gets_plain_lines_of_any_length(
    screen: str, capsys: pytest.CaptureFixture[str]
) -> None:
    SCREENS[screen]()
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert not set(text) & set("─█▌—…")
    assert not re.search(" $", text, re.MULTILINE)
    compare(f"{screen}_pipe", text)


def test_a_pipe_heeds_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    terminal.print_report(ACCOUNTS)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(tables.length, lines)) <= 70
    assert any("..." in line for line in lines)


def test_no_color_is_heeded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_terminal(monkeypatch, 140)
    terminal.print_report(ACCOUNTS)
    assert "\x1b[36m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    terminal.print_report(ACCOUNTS)
    # Bold and dim are no colours.
    assert set(re.findall(r"\x1b\[([0-9;]+)m", capsys.readouterr().out)) <= {"0", "1", "2"}


def test_too_narrow_for_the_numbers_makes_blocks(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_terminal(monkeypatch, 30)
    terminal.print_report(ACCOUNTS)
    lines = STYLES.sub("", capsys.readouterr().out).splitlines()
    assert "Input tokens   20,000,000" in lines
    assert "Charge         —" in lines


def test_the_sparkline_stands_in_for_bars_that_have_no_room(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_terminal(monkeypatch, 72)
    terminal.print_report(DAYS)
    text = capsys.readouterr().out
    assert terminal.sparkline([row[1] for row in DAYS.rows]) in text


def test_empty_results_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_report(Report("r", "Nobody", "2026-10", COLUMNS, []))
    empty = UsageSummary(None, None, Decimal(0), Decimal(0), 0, 0, 0, 0, 0, {}, {})
    terminal.print_summary(empty)
    terminal.print_records(["Account"], [], "Accounts")
    assert capsys.readouterr().out == (
        "Nobody  2026-10\n\nNo usage in this period.\n"
        "Usage summary  the beginning to now\n\nNo usage in this period.\n"
        "Accounts  none\n\n"
    )


def test_a_bar_column_without_a_value_above_zero(capsys: pytest.CaptureFixture[str]) -> None:
    columns = (Column("a", "text", "A"), Column("cost", "money", "Cost"))
    rows = [("x", Decimal(0)), ("y", None), ("z", Decimal(-2))]
    terminal.print_report(Report("r", "R", "", columns, rows, "cost"))
    body = capsys.readouterr().out.splitlines()[4:]
    assert [line.split() for line in body] == [["x", "$0.00"], ["y", "-"], ["z", "-$2.00"]]


def test_a_load_of_one_row_that_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_load(CLEAN_LOAD)
    line, hint = capsys.readouterr().out.splitlines()
    assert line == "1 row: 1 appended, 1 duplicate, 0 rejected, 0 unpriced in 0.0 s"
    assert hint == "Nothing was written."


def test_one_unpriced_record_is_warned_of_in_the_singular(
    capsys: pytest.CaptureFixture[str],
) -> None:
    terminal.print_summary(summary(MODELS, 1))
    text = capsys.readouterr().out
    assert "! 1 record has no price" in text
    assert "tokenbook prices missing" in text


def test_messages_wrap_and_errors_go_to_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.print_message("one\n\nthree " + HOSTILE[:13])
    terminal.print_error("there is [no] book\nhere")
    assert capsys.readouterr() == (
        "one\n\nthree [red]x[/red]\x1b".replace("\x1b", "\ufffd") + "\n",
        "Error: there is [no] book\nhere\n",
    )
    as_terminal(monkeypatch, 40)
    terminal.print_error("word " * 20)
    out, err = capsys.readouterr()
    assert not out
    assert re.match(r"\x1b\[[0-9;]*31m", err)
    assert max(map(len, STYLES.sub("", err).splitlines())) <= 40


def test_text_is_neither_markup_nor_a_way_to_move_the_cursor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    as_terminal(monkeypatch, 140)
    terminal.print_records([HOSTILE], [(HOSTILE,)], HOSTILE)
    terminal.print_fields(HOSTILE, {HOSTILE: {HOSTILE: HOSTILE}})
    terminal.print_report(
        Report("r", HOSTILE, HOSTILE, [Column("a", "text", HOSTILE)], [(HOSTILE,)])
    )
    text = STYLES.sub("", capsys.readouterr().out)
    assert text.count("[red]x[/red]\ufffd[2J\ufffd\ufffd\ufffd") == 11
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_an_output_that_is_not_unicode_gets_question_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    as_terminal(monkeypatch, 80)
    terminal.print_records(["Name"], [("Zoë",), (None,)], "Accounts")
    sys.stdout.flush()
    assert STYLES.sub("", raw.getvalue().decode("ascii")).split()[-3:] == ["----", "Zo?", "-"]


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("1234.555", "$1,234.56"),
        ("-1234567.8", "-$1,234,567.80"),
        ("0.5", "$0.5000"),
        ("0.000425", "$0.0004250"),
        ("0.00012345", "$0.0001235"),
        ("-0.0425", "-$0.04250"),
        ("0.99999", "$1.00"),
        ("0.000000000000000001", "$0.000000000000000001000"),
    ],
)
def test_money(amount: str, text: str) -> None:
    assert forms.money(Decimal(amount)) == text


@given(st.decimals(Decimal("-0.99"), Decimal("0.99"), places=18))
def test_small_money_keeps_four_digits(amount: Decimal) -> None:
    shown = Decimal(forms.money(amount).replace("$", ""))
    assert abs(shown - amount) <= abs(amount) * Decimal("0.0005")


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1234, "", "1,234"),
        (1234, "text", "1234"),
        (1234, "money", "$1,234.00"),
        (Decimal("1234.50"), "", "1234.5"),
        (Decimal(1234), "count", "1,234"),
        (True, "", "yes"),
        (date(2026, 10, 1), "day", "2026-10-01"),
        (datetime(2026, 10, 1, 12, 0, 0, 250_000, tzinfo=UTC), "time", "2026-10-01 12:00:00Z"),
        ({"a": 1, "b": None}, "", "a 1, b None"),
        (["x", 2000], "", "x, 2,000"),
    ],
)
def test_values(value: object, kind: str, text: str) -> None:
    assert forms.value(value, kind) == text


@pytest.mark.parametrize(
    ("rows", "seconds", "text"),
    [
        (50_000, 1.85, "27,000 rows/s"),
        (3, 7.0, "1 rows/s"),
        (0, 1.0, ""),
        (5, 0.0, ""),
    ],
)
def test_rate(rows: int, seconds: float, text: str) -> None:
    assert forms.rate(rows, seconds) == text


def test_duration() -> None:
    assert forms.duration(440_000_000) == "122 h 13 min"
    assert forms.duration(307_999) == "5 min 07 s"


@pytest.mark.parametrize(
    ("fraction", "width", "text"),
    [
        (0, 8, ""),
        (1, 4, "████"),
        (2.5, 4, "████"),
        (0.5, 3, "█▌"),
        (Decimal("0.0001"), 10, "▏"),
        (-1, 4, ""),
        (1, 0, ""),
        (float("nan"), 4, ""),
    ],
)
def test_bar(fraction: float | Decimal, width: int, text: str) -> None:
    assert terminal.bar(fraction, width) == text


def eighths(text: str) -> int:
    return sum(8 - "█▉▊▋▌▍▎▏".index(block) for block in text)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 200))
def test_bars_are_in_proportion(one: float, other: float, width: int) -> None:
    low, high = sorted((one, other))
    assert eighths(terminal.bar(low, width)) <= eighths(terminal.bar(high, width)) <= width * 8
    if width and high:
        assert abs(eighths(terminal.bar(high, width)) - high * width * 8) <= 1


def test_sparkline() -> None:
    assert terminal.sparkline([]) == ""
    assert terminal.sparkline([0, 0]) == "▁▁"
    assert terminal.sparkline([-1, 0, Decimal("3.5"), 7]) == "▁▁▅█"


@given(st.lists(st.decimals(-1000, 1000, places=4) | st.integers(-1000, 1000)))
def test_sparklines_keep_length_and_order(values: list[Decimal | int]) -> None:
    line = terminal.sparkline(values)
    assert len(line) == len(values)
    ranked = [mark for _, mark in sorted(zip(values, line, strict=True))]
    assert ranked == sorted(ranked)
    assert "█" in line or max(values, default=0) <= 0


@given(st.text())
def test_safe_text_is_one_line_that_can_be_written(text: str) -> None:
    safe = forms.safe(text)
    assert len(safe) == len(text)
    assert len(safe.splitlines()) <= 1
    assert "\x1b" not in safe
    safe.encode()


@given(
    width=st.integers(20, 200),
    rows=st.lists(
        st.tuples(
            st.text(max_size=60),
            st.none() | st.decimals(-(10**12), 10**12, places=6),
            st.none() | st.integers(0, 10**15),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_no_number_is_ever_cut(
    width: int, rows: list[tuple[str, Decimal | None, int | None]]
) -> None:
    file = io.StringIO()
    out = Console(file=file, width=width, markup=False, force_terminal=False)
    columns = [
        Column("name", "text", "Account"),
        Column("cost", "money", "Cost in all"),
        Column("tokens", "count", "Tokens"),
    ]
    tables.print_table(out, columns, rows, "cost")
    words = file.getvalue().split()
    for _, cost, tokens in rows:
        assert cost is None or forms.money(cost) in words
        assert tokens is None or f"{tokens:,}" in words


def test_progress_is_silent_where_no_terminal_looks_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with terminal.progress("Loading", 1000) as advance:
        advance(0.5, 10)
    assert capsys.readouterr() == ("", "")


class Screen:
    """A pseudo terminal that stands for stderr."""

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        self.stderr: TextIO = os.fdopen(slave, "w")

    def written(self) -> str:
        """What was written since the last look."""
        self.stderr.flush()
        parts = []
        # A pseudo terminal hands out a few kilobytes at a time, and not at once.
        while select.select([self._master], [], [], 0.2)[0]:
            parts.append(os.read(self._master, 65_536))
        return b"".join(parts).decode()

    def close(self) -> None:
        self.stderr.close()
        os.close(self._master)


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
@pytest.mark.parametrize(("width", "total_bytes"), [(80, None), (140, 57_600_000)])
def test_progress_draws_at_most_ten_times_a_second_and_erases_itself(
    width: int, total_bytes: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = Screen()
    as_terminal(monkeypatch, width)
    monkeypatch.setattr(sys, "stderr", screen.stderr)
    started = time.monotonic()
    with terminal.progress("Loading [b]x[/b]", total_bytes) as advance:
        while time.monotonic() - started < 0.5:
            advance(0.5, 25_000)
            time.sleep(0.001)
    written = screen.written()
    frames = written.count("Loading [b]x[/b]")
    # The first and the last frame are drawn beside the clock.
    assert 2 <= frames <= 10 * (time.monotonic() - started) + 3
    assert "25,000 rows" in STYLES.sub("", written)
    assert ("28.8/57.6 MB" in STYLES.sub("", written)) == (total_bytes is not None)
    assert written.endswith("\x1b[2K")
    screen.close()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
def test_what_is_quick_draws_nothing_and_what_is_not_does(monkeypatch: pytest.MonkeyPatch) -> None:
    as_terminal(monkeypatch, 80)
    for patience in (60, 0):
        screen = Screen()
        monkeypatch.setattr(sys, "stderr", screen.stderr)
        monkeypatch.setattr(terminal, "PATIENCE", patience)
        with terminal.waiting("Checking", "check") as advance:
            advance(0.5, 12, "rollup")
        assert ("50 % rollup, 12 checks" in STYLES.sub("", screen.written())) == (not patience)
        screen.close()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a pseudo terminal")
@pytest.mark.parametrize("width", [80, 140])
def test_a_share_that_nobody_knows_is_not_drawn_as_nothing_done(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bar pulses beside what is being done; what it says fits on the line."""
    screen = Screen()
    as_terminal(monkeypatch, width)
    monkeypatch.setattr(sys, "stderr", screen.stderr)
    with terminal.progress("Closing 2026-10", None, "record") as advance:
        advance(None, 1_400_000, "sorting and writing")
    pulsing = STYLES.sub("", screen.written())
    with terminal.progress("Closing 2026-10", None, "record") as advance:
        advance(None, 0, "adding up totals")
        advance(0.85, 12_345_678, "comparing")
    known = STYLES.sub("", screen.written())
    assert "sorting and writing, 1,400,000 records" in pulsing
    assert "%" not in pulsing
    assert " 85 % comparing, 12,345,678 records" in known
    frames = [line for line in re.split(r"[\r\n]|\x1b\[\w*", pulsing + known) if line]
    assert max(map(tables.length, frames)) <= width
    assert not [line for line in frames if "…" in line]
    screen.close()


def test_importing_it_does_not_import_rich() -> None:
    code = "import sys, analytics.terminal; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
