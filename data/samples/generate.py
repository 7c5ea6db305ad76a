"""One synthetic month of LLM usage, the same bytes for the same seed.

    python data/samples/generate.py --out DIR [--records 50000] [--accounts 25]
                                    [--month 2026-10] [--seed 7]

It writes `usage-YYYY-MM.jsonl` (calls, in the native format) and `usage-YYYY-MM-audio.csv` (audio
jobs, one row in ten). Nobody's data is in it; it has the shape of real data: a few accounts make
most of the calls, offices keep hours, token counts are log-normal. It also has what real data
should not have, in known numbers: rows that must be rejected, rows sent twice, ids used twice for
different calls, and a model that no price list knows. Every other row uses only priced meters.
"""

import argparse
import calendar
import csv
import json
import math
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]

# A name a line would take a page.
ACCOUNTS = (  # noqa: SIM905
    "northwind blue-heron-labs acme-legal papertrail-ai kestrel-health lumen-search tidewater-bank"
    " oakline-realty quillmate fernhill-schools harbor-logistics pixelforge veridian-tax mosaic-crm"
    " stonebridge-hr saltmarsh-media copperfield-books nimbus-travel orchard-foods brightdesk"
    " riverstone-law polaris-robotics maple-clinic ironwood-games sundial-events"
).split()
"""External ids, from the busiest account to the quietest."""

FEATURES = ("chat", "search-answers", "summaries", "drafting", "agent", "classification")
SYSTEM_JOBS = ("eval-run", "title-generation", "prompt-regression", "index-rebuild")
UNKNOWN_MODEL = "house-llm-7b"

DUPLICATE_SHARE = 0.01
BAD_SHARE = 0.003
AUDIO_SHARE = 0.1
SYSTEM_SHARE = 0.08

VARIANTS_FROM = datetime(2026, 10, 14, tzinfo=UTC)
"""The price list knows flex and batch rates from this day on."""

HOURS = (2, 1, 1, 1, 1, 2, 4, 9, 20, 28, 30, 28, 22, 26, 30, 29, 26, 20, 12, 8, 6, 5, 4, 3)
"""How busy each local hour is."""

WEEKEND = 0.3
OFFSETS = (0, 0, 1, 1, -5, -8, 8)
"""Hours from UTC of the accounts' offices, to choose from."""


@dataclass(frozen=True)
class Model:
    """A model, how often it is chosen and how its calls look."""

    provider: str
    name: str
    weight: int
    input_median: int = 1000
    output_median: int = 150
    usage_type: str = "text"
    cached_share: float = 0.0
    writes_cache: bool = False
    reasons: bool = False
    searches: bool = False
    variant: str = ""


MODELS = (
    Model("openai", "gpt-4o", 18, cached_share=0.3, searches=True),
    Model("openai", "gpt-4o-mini", 24, 900, 130, cached_share=0.25, variant="processing=batch"),
    Model(
        "openai",
        "gpt-5-mini",
        16,
        1200,
        320,
        cached_share=0.3,
        reasons=True,
        variant="service_tier=flex",
    ),
    Model("openai", "o3", 4, 1500, 900, reasons=True, variant="service_tier=flex"),
    Model("anthropic", "claude-sonnet-4-5", 14, 2200, 260, cached_share=0.5, writes_cache=True),
    Model("anthropic", "claude-opus-4-5", 4, 2600, 380, cached_share=0.5, writes_cache=True),
    Model("anthropic", "claude-haiku-4-5", 10, 900, 140, cached_share=0.3, writes_cache=True),
    Model("google", "gemini-2.5-pro", 6, 3000, 420, cached_share=0.2, reasons=True),
    Model("google", "gemini-2.5-flash", 14, 1100, 180, cached_share=0.2),
    Model("deepseek", "deepseek-flash", 8, 1000, 200, cached_share=0.4),
    Model("mistral", "mistral-large-latest", 5, 900, 160),
    Model("openai", "text-embedding-3-small", 12, 380, 0, "embedding"),
    Model("openai", "gpt-image-1", 3, 60, 1056, "image"),
)
SYSTEM_MODELS = tuple(
    model
    for model in MODELS
    if model.name in ("gpt-4o-mini", "gpt-5-mini", "claude-haiku-4-5", "text-embedding-3-small")
)
HOUSE_MODEL = Model("house", UNKNOWN_MODEL, 1, 700, 120)
AUDIO_FIELDS = (
    "id",
    "occurred_at",
    "context",
    "external_id",
    "provider",
    "model_id",
    "usage_type",
    "audio_duration_seconds",
    "input_characters",
    "description",
)


@dataclass(frozen=True)
class Account:
    """An account, with its share of the calls and its habits."""

    external_id: str
    weight: float
    hours_from_utc: int
    models: tuple[Model, ...]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Counts:
    """Rows in both files. Their sum is what was asked for."""

    calls: int
    audio: int
    duplicates: int
    conflicts: int
    bad: int

    @property
    def good(self) -> int:
        """Rows that a load appends."""
        return self.calls + self.audio

    @classmethod
    def of(cls, records: int) -> "Counts":
        """Divide a number of rows."""
        duplicates, bad = round(records * DUPLICATE_SHARE), round(records * BAD_SHARE)
        conflicts = min(5, records // 1000)
        audio = round(records * AUDIO_SHARE)
        calls = records - audio - duplicates - conflicts - bad
        return cls(calls, audio, duplicates, conflicts, bad)


class Generator:
    """Draws rows. All chance comes from one seeded source, in a fixed order."""

    def __init__(self, month: str, accounts: int, seed: int) -> None:
        self.random = random.Random(f"{month} {accounts} {seed}")
        self.month = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
        days = calendar.monthrange(self.month.year, self.month.month)[1]
        self.days = range(1, days + 1)
        self.day_weights = [self._day_weight(day) for day in self.days]
        self.accounts = [self._account(rank) for rank in range(accounts)]
        self.account_weights = [account.weight for account in self.accounts]

    def call(self) -> Row:
        """A model call of an account or, now and then, of the book's owner."""
        if self.random.random() < SYSTEM_SHARE:
            return self._system_call()
        account = self._pick_account()
        weights = [model.weight for model in account.models]
        model = self.random.choices(account.models, weights)[0]
        row = self._head("customer", model, account.hours_from_utc)
        row["externalId"] = account.external_id
        row |= self._quantities(model, row)
        row["tags"] = {"feature": self.random.choice(account.features)}
        return row

    def audio_job(self) -> Row:
        """A transcription (by the second) or speech (by the character)."""
        account = self._pick_account()
        is_speech = self.random.random() < 0.3
        name, usage_type = ("tts-1", "audio_tts") if is_speech else ("whisper-1", "audio_stt")
        row = self._head("customer", Model("openai", name, 1, usage_type=usage_type))
        row["externalId"] = account.external_id
        if is_speech:
            row["inputCharacters"] = self._size(420, 0.9, 4096)
            row["description"] = "read aloud"
        else:
            milliseconds = self._size(95_000, 1.1, 5_400_000)
            row["audioDurationSeconds"] = f"{milliseconds // 1000}.{milliseconds % 1000:03}"
            row["description"] = self.random.choice(("voice note", "meeting", "support call"))
        return row

    def bad_line(self, number: int) -> str:
        """A line that must be rejected; each kind of fault takes its turn."""
        account = self._pick_account()
        row = self._head("customer", MODELS[0], account.hours_from_utc)
        row |= {"externalId": account.external_id, "inputTokens": 1200, "outputTokens": 90}
        text = _line(FAULTS[number % len(FAULTS)](row))
        return text[: len(text) // 2] if number % len(FAULTS) == 0 else text

    def _system_call(self) -> Row:
        is_house = self.random.random() < 0.02
        model = HOUSE_MODEL if is_house else self.random.choice(SYSTEM_MODELS)
        row = self._head("system", model)
        row |= self._quantities(model, row)
        job = self.random.choice(SYSTEM_JOBS)
        row["description"] = job.replace("-", " ")
        row["tags"] = {"feature": job, "run": self.random.randint(1, 60)}
        return row

    def _head(self, context: str, model: Model, hours_from_utc: int = 0) -> Row:
        return {
            "id": f"req_{self.random.getrandbits(96):024x}",
            "occurredAt": self.instant(hours_from_utc),
            "context": context,
            "provider": model.provider,
            "modelId": model.name,
            "usageType": model.usage_type,
        }

    def _quantities(self, model: Model, row: Row) -> Row:
        if model.usage_type == "embedding":
            return {"inputTokens": self._size(model.input_median, 1.0, 8000)}
        if model.usage_type == "image":
            return self._image()
        # One call in 200 to the long-context model is a whole archive, in its dearer tier.
        is_archive = model.name == "gemini-2.5-pro" and self.random.random() < 0.005
        inputs = self._size(240_000 if is_archive else model.input_median, 1.0, 400_000)
        inputs = inputs if is_archive else min(inputs, 90_000)
        outputs = self._size(model.output_median, 0.9, 8000)
        parts: Row = {"inputTokens": inputs, "outputTokens": outputs}
        if model.variant and self._is_variant(row):
            parts["variant"] = model.variant
            return parts
        parts |= self._cache(model, inputs)
        if model.reasons:
            parts["outputReasoningTokens"] = int(outputs * self.random.uniform(0.3, 0.85))
        if model.searches and self.random.random() < 0.03:
            parts["webSearches"] = self.random.randint(1, 3)
        if model.name == "gemini-2.5-flash" and "cachedTokens" not in parts:
            # Cached audio would be a meter of its own.
            parts["inputAudioTokens"] = inputs // 2 if self.random.random() < 0.03 else 0
        return {name: value for name, value in parts.items() if value}

    def _cache(self, model: Model, inputs: int) -> Row:
        """Providers cache nothing below 1,024 tokens, and in steps of 128."""
        if inputs < 1024 or self.random.random() >= model.cached_share:
            return {}
        cached = int(inputs * self.random.uniform(0.3, 0.95)) // 128 * 128
        if not model.writes_cache or self.random.random() < 0.7:
            return {"cachedTokens": cached}
        written = (inputs - cached) // 2
        long_lived = {"cacheWrite1hTokens": written // 3} if self.random.random() < 0.2 else {}
        return {"cachedTokens": cached, "cacheWriteTokens": written, **long_lived}

    def _image(self) -> Row:
        """A picture from a prompt, or from a prompt and a picture."""
        prompt, picture = self._size(60, 0.6, 900), self.random.choice((0, 0, 0, 323))
        drawn = self.random.choice((272, 1056, 1056, 1584, 4160))
        row = {"inputTokens": prompt + picture, "outputTokens": drawn, "outputImageTokens": drawn}
        return row | ({"inputImageTokens": picture} if picture else {})

    def _is_variant(self, row: Row) -> bool:
        known = datetime.fromisoformat(row["occurredAt"]) >= VARIANTS_FROM
        return self.random.random() < 0.12 and known

    def _account(self, rank: int) -> Account:
        name, round_number = ACCOUNTS[rank % len(ACCOUNTS)], rank // len(ACCOUNTS)
        count = self.random.randint(3 if rank < 5 else 1, 5)  # the busiest are not of one kind
        drawn = self.random.choices(MODELS, [model.weight for model in MODELS], k=count * 2)
        return Account(
            external_id=f"{name}-{round_number + 1}" if round_number else name,
            weight=(rank + 1) ** -1.1 * self.random.uniform(0.8, 1.25),
            hours_from_utc=self.random.choice(OFFSETS),
            models=tuple(dict.fromkeys(drawn))[:count],
            features=tuple(self.random.sample(FEATURES, k=self.random.randint(1, 3))),
        )

    def _pick_account(self) -> Account:
        return self.random.choices(self.accounts, self.account_weights)[0]

    def _day_weight(self, day: int) -> float:
        is_weekend = self.month.replace(day=day).weekday() >= 5
        growth = 1 + 0.25 * day / len(self.days)
        return growth * self.random.uniform(0.85, 1.15) * (WEEKEND if is_weekend else 1)

    def instant(self, hours_from_utc: int = 0) -> str:
        """An instant of the UTC month; the local hour is shifted within its day to stay in it."""
        day = self.random.choices(self.days, self.day_weights)[0]
        hour = (self.random.choices(range(24), HOURS)[0] - hours_from_utc) % 24
        millisecond = self.random.randrange(3_600_000)
        minute, millisecond = divmod(millisecond, 60_000)
        clock = f"{hour:02}:{minute:02}:{millisecond // 1000:02}.{millisecond % 1000:03}"
        return f"{self.month:%Y-%m}-{day:02}T{clock}Z"

    def _size(self, median: int, sigma: float, most: int) -> int:
        return max(1, min(most, round(self.random.lognormvariate(math.log(median), sigma))))


def _without(name: str) -> Callable[[Row], Row]:
    return lambda row: {key: value for key, value in row.items() if key != name}


FAULTS: tuple[Callable[[Row], Row], ...] = (
    dict,  # cut off in the middle, by `bad_line`
    lambda row: row | {"outputTokens": -90},
    lambda row: row | {"inputTokens": 1200.5},
    lambda row: row | {"cachedTokens": 1300},
    _without("modelId"),
    _without("externalId"),
)
"""What is wrong with a bad row: JSON, sign, fraction, parts above the whole, model, account."""


def _line(row: Row) -> str:
    return json.dumps(row, separators=(",", ":"))


def _call_lines(generator: Generator, counts: Counts) -> Iterator[tuple[str, str]]:
    """Lines of the JSONL file, each with its place in time."""
    rows = [generator.call() for _ in range(counts.calls)]
    yield from ((row["occurredAt"], _line(row)) for row in rows)
    # No row is both sent twice and in conflict, so the counts hold whichever comes first.
    again = generator.random.sample(rows, counts.duplicates + counts.conflicts)
    for number, row in enumerate(again):
        if number < counts.duplicates:
            yield row["occurredAt"], _line(row)
        else:
            yield row["occurredAt"], _line(row | {"inputTokens": row["inputTokens"] + 1})
    for number in range(counts.bad):
        yield generator.instant(), generator.bad_line(number)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def generate(out: Path, *, records: int, accounts: int, month: str, seed: int) -> Counts:
    """Write both files and say how many rows of each sort they have."""
    counts, generator = Counts.of(records), Generator(month, accounts, seed)
    out.mkdir(parents=True, exist_ok=True)
    # The sort is stable: a row sent twice follows the first, as in a log.
    lines = sorted(_call_lines(generator, counts), key=lambda line: line[0])
    path = out / f"usage-{month}.jsonl"
    path.write_text("".join(f"{line}\n" for _, line in lines), encoding="utf-8", newline="\n")
    jobs = sorted(
        (generator.audio_job() for _ in range(counts.audio)), key=lambda row: row["occurredAt"]
    )
    with (out / f"usage-{month}-audio.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, AUDIO_FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({_snake(name): value for name, value in job.items()} for job in jobs)
    return counts


def main() -> None:
    """Read the arguments, write the files, say what is in them."""
    parser = argparse.ArgumentParser(description="Write one synthetic month of LLM usage.")
    parser.add_argument("--out", type=Path, required=True, help="folder for the two files")
    parser.add_argument("--records", type=int, default=50_000, help="rows in both files together")
    parser.add_argument("--accounts", type=int, default=25)
    parser.add_argument("--month", default="2026-10")
    parser.add_argument("--seed", type=int, default=7)
    options = vars(parser.parse_args())
    counts = generate(**options)
    print(
        f"{options['records']:,} rows in {options['out']}:"
        f" {counts.good:,} good ({counts.audio:,} audio),"
        f" {counts.duplicates:,} duplicates, {counts.conflicts} id conflicts, {counts.bad:,} bad",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
