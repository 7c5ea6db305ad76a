"""What is counted: the one list of meters, and what follows from it.

Everything that names the meters is made of this list: tables, queries (`queries/` loops over it),
native files, exports, documents and docs. A new meter is one entry here, and a schema version for
the books that exist.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing that is counted and priced apart.

    Args:
        name: the column, genai-prices' own unit name.
        label: how an invoice calls it.
        unit: what one is, in the singular.
        per: how many a customary price is quoted for; a price keeps the quantity that it was
            published for.
        part_of: the meters whose counts include it; what they cost is what it costs where it has no
            rate of its own.
        split: what it is a part by: parts of one total by one split exclude each other.
        priced_like: a meter beside it whose rate comes before that of `part_of`.
        billed: the column of what a price takes, where that can be more than was counted.
        synonyms: other names of its column in native files.
        seconds: a column of native files that says it in seconds; the meter is in milliseconds.
        needs_rate: a part that never costs what its total costs: without a rate of its own a price
            does not hold for it.
        is_common: most usage has no others, so tables of such rows need no more columns.
    """

    name: str
    label: str
    unit: str
    per: int
    part_of: tuple[str, ...] = ()
    split: str = ""
    priced_like: str = ""
    billed: str = ""
    synonyms: tuple[str, ...] = ()
    seconds: str = ""
    needs_rate: bool = False
    is_common: bool = False

    def __post_init__(self) -> None:
        if not self.billed:
            object.__setattr__(self, "billed", self.name)

    @property
    def is_overlap(self) -> bool:
        """Whether it is a part of two parts at once, such as cached audio."""
        return len(self.part_of) > 1

    @property
    def is_fee(self) -> bool:
        """Whether it is a use of a tool or a request: its fee is the same in every variant."""
        is_use = self.unit in ("search", "execution", "request")
        return is_use and self.name != "rerank_searches"

    @property
    def total(self) -> str:
        """The meter that includes it and is no part of another; its own name if that is it."""
        meter = self
        while meter.part_of:
            meter = METER[meter.part_of[0]]
        return meter.name


_M = 1_000_000
_INPUT, _OUTPUT = ("input_tokens",), ("output_tokens",)
METERS: tuple[Meter, ...] = (
    Meter("input_tokens", "Input", "token", _M, is_common=True),
    Meter(
        "cache_read_tokens",
        "Input, read from cache",
        "token",
        _M,
        _INPUT,
        "cache",
        synonyms=("cached_tokens",),
        is_common=True,
    ),
    Meter(
        "cache_write_tokens",
        "Input, cache write (5 min)",
        "token",
        _M,
        _INPUT,
        "cache",
        synonyms=("cache_write_5m_tokens",),
        is_common=True,
    ),
    Meter(
        "cache_write_1h_tokens",
        "Input, cache write (1 h)",
        "token",
        _M,
        _INPUT,
        "cache",
        priced_like="cache_write_tokens",
    ),
    Meter("input_audio_tokens", "Audio input", "token", _M, _INPUT, "modality", needs_rate=True),
    Meter(
        "cache_audio_read_tokens",
        "Audio input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_audio_tokens"),
        "cached",
    ),
    Meter("input_image_tokens", "Image input", "token", _M, _INPUT, "modality"),
    Meter(
        "cache_image_read_tokens",
        "Image input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_image_tokens"),
        "cached",
    ),
    Meter("input_video_tokens", "Video input", "token", _M, _INPUT, "modality"),
    Meter(
        "cache_video_read_tokens",
        "Video input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_video_tokens"),
        "cached",
    ),
    Meter("output_tokens", "Output", "token", _M, is_common=True),
    Meter(
        "output_reasoning_tokens",
        "Reasoning output",
        "token",
        _M,
        _OUTPUT,
        "purpose",
        is_common=True,
    ),
    Meter("output_audio_tokens", "Audio output", "token", _M, _OUTPUT, "modality", needs_rate=True),
    Meter("output_image_tokens", "Image output", "token", _M, _OUTPUT, "modality", needs_rate=True),
    Meter("output_video_tokens", "Video output", "token", _M, _OUTPUT, "modality", needs_rate=True),
    Meter("output_citation_tokens", "Citation output", "token", _M, _OUTPUT, "purpose"),
    Meter(
        "audio_milliseconds",
        "Audio",
        "millisecond",
        60_000,
        billed="billed_audio_milliseconds",
        seconds="audio_duration_seconds",
    ),
    Meter("input_characters", "Characters", "character", _M),
    Meter("input_pixels", "Pixels", "pixel", 1000 * _M),
    Meter("input_text_messages", "Messages", "message", 1_000),
    Meter("web_searches", "Web searches", "search", 1_000),
    Meter("social_searches", "Social searches", "search", 1_000),
    Meter("storage_searches", "File searches", "search", 1_000),
    Meter("rerank_searches", "Rerank searches", "search", 1_000),
    Meter("code_executions", "Code executions", "execution", 1_000),
    Meter("document_pages", "Document pages", "page", 1_000),
    Meter(
        "annotated_document_pages",
        "Annotated document pages",
        "page",
        1_000,
        ("document_pages",),
        "annotation",
    ),
    Meter("requests", "Requests", "request", 1_000, is_common=True),
)
"""Every stored meter, in the order of columns and of invoice lines."""

METER: dict[str, Meter] = {meter.name: meter for meter in METERS}
METER_NAMES: tuple[str, ...] = tuple(METER)

_NO_SUCH_CACHE_WRITE = "no provider reports cache writes by kind of input; they are cache writes"
_TOOL = "what tools put into a prompt is billed as input and counted there"
_NO_SUCH_OUTPUT = "no provider reports reasoning or citations by kind of output"
_TEXT = "text is what a total has besides its parts"
NOT_METERS: dict[str, str] = {
    "input_text_tokens": _TEXT,
    "cache_text_read_tokens": _TEXT,
    "cache_text_write_tokens": _TEXT,
    "cache_text_write_5m_tokens": _TEXT,
    "cache_text_write_1h_tokens": _TEXT,
    "output_text_tokens": _TEXT,
    **{
        f"cache_{kind}_write_{span}tokens": _NO_SUCH_CACHE_WRITE
        for kind in ("audio", "image", "video")
        for span in ("", "5m_", "1h_")
    },
    **{f"input_{kind}tool_tokens": _TOOL for kind in ("", "text_", "audio_", "image_", "video_")},
    **{
        f"output_{kind}_{purpose}_tokens": _NO_SUCH_OUTPUT
        for kind in ("text", "audio", "image", "video")
        for purpose in ("reasoning", "citation")
    },
    "output_audio_seconds": "spoken output is priced by tokens, characters or all audio together",
}
"""Units of genai-prices that no meter stands for -> why. No built-in price uses one."""

UNSTORED_METERS: tuple[str, ...] = tuple(
    sorted(name for name, why in NOT_METERS.items() if why is not _TEXT)
)
"""Columns of native files that count something that no meter stands for: they make a record
unpriced. Text does not: it is what a total has besides its parts."""


@dataclass(frozen=True, slots=True)
class PartRule:
    """Some parts exclude each other, so together they cannot be more than what includes them.

    Args:
        code: of the rejection.
        parts: names of meters.
        whole: the meter that includes them.
        message: why the record is refused.
    """

    code: str
    parts: tuple[str, ...]
    whole: str
    message: str


_REFUSALS = {
    ("input_tokens", "cache"): (
        "cache_exceeds_input",
        "cache reads and writes exceed input_tokens, which includes them",
    ),
    ("input_tokens", "modality"): (
        "parts_exceed_input",
        "audio, image and video exceed input_tokens, which includes them",
    ),
    ("output_tokens", "purpose"): (
        "parts_exceed_output",
        "reasoning, audio, image or video exceed output_tokens, which includes them",
    ),
    ("document_pages", "annotation"): (
        "parts_exceed_pages",
        "annotated_document_pages exceed document_pages, which include them",
    ),
}
_REFUSALS["output_tokens", "modality"] = _REFUSALS["output_tokens", "purpose"]
_OVERLAPS = (
    "cached_part_exceeds",
    "cached audio or image tokens exceed the totals that include them",
)


def _part_rules() -> Iterator[PartRule]:
    splits: dict[tuple[str, str], list[str]] = {}
    for meter in METERS:
        for whole in meter.part_of:
            splits.setdefault((whole, meter.split), []).append(meter.name)
    for (whole, split), parts in splits.items():
        other = (f"parts_exceed_{whole}", f"parts exceed {whole}, which includes them")
        default = _OVERLAPS if METER[whole].part_of else other
        code, message = _REFUSALS.get((whole, split), default)
        yield PartRule(code, tuple(parts), whole, message)


PART_RULES: tuple[PartRule, ...] = tuple(_part_rules())
"""What a record's parts must keep to; a record that does not is rejected."""
