"""The bar that a person sees while something runs. Imported only where a terminal looks on.

A share that nobody can know is not drawn as 0 %: the bar pulses then, beside what is being done and
the time that it has taken.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from analytics.terminal import forms


class Advance(Protocol):
    """Is told how far something is. It is cheap: the bar is drawn at most ten times a second."""

    def __call__(self, fraction: float | None, count: int, doing: str = "", /) -> None:
        """Tells it.

        Args:
            fraction: the share done since the start, 0 to 1; None while nobody can know it.
            count: how many rows, records or files so far, or in all.
            doing: what is being done, if that has a name.
        """


class _Time(TimeRemainingColumn):
    """How long it will take, or, where the share is not known, how long it has taken."""

    def render(self, task: Task) -> Text:
        if task.total is not None:
            return super().render(task)
        minutes, seconds = divmod(int(task.elapsed or 0), 60)
        return Text(f"{minutes:02}:{seconds:02}", style="progress.elapsed")


@contextmanager
def bar_of(
    out: Console, description: str, total: int, noun: str, *, shows_bytes: bool, after: float
) -> Iterator[Advance]:
    """Draws the bar while the block runs, then erases it.

    Args:
        out: the terminal.
        description: what is going on.
        total: the size of the input, or 1.
        noun: what is counted; of rows there is a rate as well.
        shows_bytes: whether there is room, and a size, to show both.
        after: the seconds before it is drawn at all.
    """
    started = time.monotonic()
    display = Progress(
        *_columns(shows_bytes=shows_bytes),
        console=out,
        transient=True,
        refresh_per_second=10,
        # Rows may be going to stdout meanwhile; rich would print them on stderr.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with _drawn(display, after):
        name = forms.safe(description, out.encoding)
        task = display.add_task(name, total=None, share="", said="", rate="")

        def advance(fraction: float | None, count: int, doing: str = "", /) -> None:
            known = min(max(fraction or 0.0, 0.0), 1.0)
            rate = forms.rate(count, time.monotonic() - started) if noun == "row" else ""
            # `update` takes no total for one that stays as it was.
            display.tasks[0].total = None if fraction is None else total
            display.update(
                task,
                completed=known * total,
                share="" if fraction is None else f"{known * 100:>3.0f} %",
                said=", ".join(filter(None, (doing, forms.counted(count, noun) if count else ""))),
                rate=rate,
            )

        yield advance


@contextmanager
def _drawn(display: Progress, after: float) -> Iterator[None]:
    """Draws it from so many seconds on; what is over before never flickers."""
    timer = threading.Timer(after, display.start)
    timer.daemon = True
    if after:
        timer.start()
    else:
        display.start()
    try:
        yield
    finally:
        timer.cancel()
        if after:
            timer.join()
        display.stop()


def _columns(*, shows_bytes: bool) -> Iterable[ProgressColumn]:
    yield TextColumn("{task.description}", markup=False)
    yield BarColumn(bar_width=40 if shows_bytes else 16)
    yield TextColumn("{task.fields[share]}", markup=False)
    if shows_bytes:
        yield DownloadColumn()
    yield TextColumn("{task.fields[said]}", markup=False)
    yield TextColumn("{task.fields[rate]}", style="dim", markup=False)
    yield _Time(compact=True)
