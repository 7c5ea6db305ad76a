"""Templates of SQL are expanded and kept; a place that cannot keep them is no fault."""

import shutil
import sys
from pathlib import Path

import pytest

from analytics import sql
from analytics.sql import expansion

NAME = "rating/rate"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder of queries in which nothing is kept yet."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    made = tmp_path / "queries"
    shutil.copytree(sql.resource("queries"), made, ignore=shutil.ignore_patterns("__pycache__"))
    return made


def test_what_was_expanded_is_kept_and_read_again(folder: Path) -> None:
    text = expansion.expanded(folder, NAME)
    (kept,) = (folder / "__pycache__").iterdir()
    assert kept.read_text(encoding="utf-8").startswith(text)
    assert expansion.expanded(folder, NAME) == text


@pytest.mark.parametrize("damage", [b"", b"select 1\n", b"\xff\xfe\x00"], ids=str)
def test_a_kept_text_that_is_not_whole_is_made_anew(folder: Path, damage: bytes) -> None:
    text = expansion.expanded(folder, NAME)
    (kept,) = (folder / "__pycache__").iterdir()
    kept.write_bytes(damage)
    assert expansion.expanded(folder, NAME) == text


def test_where_nothing_can_be_kept_it_is_expanded_each_time(folder: Path) -> None:
    """A disk that is read-only refuses to remove a file as well, even one that is not there."""
    (folder / "__pycache__").touch()
    text = expansion.expanded(folder, NAME)
    assert "{%" not in text
    assert expansion.expanded(folder, NAME) == text
