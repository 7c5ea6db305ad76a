"""What is counted: the meters."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meter:
    """One thing that is counted and priced apart.

    Args:
        name: the column, genai-prices' own unit name.
        label: how an invoice calls it.
        unit: what one is, in the singular.
        per: how many a customary price is quoted for (prices are stored per one).
        part_of: the meters that include it; their rates apply where it has none of its own.
    """

    name: str
    label: str
    unit: str
    per: int
    part_of: tuple[str, ...] = ()
    billed: str = ""

    def __post_init__(self) -> None:
        if not self.billed:
            object.__setattr__(self, "billed", self.name)


_M = 1_000_000
METERS: tuple[Meter, ...] = (
    Meter("input_tokens", "Input", "token", _M),
    Meter("cache_read_tokens", "Input, read from cache", "token", _M, ("input_tokens",)),
    Meter("cache_write_tokens", "Input, cache write (5 min)", "token", _M, ("input_tokens",)),
    Meter(
        "cache_write_1h_tokens",
        "Input, cache write (1 h)",
        "token",
        _M,
        ("cache_write_tokens", "input_tokens"),
    ),
    Meter("input_audio_tokens", "Audio input", "token", _M, ("input_tokens",)),
    Meter(
        "cache_audio_read_tokens",
        "Audio input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_audio_tokens"),
    ),
    Meter("input_image_tokens", "Image input", "token", _M, ("input_tokens",)),
    Meter(
        "cache_image_read_tokens",
        "Image input, read from cache",
        "token",
        _M,
        ("cache_read_tokens", "input_image_tokens"),
    ),
    Meter("input_video_tokens", "Video input", "token", _M, ("input_tokens",)),
    Meter("output_tokens", "Output", "token", _M),
    Meter("output_reasoning_tokens", "Reasoning output", "token", _M, ("output_tokens",)),
    Meter("output_audio_tokens", "Audio output", "token", _M, ("output_tokens",)),
    Meter("output_image_tokens", "Image output", "token", _M, ("output_tokens",)),
    Meter("output_video_tokens", "Video output", "token", _M, ("output_tokens",)),
    Meter("output_citation_tokens", "Citation output", "token", _M, ("output_tokens",)),
    Meter(
        "audio_milliseconds",
        "Audio",
        "millisecond",
        60_000,
        billed="billed_audio_milliseconds",
    ),
    Meter("input_characters", "Characters", "character", _M),
    Meter("input_text_messages", "Messages", "message", 1_000),
    Meter("web_searches", "Web searches", "search", 1_000),
    Meter("storage_searches", "File searches", "search", 1_000),
    Meter("document_pages", "Document pages", "page", 1_000),
    Meter(
        "annotated_document_pages", "Annotated document pages", "page", 1_000, ("document_pages",)
    ),
    Meter("requests", "Requests", "request", 1_000),
)
"""Every stored meter, in the order of columns and of invoice lines."""

METER_NAMES: tuple[str, ...] = tuple(meter.name for meter in METERS)

UNSTORED_METERS: tuple[str, ...] = (
    "cache_audio_write_tokens",
    "cache_image_write_tokens",
    "cache_video_read_tokens",
    "cache_video_write_tokens",
    "code_executions",
    "input_audio_tool_tokens",
    "input_image_tool_tokens",
    "input_pixels",
    "input_tool_tokens",
    "input_video_tool_tokens",
    "rerank_searches",
    "social_searches",
)
"""Meters that genai-prices names but no built-in price uses. They make a record unpriced.

Its text meters (`input_text_tokens`, ...) are not among them: text is what a total has besides its
parts."""
