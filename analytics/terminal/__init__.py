"""Everything a person sees in a terminal: reports, summaries, lists, messages and progress.

The only package that knows rich, and it imports rich inside the functions that draw: `--help` and
`--json` never pay for it.

A terminal gets colours, block characters and its own width. A pipe or file gets ASCII around the
data, no colour codes, and no limit on the width unless COLUMNS sets one: nothing is cut on its way
to grep. Text from the book is never read as markup, and a control character becomes U+FFFD: an
account's name cannot move the cursor.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from analytics.records import Column
from analytics.terminal import forms, tables
from analytics.terminal.forms import bar, sparkline

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.console import Console

    from analytics.records import DrainResult, LoadResult, Report, Totals, UsageSummary
    from analytics.terminal import running

__all__ = [
    "bar",
    "console",
    "print_command",
    "print_drained",
    "print_error",
    "print_fields",
    "print_load",
    "print_message",
    "print_records",
    "print_report",
    "print_summary",
    "print_warning",
    "progress",
    "sparkline",
]

_UNBOUNDED = 10_000
"""The width of a pipe, in characters."""

_WIDE = 110
"""From this width on a summary's breakdowns have tokens and the progress has bytes."""

PATIENCE = 1.0
"""The seconds after which people want to see that something goes on."""

_FIGURE_GAP = 4
_SHOWN_REJECTIONS = 5


def console(*, stderr: bool = False) -> Console:
    """A rich console for stdout or stderr; the module says what a pipe gets."""
    from rich.console import Console

    out = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not out.is_terminal and not os.environ.get("COLUMNS"):
        out.width = _UNBOUNDED
    return out


def print_report(report: Report) -> None:
    """Print a report: its table, with a bar for each row where it names a column for that."""
    out = console()
    _print_title(out, report.title, report.period)
    if report.rows:
        tables.print_table(out, report.columns, report.rows, report.bar_column)
    else:
        tables.print_line(out, "No usage in this period.", "dim")


def print_summary(summary: UsageSummary) -> None:
    """Print what a period cost: the headline figures, then by context and by model."""
    out = console()
    first, last = summary.start_date or "the beginning", summary.end_date or "now"
    _print_title(out, "Usage summary", f"{first} to {last}")
    if not summary.record_count:
        tables.print_line(out, "No usage in this period.", "dim")
        return
    _print_figures(out, _figures(summary))
    if summary.unpriced_count:
        out.line()
        tables.print_line(out, _unpriced_warning(summary.unpriced_count), "yellow")
    for title, totals in (("By context", summary.by_context), ("By model", summary.by_model)):
        out.line()
        _print_totals(out, title, totals)


def print_load(result: LoadResult) -> None:
    """Print what a load did, the first rejections and what to do next."""
    out = console()
    tables.print_line(out, _load_line(result))
    shown = result.first_rejections[:_SHOWN_REJECTIONS]
    for rejection in shown:
        place = f"{rejection.path}:{rejection.line}"
        tables.print_line(out, f"{place}  {rejection.code}  {rejection.message}", "yellow", 2)
    if shown and result.rejected > len(shown):
        tables.print_line(out, f"and {result.rejected - len(shown):,} more", "dim", 2)
    for reason, count in sorted(result.skipped_by_reason.items(), key=lambda e: (-e[1], e[0])):
        tables.print_line(out, f"skipped {count:,}: {reason}", "dim", 2)
    for hint in _load_hints(result):
        tables.print_line(out, hint, "dim")


def print_drained(result: DrainResult) -> None:
    """Print what moving segments of a spool into the book did, and the first rejections."""
    out = console()
    what = f"{forms.counted(result.segments, 'segment')}, {forms.counted(result.rows, 'row')}"
    parts = [
        f"{what}: {result.appended:,} appended",
        forms.counted(result.duplicates, "duplicate"),
        f"{result.rejected:,} rejected",
        f"{result.unpriced:,} unpriced",
    ]
    if result.adopted:
        parts.append(f"{result.adopted:,} of writers that had died")
    tables.print_line(out, f"{', '.join(parts)} in {result.seconds:.1f} s")
    for rejection in result.first_rejections[:_SHOWN_REJECTIONS]:
        place = f"{rejection.path}:{rejection.line}"
        tables.print_line(out, f"{place}  {rejection.code}  {rejection.message}", "yellow", 2)
    if result.rejected:
        loads = ", ".join(map(str, result.load_ids))
        hint = f"Segments with rejected rows are kept; 'tokenbook rejections retry {loads}' tries"
        tables.print_line(out, f"{hint} them again after a fix.", "dim")


def print_records(
    columns: Sequence[Column | str],
    rows: Sequence[Sequence[Any]],
    title: str,
    *,
    whole: bool = False,
) -> None:
    """Print rows under a title.

    Args:
        columns: a name alone leaves the form to each value's type. An id that is a number wants a
            `Column` of kind text: it has no thousands.
        rows: values in the order of the columns.
        title: what the rows are.
        whole: no text is cut; where it does not fit, a row is a block of lines.
    """
    out = console()
    _print_title(out, title, "" if rows else "none")
    if rows:
        named = [Column(c, "", c) if isinstance(c, str) else c for c in columns]
        tables.print_table(out, named, rows, whole=whole)


def print_fields(title: str, mapping: Mapping[str, Any]) -> None:
    """Print one object, a line a field; a mapping or list in it takes a line for each entry."""
    out = console()
    _print_title(out, title)
    fields = []
    for name, given in mapping.items():
        entries = [tables.marks(out).nothing] if given is None else forms.entries(given)
        fields.append((forms.safe(name), [forms.safe(entry, out.encoding) for entry in entries]))
    tables.print_fields(out, fields)


def print_message(text: str) -> None:
    """Print text to stdout, wrapped at the width."""
    tables.print_line(console(), text)


def print_command(text: str) -> None:
    """Print a command to paste: on one line, however long."""
    from rich.text import Text

    out = console()
    out.print(Text(f"  {forms.safe(text, out.encoding)}"), soft_wrap=True)


def print_error(text: str) -> None:
    """Print text to stderr behind ``Error:``, which is red on a terminal, wrapped at the width."""
    _print_to_stderr("Error:", "bold red", text)


def print_warning(text: str) -> None:
    """Print text to stderr behind ``Warning:``, yellow on a terminal, wrapped at the width."""
    _print_to_stderr("Warning:", "bold yellow", text)


def _print_to_stderr(head: str, style: str, text: str) -> None:
    from rich.text import Text

    out = console(stderr=True)
    lines = [forms.safe(line, out.encoding) for line in f"{head} {text}".split("\n")]
    wrapped = [part for line in lines for part in tables.wrap(line, out.width)]
    for number, line in enumerate(wrapped):
        styled = Text(line)
        styled.stylize(style, end=0 if number else len(head))
        out.print(styled, soft_wrap=True)


@contextmanager
def progress(
    description: str, total_bytes: int | None, noun: str = "row", *, after: float = 0
) -> Iterator[running.Advance]:
    """Draw a bar on stderr while the block runs, then erase it; silent where no terminal looks on.

    Args:
        description: what is going on.
        total_bytes: the size of the input, where it is known.
        noun: what is counted.
        after: the seconds before it is drawn at all.

    Yields:
        What is told how far it is; see `running.Advance`.
    """
    out = console(stderr=True)
    # FORCE_COLOR makes rich take a file for a terminal, which may colour it but not animate it.
    if not sys.stderr.isatty() or out.is_dumb_terminal:
        yield lambda _fraction, _count, _doing="": None
        return
    from analytics.terminal.running import bar_of

    shows_bytes = bool(total_bytes) and out.width >= _WIDE
    bar = bar_of(out, description, total_bytes or 1, noun, shows_bytes=shows_bytes, after=after)
    with bar as advance:
        yield advance


@contextmanager
def waiting(description: str, noun: str = "row") -> Iterator[running.Advance]:
    """The same for what is mostly quick: drawn if the block takes more than a second."""
    with progress(description, None, noun, after=PATIENCE) as advance:
        yield advance


def _print_title(out: Console, title: str, aside: str = "") -> None:
    from rich.text import Text

    text = Text(forms.safe(title, out.encoding), "bold")
    text.append(f"  {forms.safe(aside, out.encoding)}" if aside else "", "not bold dim")
    out.print(text)
    out.line()


def _load_line(result: LoadResult) -> str:
    codes = ", ".join(f"{code} {count:,}" for code, count in result.rejected_by_code.items())
    parts = [
        f"{result.appended:,} appended",
        forms.counted(result.duplicates, "duplicate"),
        f"{result.rejected:,} rejected" + (f" ({codes})" if codes else ""),
        f"{result.unpriced:,} unpriced",
    ]
    if result.skipped:
        parts.insert(3, f"{result.skipped:,} skipped")
    if result.accounts_created:
        parts.append(f"{forms.counted(result.accounts_created, 'account')} created")
    rate = forms.rate(result.rows, result.seconds)
    took = f"in {result.seconds:.1f} s" + (f" ({rate})" if rate else "")
    return f"{forms.counted(result.rows, 'row')}: {', '.join(parts)} {took}"


def _load_hints(result: LoadResult) -> Iterator[str]:
    if result.load_id is None:
        yield "Nothing was written."
    if result.rejected:
        yield (
            "Correct the rejected rows and load the file again: what is recorded already counts"
            " as a duplicate."
        )
    if result.unclaimed:
        verb = "has" if result.unclaimed == 1 else "have"
        yield (
            f"{forms.counted(result.unclaimed, 'record')} {verb} no customer and became system"
            " usage, which nobody is billed for. If the log names customers, take the load back and"
            f" load it with --account-from PATH{_paths(result.sources)}."
        )
    if result.unpriced:
        yield "'tokenbook prices missing' lists the models without a price and what helps."
    if result.load_id is not None and result.appended:
        yield f"'tokenbook loads undo {result.load_id}' takes this load back."


def _paths(sources: Iterable[str]) -> str:
    """An example of where logs of these sources often name the customer."""
    from analytics.sources.registry import SOURCES

    found = [path for name in sources for path in SOURCES[name].accounts]
    return f", such as {found[0]}" if found else ""


def _unpriced_warning(count: int) -> str:
    verb = "has" if count == 1 else "have"
    return (
        f"! {forms.counted(count, 'record')} {verb} no price and no part in these sums:"
        " 'tokenbook prices missing' lists the models and what helps."
    )


def _figures(summary: UsageSummary) -> list[tuple[str, str, str]]:
    """Label, figure and note of each headline figure."""
    charge, margin = summary.total_charge_usd, summary.total_charge_usd - summary.total_cost_usd
    figures = [
        ("Cost", forms.money(summary.total_cost_usd), ""),
        ("Charge", forms.money(charge), ""),
        ("Margin", forms.money(margin), f"{margin * 100 / charge:.1f} %" if charge else ""),
        ("Records", f"{summary.record_count:,}", ""),
        ("Input tokens", f"{summary.total_input_tokens:,}", ""),
        ("Output tokens", f"{summary.total_output_tokens:,}", ""),
    ]
    if summary.total_audio_milliseconds:
        figures.append(("Audio", forms.duration(summary.total_audio_milliseconds), ""))
    return figures


def _print_figures(out: Console, figures: Sequence[tuple[str, str, str]]) -> None:
    """Label above figure above note, side by side, in as few bands as the width allows."""
    from rich.text import Text

    for per_band in (len(figures), 4, 3, 2, 1):
        bands = [figures[i : i + per_band] for i in range(0, len(figures), per_band)]
        widths = [max(map(_figure_width, figures[i::per_band])) for i in range(per_band)]
        if sum(widths) <= out.width + _FIGURE_GAP:
            break
    for number, band in enumerate(bands):
        if number:
            out.line()
        for part, style in enumerate(("dim", "bold", "dim")):
            padded = [tables.pad(f[part], w) for f, w in zip(band, widths, strict=False)]
            if text := "".join(padded).rstrip():
                out.print(Text(text, style), soft_wrap=True)


def _figure_width(figure: tuple[str, str, str]) -> int:
    return max(map(len, figure)) + _FIGURE_GAP


def _print_totals(out: Console, title: str, by_name: Mapping[str, Totals]) -> None:
    names = sorted(by_name, key=lambda name: (-by_name[name].cost_usd, name))
    fields = [
        Column("cost_usd", "money", "Cost"),
        Column("charge_usd", "money", "Charge"),
        Column("input_tokens", "count", "Input tokens"),
        Column("output_tokens", "count", "Output tokens"),
        Column("count", "count", "Records"),
        Column("unpriced_count", "count", "Unpriced"),
    ]
    if out.width < _WIDE:
        # The bar says more than the tokens do, whose totals stand above.
        fields = [field for field in fields if not field.name.endswith("_tokens")]
    if not any(by_name[name].unpriced_count for name in names):
        fields.pop()
    rows = [[name, *(_total(by_name[name], field) for field in fields)] for name in names]
    tables.print_table(out, [Column("name", "text", title), *fields], rows, "cost_usd")


def _total(totals: Totals, field: Column) -> Any:
    """A sum; None for the money of records that all lack a price, for unknown is not zero."""
    is_unknown = field.kind == "money" and totals.unpriced_count == totals.count
    return None if is_unknown else getattr(totals, field.name)
