"""`book.toml`: what it may say, and what is said about it where it is wrong."""

import re
import tomllib
from pathlib import Path

import pytest

import analytics
from analytics import configuration
from analytics.configuration.sections import SECTIONS
from analytics.errors import InvalidConfiguration, OutputExists


def write(folder: Path, text: str) -> Path:
    (folder / "book.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_book_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    found = configuration.read(tmp_path)
    assert found.section("seller")["legal_name"] is None
    assert found.section("invoice")["number"] == "INV-{year}-{number:04}"


def test_the_written_file_explains_every_key_and_sets_none(tmp_path: Path) -> None:
    path = configuration.write(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert configuration.read(tmp_path).content() == configuration.read(tmp_path / "no").content()
    text = path.read_text(encoding="utf-8")
    assert max(len(line) for line in text.splitlines()) <= 100
    with pytest.raises(OutputExists):
        configuration.write(tmp_path)


def test_every_example_of_the_written_file_can_be_used(tmp_path: Path) -> None:
    text = re.sub(r"^#(?=\w+ = )", "", configuration.commented(), flags=re.MULTILINE)
    found = configuration.read(write(tmp_path, text)).content()
    tables = tomllib.loads(text)
    for name, section in SECTIONS.items():
        if not section.is_named:
            table, content = tables, found
            for part in name.split("."):
                table, content = table[part], content[part]
            assert {key for key in section.keys if key not in table} == set()
            assert all(content[key] is not None for key in section.keys)


WRONG = {
    "[seller]\nlegal_nam = 'x'": "line 2: [seller] has no key 'legal_nam'; perhaps 'legal_name'",
    "[seler]\n": "line 1: there is no section [seler]; perhaps 'seller'",
    "x = 1": "line 1: there is no section [x]",
    "seller = 1": "line 1: there is no section [seller]",
    "\n[seller]\nlegal_name = ''": "line 3: legal_name of [seller] must be a text",
    '[seller]\nlegal_name = "a\\nb"': "must be one line",
    "[seller]\naddress = []": "must be a list of texts",
    "[seller.bank]\niban = 5": "line 2: iban of [seller.bank]",
    "[invoice]\ndue_days = true": "whole number between 0 and 366",
    "[invoice]\ndue_days = 400": "whole number between 0 and 366",
    "[invoice]\npaper = 'a5'": "must be one of 'a4', 'us-letter'",
    "[invoice]\ncustomer_needs = ['x']": "must be a list of some of",
    "[invoice]\nnumber = 'X'": "must end in {number}",
    "[invoice]\nnumber = '{number}{number}'": "must end in {number}",
    "[invoice]\nnumber = '{number'": "must end in {number}",
    "[invoice]\nnumber = '{day}{number}'": "has {day}",
    "[invoice]\nnumber = '../{number}'": "may hold letters",
    "[invoice\n": "it is no TOML",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str) -> None:
    pattern = "|".join(re.escape(part) for part in WRONG[text].split("|"))
    with pytest.raises(InvalidConfiguration, match=pattern):
        configuration.read(write(tmp_path, text))


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "book.toml").write_bytes(b"\xff")
    with pytest.raises(InvalidConfiguration, match="not UTF-8"):
        configuration.read(tmp_path)


def test_a_folder_that_was_prepared_can_become_a_book(tmp_path: Path) -> None:
    write(tmp_path, "[seller]\n")
    for name in configuration.FOLDERS:
        (tmp_path / name).mkdir()
    analytics.create(tmp_path).close()


PNG = b"\x89PNG\r\n\x1a\n"
LOGOS = {
    "../x.png": (PNG, "must be in the book's folder"),
    "/etc/x.png": (None, "must be in the book's folder"),
    "circle.png": (None, "cannot be read"),
    "x.gif": (PNG, "must be a .png or .svg"),
    "x.png": (b"GIF", "is no PNG"),
    "x.svg": (b"<html>", "is no SVG"),
    "big.png": (PNG + b"x" * 1_000_001, "more than 1,000,000 bytes"),
    "none.png": (None, "cannot be read"),
}


@pytest.mark.parametrize("name", LOGOS)
def test_a_logo_that_cannot_be_used_is_refused(tmp_path: Path, name: str) -> None:
    from analytics.invoices.logos import read_logo

    data, problem = LOGOS[name]
    folder = tmp_path / "book"
    folder.mkdir()
    if data is not None:
        (folder / name).write_bytes(data)
    (folder / "circle.png").symlink_to("circle.png")
    write(folder, f"[seller]\nlogo = '{name}'\n")
    with pytest.raises(InvalidConfiguration, match=re.escape(problem)):
        read_logo(configuration.read(folder))


def test_a_logo_is_named_by_its_hash(tmp_path: Path) -> None:
    from analytics.invoices.logos import read_logo

    (tmp_path / "x.png").write_bytes(PNG)
    logo = read_logo(configuration.read(write(tmp_path, "[seller]\nlogo = 'x.png'\n")))
    assert logo is not None
    assert logo.content() == {"sha256": logo.sha256, "media_type": "image/png"}
    assert len(logo.sha256) == 64
