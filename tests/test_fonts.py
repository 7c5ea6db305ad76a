"""The shipped fonts: what they cover, their licences, their size.

`coverage.txt` is rewritten by ``UPDATE_GOLDEN=1``.
"""

import os
import unicodedata
from itertools import groupby

import pytest
from fontTools.ttLib import TTFont

from analytics.documents.pdf import covered, printable
from analytics.sql import resource

FOLDER = resource("report_templates") / "fonts"
FONTS = sorted(path for path in FOLDER.iterdir() if path.suffix in {".otf", ".ttf"})

IGNORED = {0xAD, 0x200C, 0x200D, 0x200E, 0x200F}
"""Joiners and direction marks: no font draws them, and names need them."""

SCRIPTS = {
    "latin": "Ünïcödé Łódź ế",
    "cyrillic": "Жук Ґанок",
    "greek": "Ωμέγα",
    "chinese": "北京示例有限公司 漢字",
    "japanese": "かなカナ東京",
    "korean": "한국예시 주식회사",
    "arabic": "شركة المثال پارسی ۱۲۳",
    "hebrew": "חברה לדוגמה",
    "devanagari": "उदाहरण",
    "thai": "บริษัท",
    "money": "€£¥₹₩₺₴ \N{MINUS SIGN}\N{EN DASH}",
}


def shown_by_fonts() -> list[int]:
    """The code points that some font has a glyph for and that may be printed."""
    found = set[int]()
    for path in FONTS:
        with TTFont(path) as font:
            found |= set(font.getBestCmap())
    usable = {c for c in found if unicodedata.category(chr(c)) not in {"Cc", "Cn", "Co", "Cs"}}
    moves = {*range(0x2028, 0x202F), *range(0x2066, 0x206A)}
    return sorted((usable | IGNORED) - moves)


def test_the_list_of_covered_characters_is_what_the_fonts_have() -> None:
    ranges = []
    for _, run in groupby(enumerate(shown_by_fonts()), key=lambda pair: pair[1] - pair[0]):
        codes = [code for _, code in run]
        ranges.append((codes[0], codes[-1]))
    path = FOLDER / "coverage.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        lines = [f"{first:x}-{last:x}" if first != last else f"{first:x}" for first, last in ranges]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
        covered.cache_clear()
    assert list(covered()) == ranges


@pytest.mark.parametrize("script", SCRIPTS)
def test_names_of_many_scripts_are_printed_as_they_are(script: str) -> None:
    assert printable(SCRIPTS[script]) == SCRIPTS[script]


def test_what_no_font_shows_becomes_its_code() -> None:
    assert printable("a😀b") == "a[U+1F600]b"
    assert printable("\ufffd\u202e\ud83d") == "[U+FFFD][U+202E][U+D83D]"
    assert printable(r'"tab\t nul\u0000 quote\" back\\u0000 slash\/"') == (
        r'"tab[U+0009] nul[U+0000] quote\" back\\u0000 slash\/"'
    )


def test_fonts_are_small_and_each_has_its_licence() -> None:
    assert sum(path.stat().st_size for path in FONTS) < 8_000_000
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in FONTS:
        assert path.stem.partition("-")[0] in readme
    licences = {path.name for path in FOLDER.glob("*.txt")} - {"coverage.txt"}
    assert all(f"]({name})" in readme for name in licences)
