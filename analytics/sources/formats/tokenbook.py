"""Records of an export of a book's usage, in any of its forms, so that a book can be made again.

An account is found by its external id; where it has none, by its id. A cell that a spreadsheet
would run has a quote before it, which is taken away.
"""

import re
from collections.abc import Iterator
from typing import Any

from analytics.records import METER_NAMES
from analytics.rules.record import values_of_text
from analytics.sources.formats.lines import Line
from analytics.sources.formats.reading import Format, each
from analytics.sources.formats.rows import Row

_GUARDED = re.compile(r"'(?=[=+@\t\r-])")
_AS_THEY_ARE = (
    *("occurred_at", "context", "usage_type", "variant", "other_meters", "tags"),
    *METER_NAMES,
)


def _rows(line: Line) -> Iterator[Row]:
    row = line.row or {}
    said: Row = values_of_text({name: row.get(name) for name in _AS_THEY_ARE})
    for name in ("id", "external_id", "description"):
        said[name] = _bare(row.get(name))
    said["model"] = _bare(row.get("model_as_sent"))
    said["provider"] = row.get("provider_as_sent")
    if said["external_id"] is None:
        said["account_id"] = row.get("account_id")
    yield said


def _bare(cell: Any) -> Any:
    return _GUARDED.sub("", cell, count=1) if isinstance(cell, str) and cell[:1] == "'" else cell


FORMAT = Format(
    title="this program's own export of usage",
    example=(
        '{"id": "call-7", "occurred_at": "2026-10-05T12:00:00.000000Z", "context": "system", '
        '"provider": "openai", "model": "gpt-4o", "model_as_sent": "gpt-4o-2024-08-06", '
        '"provider_as_sent": null, "usage_type": "text", "variant": "", "input_tokens": 1500, '
        '"output_tokens": 500, "price_id": "price_1"}'
    ),
    read=each(_rows),
)
