"""Tables. Their widths are decided here: rich shrinks every column alike, even a number.

What gives way when a table is too wide is, in this order: the space between columns, titles (they
wrap), the bar, text (it is ellipsised). What still does not fit is written as one block a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from analytics.terminal import forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from analytics.records import Column

_GAP = 2
_WIDE_GAP = 4

_BAR_MIN = 6
_BAR_MAX = 40
"""A longer bar says no more, and the eye loses the row."""

_PLACES_MAX = 4
"""Decimal places up to which amounts are aligned."""

_TEXT_MIN = 12
"""What is left of a text that had to be cut, at the least."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What is drawn around the data."""

    nothing: str
    ellipsis: str
    rule: str
    block: str | None
    """What a bar is made of; None is eighth blocks."""


_UNICODE = Marks("—", "…", "─", None)
_ASCII = Marks("-", "...", "-", "#")


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A column as text, before it is given a width."""

    title: str
    cells: Sequence[str]
    is_text: bool
    is_right: bool

    def width(self, title_width: int) -> int:
        return max([title_width, *map(length, self.cells)])


@dataclass(frozen=True, slots=True)
class _Layout:
    widths: Sequence[int]
    gap: int
    bar: int
    """0: there is no room for one."""


def print_table(
    out: Console,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Any]],
    bar_column: str | None = None,
    *,
    whole: bool = False,
) -> None:
    """Print rows under titles, with a bar for each value of `bar_column` where there is room.

    Where there is no room for all columns, or for all of each text that must be `whole`, a row is
    a block of lines.
    """
    drawn = [_draw(out, column, [row[i] for row in rows]) for i, column in enumerate(columns)]
    barred = next((i for i, column in enumerate(columns) if column.name == bar_column), None)
    values = [] if barred is None else [row[barred] or 0 for row in rows]
    layout = _layout(drawn, out.width, has_bar=bool(values))
    if layout is None or (whole and _is_cut(drawn, layout)):
        _print_blocks(out, drawn)
        return
    if values and not layout.bar and columns[0].kind == "day" and not marks(out).block:
        # A month that has no room for bars still shows its shape.
        print_line(out, forms.sparkline(values), "cyan")
        out.line()
    for line in _header(drawn, layout):
        _print_row(out, drawn, layout, line, style="bold")
    _print_row(out, drawn, layout, [marks(out).rule * w for w in layout.widths], style="dim")
    bars = _bars(values, layout.bar, marks(out).block) or [""] * len(rows)
    for i, bar in enumerate(bars):
        _print_row(out, drawn, layout, [column.cells[i] for column in drawn], bar=bar)


def _is_cut(drawn: Sequence[_Drawn], layout: _Layout) -> bool:
    return any(
        length(cell) > width
        for column, width in zip(drawn, layout.widths, strict=True)
        for cell in column.cells
    )


def print_fields(out: Console, fields: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Print a label and its lines for each field, the labels as wide as the widest."""
    from rich.text import Text

    width = max((length(name) for name, _ in fields), default=0) + _GAP
    for name, entries in fields:
        lines = [line for entry in entries for line in wrap(entry, out.width - width)]
        for number, line in enumerate(lines):
            label = pad("" if number else name, width)
            out.print(Text.assemble((label, "dim"), line), soft_wrap=True)


def print_line(out: Console, text: str, style: str = "", indent: int = 0) -> None:
    """Print text, wrapped at the width; an end of line stays one."""
    from rich.text import Text

    for line in text.split("\n"):
        for part in wrap(forms.safe(line, out.encoding), out.width - indent):
            out.print(Text(" " * indent + part, style), soft_wrap=True)


def marks(out: Console) -> Marks:
    """Block characters for a terminal that can show them, ASCII for pipes and files."""
    is_unicode = out.is_terminal and out.encoding.lower().startswith("utf")
    return _UNICODE if is_unicode else _ASCII


def length(text: str) -> int:
    """The columns that a text takes in a terminal."""
    from rich.cells import cell_len

    return cell_len(text)


def pad(text: str, width: int, *, is_right: bool = False) -> str:
    """Fill up to the width, in columns of a terminal."""
    space = " " * (width - length(text))
    return space + text if is_right else text + space


def wrap(text: str, width: int) -> list[str]:
    """Lines of up to the width; a longer word, be it a number or a path, is left in one piece."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and length(lines[-1]) + 1 + length(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [line.rstrip() for line in lines]


def _draw(out: Console, column: Column, values: Sequence[Any]) -> _Drawn:
    nothing, kind = marks(out).nothing, column.kind
    given = [value for value in values if value is not None]
    is_number = all(isinstance(v, int | Decimal) and not isinstance(v, bool) for v in given)
    is_time = all(isinstance(value, date) for value in given)
    cells = [
        nothing if v is None else forms.safe(forms.value(v, kind), out.encoding) for v in values
    ]
    return _Drawn(
        title=forms.safe(column.title, out.encoding),
        cells=_aligned(cells) if kind == "money" else cells,
        is_text=kind == "text" or not (kind or is_number or is_time),
        is_right=kind in ("count", "money") or (not kind and is_number),
    )


def _aligned(amounts: Sequence[str]) -> list[str]:
    """Amounts with their points below each other; what has none stays at the right edge.

    A tiny amount with its many places stands out: to align all others with it would cost the bar.
    """
    places = [len(amount.partition(".")[2]) for amount in amounts]
    most = min(max(places, default=0), _PLACES_MAX)
    return [a + " " * (most - n) if n else a for a, n in zip(amounts, places, strict=True)]


def _layout(drawn: Sequence[_Drawn], room: int, *, has_bar: bool) -> _Layout | None:
    """The first layout that fits, from the most generous to the tightest; None if none does."""
    full = [column.width(length(column.title)) for column in drawn]
    wrapped = [column.width(max(map(length, column.title.split()), default=0)) for column in drawn]
    gaps = len(drawn) - 1
    shrunk = _shrunk(drawn, wrapped, room - _GAP * gaps)
    barred = [(full, _WIDE_GAP, 24), (full, _GAP, _BAR_MIN), (wrapped, _GAP, _BAR_MIN)]
    plain = [(full, _GAP, 0), (wrapped, _GAP, 0), (shrunk, _GAP, 0)]
    for widths, gap, least in [*barred, *plain] if has_bar else [(full, _WIDE_GAP, 0), *plain]:
        free = room - sum(widths) - gap * gaps
        bar = min(free - gap, _BAR_MAX) if least else 0
        if free >= 0 and bar >= least:
            return _Layout(widths, gap, bar)
    return None


def _shrunk(drawn: Sequence[_Drawn], widths: Sequence[int], room: int) -> list[int]:
    """Take from the widest text until all fit; numbers and short texts keep their width."""
    shrunk = [min(w, room) if c.is_text else w for c, w in zip(drawn, widths, strict=True)]
    while sum(shrunk) > room:
        texts = [i for i, c in enumerate(drawn) if c.is_text and shrunk[i] > _TEXT_MIN]
        if not texts:
            break
        shrunk[max(texts, key=shrunk.__getitem__)] -= 1
    return shrunk


def _bars(values: Sequence[Decimal | int], width: int, block: str | None) -> list[str]:
    top = Decimal(max(values, default=0))
    bars = [forms.bar(value / top if top > 0 else 0, width) for value in values]
    return [block * len(bar) for bar in bars] if block else bars


def _header(drawn: Sequence[_Drawn], layout: _Layout) -> Iterator[Sequence[str]]:
    titles = [wrap(c.title, w) for c, w in zip(drawn, layout.widths, strict=True)]
    height = max(map(len, titles))
    return zip(*([""] * (height - len(lines)) + lines for lines in titles), strict=True)


def _print_row(
    out: Console,
    drawn: Sequence[_Drawn],
    layout: _Layout,
    cells: Sequence[str],
    *,
    bar: str = "",
    style: str = "",
) -> None:
    from rich.text import Text

    line = Text()
    for column, width, cell in zip(drawn, layout.widths, cells, strict=True):
        fitted = pad(_fit(cell, width, marks(out).ellipsis), width, is_right=column.is_right)
        line.append(fitted, "dim" if cell == marks(out).nothing else style)
        line.append(" " * layout.gap)
    line.append(bar, "cyan")
    line.rstrip()
    out.print(line, soft_wrap=True)


def _print_blocks(out: Console, drawn: Sequence[_Drawn]) -> None:
    for i in range(len(drawn[0].cells)):
        if i:
            out.line()
        print_fields(out, [(column.title, [column.cells[i].strip()]) for column in drawn])


def _fit(text: str, width: int, ellipsis: str) -> str:
    from rich.cells import set_cell_size

    if length(text) <= width:
        return text
    return set_cell_size(text, width - len(ellipsis)).rstrip() + ellipsis
