"""The sample month: the same seed gives the same bytes, and the numbers are those it promises."""

import csv
import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from genai_prices import Usage, calc_price

SCRIPT = Path(__file__).parent.parent / "data" / "samples" / "generate.py"
RECORDS = 6000


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sample_generate", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


samples = load_script()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("samples")
    write(path)
    return path


@pytest.fixture(scope="module")
def lines(folder: Path) -> list[str]:
    return (folder / "usage-2026-10.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def jobs(folder: Path) -> list[dict[str, str]]:
    with (folder / "usage-2026-10-audio.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def good(lines: list[str]) -> list[dict[str, Any]]:
    """The rows that a load appends: the first of each id, without what is wrong."""
    rows: dict[str, dict[str, Any]] = {}
    for row in filter(None, map(parsed, lines)):
        if not fault(row):
            rows.setdefault(row["id"], row)
    return list(rows.values())


def write(folder: Path, seed: int = 7, records: int = RECORDS, month: str = "2026-10") -> Any:
    return samples.generate(folder, records=records, accounts=25, month=month, seed=seed)


def parsed(line: str) -> dict[str, Any] | None:
    try:
        return dict(json.loads(line))
    except json.JSONDecodeError:
        return None


def fault(row: dict[str, Any]) -> str:
    """What an independent reader finds wrong with a row."""
    if not row.get("modelId"):
        return "model"
    if row["context"] == "customer" and not row.get("externalId"):
        return "account"
    counts = {name: value for name, value in row.items() if name.endswith("Tokens")}
    if any(not isinstance(value, int) for value in counts.values()):
        return "fraction"
    if any(value < 0 for value in counts.values()):
        return "negative"
    cache = counts.get("cachedTokens", 0) + counts.get("cacheWriteTokens", 0)
    return "cache" if cache > counts["inputTokens"] else ""


def test_the_same_seed_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "same")
    write(tmp_path / "other", seed=8)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "same" / path.name).read_bytes()
        assert path.read_bytes() != (tmp_path / "other" / path.name).read_bytes()


def test_the_rows_are_as_many_as_promised(
    lines: list[str], jobs: list[dict[str, str]], good: list[dict[str, Any]]
) -> None:
    counts = samples.Counts.of(RECORDS)
    assert len(lines) + len(jobs) == RECORDS
    assert len(jobs) == counts.audio == RECORDS // 10
    assert len(good) + len(jobs) == counts.good
    assert len(lines) - len(set(lines)) == counts.duplicates == 60
    contents: dict[str, set[str]] = {}
    for line in lines:
        if row := parsed(line):
            contents.setdefault(row["id"], set()).add(line)
    assert sum(len(texts) > 1 for texts in contents.values()) == counts.conflicts == 5


def test_each_fault_is_there_in_equal_number(lines: list[str]) -> None:
    rows = [parsed(line) for line in lines]
    faults = Counter("json" if row is None else fault(row) for row in rows)
    del faults[""]
    kinds = ("json", "negative", "fraction", "cache", "model", "account")
    assert faults == dict.fromkeys(kinds, samples.Counts.of(RECORDS).bad // 6)


def test_the_month_has_every_sort_of_usage(
    good: list[dict[str, Any]], jobs: list[dict[str, str]]
) -> None:
    rows = [*good, *({"externalId": job["external_id"]} | job for job in jobs)]
    types = {row.get("usageType") or row["usage_type"] for row in rows}
    assert types == {"text", "embedding", "image", "audio_stt", "audio_tts"}
    assert 0.05 < sum(row["context"] == "system" for row in good) / len(good) < 0.11
    assert len({row.get("externalId") for row in rows} - {None}) == 25
    assert all(row.get("externalId") is None for row in good if row["context"] == "system")
    names = {name for row in good for name in row}
    assert {"cachedTokens", "cacheWriteTokens", "outputReasoningTokens", "variant"} <= names


def test_every_instant_lies_in_the_month_and_variants_have_their_price(
    good: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert all(row["occurredAt"].startswith("2026-10-") for row in good)
    assert all(row["occurredAt"] >= "2026-10-14" for row in good if "variant" in row)
    write(tmp_path, records=500, month="2024-02")
    february = (tmp_path / "usage-2024-02.jsonl").read_text(encoding="utf-8")
    assert "variant" not in february
    assert '"occurredAt":"2024-02-29T' in february


def test_one_model_alone_is_unknown(good: list[dict[str, Any]], jobs: list[dict[str, str]]) -> None:
    models = {(row["provider"], row["modelId"]) for row in good}
    models |= {(job["provider"], job["model_id"]) for job in jobs}
    unknown = set()
    for provider, model in sorted(models):
        try:
            calc_price(Usage(), model, provider_id=provider)
        except LookupError:
            unknown.add(model)
    assert unknown == {samples.UNKNOWN_MODEL}
    house = [row for row in good if row["modelId"] == samples.UNKNOWN_MODEL]
    assert {row["context"] for row in house} == {"system"}


def test_the_command_says_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["generate.py", "--out", str(tmp_path), "--records", "2000", "--accounts", "30"]
    monkeypatch.setattr(sys, "argv", arguments)
    samples.main()
    out, err = capsys.readouterr()
    assert not out
    counts = "1,972 good (200 audio), 20 duplicates, 2 id conflicts, 6 bad"
    assert err == f"2,000 rows in {tmp_path}: {counts}\n"
    assert "northwind-2" in (tmp_path / "usage-2026-10.jsonl").read_text(encoding="utf-8")
