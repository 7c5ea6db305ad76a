"""The PDF of a document: what it says, that it is valid, and that its bytes never change."""

import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import page as validator
import pytest
from pypdf import PdfReader

from analytics.canonical import canonical_json
from analytics.documents.faces import render
from analytics.documents.pdf import issue_time
from tests.test_documents import HOSTILE, fill, sample_invoice

STREAM_LENGTH = "PDFA3B-STREAM-LENGTH-001"
"""The validator takes a last byte 0D of a stream for a part of the line break behind it, and so
fails one file in twenty; `has_true_lengths` checks the rule instead."""

NO_BOOK = Path("no-such-book")

SELLER = {
    "legal_name": "Meridian Inference Ltd",
    "address": ["Main Street 1", "10115 Berlin"],
    "tax_id": "DE123456789",
    "registration": "HRB 1234, Berlin",
    "email": "billing@meridian.example",
    "website": None,
    "bank": {
        "holder": "Meridian Inference Ltd",
        "bank": None,
        "iban": "DE75512108001245126199",
        "bic": "SOGEDEFF",
        "account": None,
        "routing": None,
    },
    "logo": None,
}


def issued(**changes: Any) -> dict[str, Any]:
    """A sample that was issued, with tax."""
    tax = {"name": "VAT", "kind": "standard", "rate_percent": "19", "note": None}
    return {
        **sample_invoice(),
        "status": "issued",
        "number": "INV-2026-0001",
        "issue_date": "2026-11-01",
        "due_date": "2026-11-15",
        "seller": SELLER,
        "payment_terms": "Please pay within 14 days.",
        "footer": "Meridian Inference Ltd\nManaging director: A. Example",
        "notes": ["Thank you."],
        "tax": [tax | {"base": "1421.82", "amount": "270.15"}],
        "tax_total": "270.15",
        "total": "1691.97",
        **changes,
    }


def of_lines(count: int) -> dict[str, Any]:
    """An invoice of so many lines, two a model."""
    line = sample_invoice()["lines"][1]
    models = [f"model-{i:04}" for i in range((count + 1) // 2)]
    lines = [
        {**deepcopy(line), "model": models[i // 2], "label": ("Input", "Output")[i % 2]}
        for i in range(count)
    ]
    total = f"{count * 26 // 100}.{count * 26 % 100:02}"
    used = [{"provider": "openai", "model": m, "records": 2, "amount": "0.52"} for m in models]
    sums = {"usage": total, "subtotal": total, "total": total, "tax": [], "tax_total": "0.00"}
    days = sample_invoice()["days"] if count else []
    return issued(lines=lines, models=used, days=days, records=2 * count, **sums)


def pdf(content: Mapping[str, Any]) -> bytes:
    return render(content, {}, NO_BOOK, ("pdf",)).faces["pdf"]


def read(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def text_of(data: bytes) -> str:
    """The text of all pages, words apart by one space, without break opportunities."""
    return " ".join(pages_of(data))


def pages_of(data: bytes) -> list[str]:
    """The text of each page."""
    found = (each.extract_text().replace("\u200b", "") for each in read(data).pages)
    return [re.sub(r"\s+", " ", text) for text in found]


def assert_valid(data: bytes) -> None:
    """PDF/A-3b and PDF/UA-1."""
    for profile in ("3b", "ua1"):
        limits = validator.SafetyLimits.unlimited()
        report = validator.validate_pdf_bytes(data, profile=profile, limits=limits)
        found = [(f.rule_id, f.message) for f in report.failures if f.rule_id != STREAM_LENGTH]
        assert found == []
    assert has_true_lengths(data)


def has_true_lengths(data: bytes) -> bool:
    """Whether each stream is as long as it says."""
    starts = re.finditer(rb"/Length (\d+)[^>]*>>\s*stream\r?\n", data)
    ends = [data[start.end() + int(start[1]) :][:12] for start in starts]
    return len(ends) > 0 and all(end.lstrip(b"\r\n").startswith(b"endstream") for end in ends)


CASES = {
    "issued": issued(),
    "draft": sample_invoice(),
    "letter": issued(paper="us-letter"),
    "credit note": issued(
        kind="credit_note",
        number="CN-2026-0001",
        due_date=None,
        total="-1691.97",
        refers_to={"number": "INV-2026-0001", "date": "2026-11-01", "reason": "Wrong rate"},
    ),
    "yen": issued(currency="JPY", total="1692"),
    "dinar": issued(currency="KWD", total="1691.970"),
    "0 lines": of_lines(0),
    "1 line": of_lines(1),
    "40 lines": of_lines(40),
}


@pytest.mark.parametrize("case", CASES)
def test_a_pdf_is_valid_for_archives_and_screen_readers(case: str) -> None:
    assert_valid(pdf(CASES[case]))


def test_the_first_page_says_all_that_is_needed_to_pay() -> None:
    data = pdf(issued())
    first = pages_of(data)[0]
    for shown in (
        *("Invoice", "INV-2026-0001", "Meridian Inference Ltd", "Main Street 1", "Acme GmbH & Co."),
        *("2026-11-01", "2026-11-15", "October 2026", "$1,691.97", "VAT 19%", "$270.15"),
        *("DE75512108001245126199", "SOGEDEFF", "Please pay within 14 days.", "DE123456789"),
        *("gpt-4o", "99.7%", "Thank you.", "Managing director: A. Example", "Page 1 of 2"),
    ):
        assert shown in first
    assert "DRAFT" not in text_of(data)


def test_the_details_say_which_price_applied_when() -> None:
    details = pages_of(pdf(issued()))[1]
    assert "until 2026-10-14 1,234,567 tokens $2.50 per 1M tokens $3.0864175" in details
    assert "from 2026-10-15 1,800,000 tokens $3.00 per 1M tokens $5.40" in details
    assert "several prices" in details
    assert "service_tier=flex" in details


def test_a_draft_says_so_on_each_page() -> None:
    assert all("DRAFT" in text for text in pages_of(pdf(sample_invoice())))


@pytest.mark.parametrize(
    ("paper", "width", "height"), [("a4", 595.28, 841.89), ("us-letter", 612, 792)]
)
def test_paper(paper: str, width: float, height: float) -> None:
    box = read(pdf(issued(paper=paper))).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx((width, height), abs=0.01)


@pytest.mark.parametrize(("lines", "pages"), [(0, 1), (1, 2), (40, 3)])
def test_pages(lines: int, pages: int) -> None:
    found = pages_of(pdf(of_lines(lines)))
    assert len(found) == pages
    assert f"Page {pages} of {pages}" in found[-1]
    assert all("Description" in text for text in found[1:]), "titles are on each page of details"


@pytest.mark.slow
def test_an_invoice_of_4000_lines_has_them_all() -> None:
    data = pdf(of_lines(4000))
    text = text_of(data)
    assert all(f"model-{i:04}" in text for i in range(2000))
    assert text.count("Page ") == len(read(data).pages) > 100


def test_numbers_are_written_as_the_book_says() -> None:
    shown = {"language": "de", "decimal_point": ",", "thousands": "."}
    text = text_of(pdf(issued(format=shown, currency="EUR")))
    assert "€1.691,97" in text
    assert "1.234.567 tokens" in text


def test_a_credit_note_names_what_it_corrects_and_asks_for_nothing() -> None:
    text = text_of(pdf(CASES["credit note"]))
    assert "Credit note CN-2026-0001" in text
    assert "Corrects INV-2026-0001 of 2026-11-01. Wrong rate" in text
    assert "Total credited" in text
    assert "How to pay" not in text


def test_the_canonical_json_is_attached() -> None:
    content = issued()
    content["customer"]["name"] = "control \x07, emoji 😀, half \ud83d"
    [attached] = read(pdf(content)).attachments.values()
    assert attached == [canonical_json(content)]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_strangers_is_printed_and_never_run(hostile: str) -> None:
    data = pdf(fill(issued(), HOSTILE[hostile]))
    assert_valid(data)
    text = text_of(data)
    assert "Meridian Inference Ltd" in text
    for secret in ("alert(1)", "#read", "{{ 7 * 7 }}"):
        if secret in HOSTILE[hostile]:
            assert secret.replace(" ", "") in text.replace(" ", "")


@pytest.mark.parametrize(
    "stranger", ['#read("/etc/passwd")', "$x^2$ @label *b* _i_ `r`", '"]) #panic()', "\\u{0}"]
)
def test_typst_in_a_name_is_a_name(stranger: str) -> None:
    text = text_of(pdf(fill(issued(), stranger)))
    assert stranger.replace(" ", "") in text.replace(" ", "")
    assert "root:" not in text


def test_what_the_fonts_lack_is_printed_as_its_code() -> None:
    content = issued()
    content["customer"]["name"] = "Smile 😀 ok"
    assert "Smile [U+1F600] ok" in text_of(pdf(content))


def test_fonts_of_many_scripts_are_embedded() -> None:
    content = issued()
    content["customer"]["address"] = ["漢字", "한국", "شركة", "שלום", "Жук Ωμέγα", "श्री", "ไทย"]
    document = read(pdf(content))
    fonts = set[str]()
    for each in document.pages:
        resources: Any = each["/Resources"]
        fonts |= {str(font.get_object()["/BaseFont"]) for font in resources["/Font"].values()}
    names = " ".join(fonts)
    for family in (
        *("Inter-Regular", "Inter-SemiBold", "DroidSansFallback", "NanumGothicCoding"),
        *("NotoSansArabic", "NotoSansHebrew", "NotoSansDevanagari", "NotoSansThai"),
    ):
        assert family in names
    assert all("+" in font for font in fonts), "each is a subset inside the file"


def test_a_name_that_fills_pages_is_cut() -> None:
    content = fill(issued(), "x" * 10_000)
    data = pdf(content)
    assert len(pages_of(data)) < 8
    assert "x… (cut)" in text_of(data)
    [attached] = read(data).attachments.values()
    assert attached == [canonical_json(content)]


def test_one_call_never_shows_the_data_of_another() -> None:
    pdf(issued(number="INV-OTHER"))
    assert "INV-OTHER" not in text_of(pdf(issued()))


def test_the_time_in_the_file_is_the_issue_date() -> None:
    content = issued()
    assert issue_time(content) == datetime(2026, 11, 1, tzinfo=UTC)
    metadata = read(pdf(content)).metadata
    assert metadata is not None
    assert metadata.creation_date == datetime(2026, 11, 1, tzinfo=UTC)
    assert metadata.title == "Invoice INV-2026-0001"
    assert issue_time(sample_invoice()) == datetime(2026, 10, 31, tzinfo=UTC)


def test_two_processes_make_the_same_bytes(tmp_path: Path) -> None:
    path = tmp_path / "content.json"
    path.write_text(json.dumps(issued()), encoding="utf-8")
    code = (
        "import hashlib, json, sys; from pathlib import Path;"
        "from analytics.documents.faces import render;"
        "made = render(json.loads(Path(sys.argv[1]).read_text()), {}, Path('nowhere'));"
        "print(*(hashlib.sha256(each).hexdigest() for each in made.faces.values()))"
    )
    command = [sys.executable, "-c", code, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    here = render(issued(), {}, NO_BOOK).faces.values()
    assert ran.stdout.split() == [hashlib.sha256(each).hexdigest() for each in here]
