"""Expands the templates of `queries/`: SQL that says the same of each meter says it once.

A query with a loop or a macro is a Jinja template over the list of meters
(`analytics.records.meters`) and the macros of `queries/macros.jinja`. What runs is the expanded
text. It is kept as Python keeps bytecode, under `queries/__pycache__`, by a hash of all that it is
made of, so a command that finds it there imports no template engine. A wheel carries expanded text
in place of the templates.
"""

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.records.meters import METER_NAMES, METERS, PART_RULES
from analytics.records.refusals import MESSAGES
from analytics.records.usage import USAGE_TYPES

if TYPE_CHECKING:
    from jinja2 import Environment

MACROS = "macros.jinja"

_QUANTITIES = (*METER_NAMES, *(meter.billed for meter in METERS if meter.billed != meter.name))
_LISTS: dict[str, Any] = {
    "meters": METERS,
    "counted": _QUANTITIES,
    "cell": (
        *("local_day", "context", "account_id", "usage_type"),
        *("provider", "model", "variant", "price_id"),
    ),
    "usage": (
        *("record_id", "load_id", "occurred_at", "recorded_at", "local_day", "context"),
        *("account_id", "transaction_id", "provider", "model", "provider_as_sent"),
        *("model_as_sent", "usage_type", "variant", *_QUANTITIES, "other_meters", "price_id"),
        *("unpriced_reason", "description", "tags", "cost_usd"),
    ),
    "price": (
        *("price_id", "provider", "model", "variant", "input_tokens_from", "input_tokens_to"),
        *("window_days", "window_start_second", "window_end_second", "window_zone"),
        *("effective_from", "effective_to", "known_from", "known_to"),
        *("minimum_audio_milliseconds", "is_free", "origin", "facts"),
    ),
    "totals": tuple(meter for meter in METERS if not meter.part_of),
    "wholes": tuple(
        meter for meter in METERS if meter.name in {part.total for part in METERS if part.part_of}
    ),
    "common": tuple(meter for meter in METERS if meter.is_common),
    "common_names": tuple(meter.name for meter in METERS if meter.is_common),
    "plain": tuple(meter for meter in METERS if meter.is_common and meter.name != "requests"),
    "part_rules": PART_RULES,
    "messages": MESSAGES,
    "usage_types": USAGE_TYPES,
}
"""What templates loop over: the meters, and lists of columns that several queries have."""

_END = "\n-- whole\n"
"""The last line of a kept text: what a crash cut short must not run as another statement."""


def expanded(folder: Path, name: str) -> str:
    """The text of the query ``<folder>/<name>.sql``, expanded where it is a template."""
    template = folder.joinpath(*f"{name}.sql".split("/")).read_text(encoding="utf-8")
    if "{%" not in template and "{{" not in template:
        return template
    digest = hashlib.sha256(_ingredients(folder) + template.encode()).hexdigest()[:16]
    kept = _cache_folder(folder) / f"{name.replace('/', '.')}.{digest}.sql"
    text = _kept(kept)
    if text is None:
        text = rendered(folder, template)
        _keep(kept, text)
    return text


def rendered(folder: Path, template: str) -> str:
    """A template with the lists and macros of ``folder``, expanded."""
    return _environment(folder).from_string(template).render()


@cache
def _ingredients(folder: Path) -> bytes:
    """What all templates are expanded with, as bytes."""
    return (folder / MACROS).read_bytes() + repr(_LISTS).encode()


@cache
def _environment(folder: Path) -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    # The text is SQL of this program, not a page: nothing is escaped, and values are parameters.
    made = Environment(  # noqa: S701
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= _LISTS
    macros = made.get_template(MACROS).module
    made.globals |= {name: macro for name, macro in vars(macros).items() if name[0] != "_"}
    return made


def _cache_folder(folder: Path) -> Path:
    if sys.pycache_prefix is None:
        return folder / "__pycache__"
    return Path(sys.pycache_prefix, *folder.absolute().parts[1:])


def _kept(kept: Path) -> str | None:
    try:
        text = kept.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return text.removesuffix(_END) if text.endswith(_END) else None


def _keep(kept: Path, text: str) -> None:
    """Keeps an expanded text in place of older ones; a folder that cannot be written is no fault.

    Another process may do the same at the same time, with the same text.
    """
    if sys.dont_write_bytecode:
        return
    partial = kept.with_suffix(f".{os.getpid()}.partial")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text + _END, encoding="utf-8")
        partial.replace(kept)
        stem = kept.name.split(".")[:-2]
        for older in kept.parent.glob(f"{'.'.join(stem)}.*.sql"):
            if older.name.split(".")[:-2] == stem and older != kept:
                older.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):  # a disk that is read-only says so here too
            partial.unlink(missing_ok=True)
