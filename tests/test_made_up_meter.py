"""A meter is one entry of the list: a copy of the program with a made-up one does all with it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.conftest import write_lines

ROOT = Path(__file__).parents[1]
ENTRY = """\
    Meter("video_frames", "Video frames", "frame", 24, synonyms=("frames",)),
    Meter("upscaled_video_frames", "Upscaled frames", "frame", 24, ("video_frames",), "scale"),
"""
LAST = '    Meter("requests", '
SELLER = """\
[seller]
legal_name = "Film Ltd"
address = ["Main Street 1", "10115 Berlin"]
tax_id = "DE123456789"
[invoice]
customer_needs = []
"""

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a command of a copy of the program whose list has two meters more."""
    folder = tmp_path_factory.mktemp("program")
    for part in ("analytics", "queries", "report_templates"):
        shutil.copytree(
            ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copytree(ROOT / "data" / "prices", folder / "data" / "prices")
    meters = folder / "analytics" / "records" / "meters.py"
    text = meters.read_text(encoding="utf-8")
    assert text.count(LAST) == 1
    meters.write_text(text.replace(LAST, ENTRY + LAST), encoding="utf-8")
    hidden = {"TOKENBOOK", "COLUMNS", "PYTHONDONTWRITEBYTECODE"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment |= {"PYTHONPATH": str(folder), "TOKENBOOK": str(folder / "book")}

    def command(*arguments: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "analytics", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, (arguments, ran.stdout, ran.stderr)
        return ran.stdout

    command("init", "--markup", "10")
    (folder / "book" / "book.toml").write_text(SELLER, encoding="utf-8")
    return command


@pytest.fixture(scope="module")
def loaded(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """With a price by 24 frames, and records by every way in."""
    folder = tmp_path_factory.mktemp("logs")
    day = "2026-09-05T12:00:00Z"
    rates = ("--rate", "video_frames=0.5", "--rate", "upscaled_video_frames=0.7/24")
    run("prices", "add", "film-1", *rates, "--from", "2026-01-01")
    row = {"external_id": "acme", "model": "film-1", "occurred_at": day}
    lines = write_lines(
        folder / "log.jsonl",
        json.dumps({"id": "a", **row, "video_frames": 240, "upscaledVideoFrames": 24}),
        json.dumps({"id": "b", **row, "frames": 48}),
        json.dumps({"id": "c", **row, "video_frames": 1, "upscaled_video_frames": 2}),
    )
    table = write_lines(
        folder / "log.csv",
        "id,external_id,model,occurred_at,Frames",
        f"d,acme,film-1,{day},7",
    )
    result = json.loads(run("ingest", str(lines), str(table), "--create-accounts", "--json"))
    assert (result["appended"], result["rejected"], result["unpriced"]) == (3, 1, 0)
    assert list(result["rejected_by_code"]) == ["parts_exceed_video_frames"]
    single = ("--system", "--at", day, "--meter", "video_frames=24")
    run("record", "--model", "film-1", *single, "--id", "e")
    return run


def test_it_is_priced_in_its_published_quantity(loaded: Run) -> None:
    estimate = json.loads(loaded("estimate", "film-1", "--meter", "video_frames=240", "--json"))
    assert estimate["estimated_cost_usd"] == 5
    rate = {"meter": "video_frames", "quantity": 240, "rate_usd": 0.5, "per": 24, "cost_usd": 5}
    assert estimate["lines"] == [rate]
    (price,) = json.loads(loaded("prices", "show", "film-1", "--json"))
    assert price["rates"]["upscaled_video_frames"] == {"amount": 0.7, "per": 24}


def test_it_is_reported_and_explained(loaded: Run) -> None:
    costs = {
        row["record_id"]: row["cost_usd"]
        for row in json.loads(
            loaded("query", "select record_id, cost_usd from rated_usage", "--json")
        )
    }
    # 216 frames at 0.5 and 24 at 0.7 a second; two seconds; 7/24 of 0.5, rounded once.
    assert costs == {"a": 5.2, "b": 1, "d": 0.145833333333333333, "e": 0.5}
    explained = json.loads(loaded("explain", "usage", "a", "--json"))
    assert [(each["meter"], each["quantity"]) for each in explained["lines"]] == [
        ("video_frames", 216),
        ("upscaled_video_frames", 24),
    ]
    report = json.loads(loaded("report", "by-model", "--month", "2026-09", "--json"))
    assert report[0]["cost_usd"] == 6.845833333333333333
    assert "ok" in loaded("check")


def test_it_is_billed_and_exported(loaded: Run, tmp_path: Path) -> None:
    loaded("invoice", "issue", "--month", "2026-09", "--issue-date", "2026-10-01")
    (line, other) = json.loads(loaded("invoice", "show", "INV-2026-0001", "--json"))["lines"]
    assert (line["label"], line["quantity"], line["per"]) == ("Video frames", "271", "24")
    assert (other["label"], other["quantity"], other["unit_price"]) == (
        "Upscaled frames",
        "24",
        "0.77",
    )
    loaded("explain", "invoice", "INV-2026-0001")
    loaded("export", "usage", "--format", "csv", "--to", str(tmp_path / "usage.csv"))
    with (tmp_path / "usage.csv").open(encoding="utf-8") as file:
        assert [row["upscaled_video_frames"] for row in csv.DictReader(file)] == [
            "24",
            "0",
            "0",
            "0",
        ]
    loaded("export", "focus", "--to", str(tmp_path / "focus.parquet"))
    focus = pl.read_parquet(tmp_path / "focus.parquet")
    assert set(focus["x_Meter"] if "x_Meter" in focus.columns else focus["SkuMeter"]) >= {
        "Video frames",
        "Upscaled frames",
    }
