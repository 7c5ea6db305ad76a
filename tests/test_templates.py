"""Templates of a book: they are used, see nothing else, and an error has file and line."""

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from analytics import Book
from analytics.documents import templates as copies
from analytics.documents.faces import render, versions
from analytics.documents.templates import templates_of
from analytics.errors import OutputExists, TemplateFailed
from tests.conftest import write_lines
from tests.test_documents import sample_invoice
from tests.test_pdf import issued, text_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A book's folder with an empty folder of templates."""
    (tmp_path / "templates").mkdir()
    return tmp_path


def own(folder: Path, name: str, *lines: str) -> Path:
    return write_lines(folder / "templates" / name, *lines)


def test_a_template_of_the_book_takes_the_place_of_the_built_in_one(folder: Path) -> None:
    own(folder, "invoice.html", "<p>{{ total }} {% include 'part.html' %}</p>")
    own(folder, "part.html", "from {{ seller.name | user }}")
    own(
        folder,
        "invoice.typ",
        '#set document(title: "Bill")',
        "#let v = json(bytes(sys.inputs.data))",
    )
    with (folder / "templates" / "invoice.typ").open("a") as file:
        file.write('#import "colours.typ": mine\n#text(fill: mine)[Bill of #v.total]\n')
    own(folder, "colours.typ", '#let mine = rgb("#123456")')
    faces = render(issued(), {}, folder).faces
    assert faces["html"].decode() == "<p>$1,691.97 from <bdi>Meridian Inference Ltd</bdi>\n</p>\n"
    assert text_of(faces["pdf"]).strip() == "Bill of $1,691.97"
    assert b"## Details" in faces["md"]


def test_a_changed_template_counts_at_once_and_has_another_version(folder: Path) -> None:
    before = versions(folder)
    assert before == versions()
    own(folder, "invoice.html", "<p>one</p>")
    first = render(issued(), {}, folder, ("html",))
    own(folder, "invoice.html", "<p>another</p>")
    second = render(issued(), {}, folder, ("html",))
    assert (first.faces["html"], second.faces["html"]) == (b"<p>one</p>\n", b"<p>another</p>\n")
    found = {each["template"] for each in (before, first.versions, second.versions)}
    assert len(found) == 3
    assert before["fonts"] == second.versions["fonts"]


KILLED = """
import os, signal
from analytics.documents.templates import templates_of
print(templates_of().folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_copy_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    """And nothing else: neither that of a process that lives, nor what only has the name."""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    (tmp_path / "tokenbook-templates-file").write_text("a file")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tokenbook-templates-link").symlink_to(tmp_path / "elsewhere")

    def start(code: str) -> "subprocess.Popen[str]":
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        return subprocess.Popen([sys.executable, "-c", code], env=environment, text=True, **pipes)

    living = start(KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "input()"))
    assert living.stdout is not None
    kept = Path(living.stdout.readline().strip())
    left = Path(start(KILLED).communicate()[0].strip())
    assert left.is_dir()
    start("from analytics.documents.templates import templates_of; templates_of()").communicate()
    assert kept.is_dir()
    assert not left.exists()
    living.communicate("\n")
    assert {path.name for path in tmp_path.iterdir()} == {
        *("tokenbook-templates-file", "elsewhere", "tokenbook-templates-link"),
    }


def test_books_without_templates_share_one_copy(tmp_path: Path) -> None:
    """A server may issue for thousands of books; each copy of its own kept a file open for good."""
    shared = templates_of()
    before = len([*Path("/dev/fd").iterdir()])
    for number in range(20):
        assert templates_of(tmp_path / f"book-{number}") is shared
    (tmp_path / "templates").mkdir()
    for number in range(5):
        own(tmp_path, "invoice.html", "x" * number)
        assert templates_of(tmp_path) is not shared
    assert len([*Path("/dev/fd").iterdir()]) == before


def test_a_copy_that_is_not_used_any_more_is_removed(folder: Path) -> None:
    own(folder, "invoice.html", "<p>one</p>")
    copy = templates_of(folder).folder
    assert copy.is_dir()
    copies._templates.cache_clear()
    gc.collect()
    assert not copy.exists()


@pytest.mark.parametrize("what", ["a file", "a copy", "all copies"])
def test_a_copy_that_somebody_removes_is_made_again(folder: Path, what: str) -> None:
    """As cleaners of temporary folders do, while a server runs for months."""
    own(folder, "invoice.html", "<p>{{ total }}</p>")
    before = render(issued(), {}, folder)
    copy = templates_of(folder).folder
    if what == "a file":
        (copy / "invoice.typ").unlink()
    else:
        shutil.rmtree(copy if what == "a copy" else copy.parent)
    assert render(issued(), {}, folder) == before


OUT_OF_FILES = """
import hashlib, importlib.metadata, resource, sys
from pathlib import Path
from analytics.documents import pdf, templates
from analytics.documents.faces import render
from tests.test_pdf import issued
content, folder = issued(), Path(sys.argv[1])
templates.templates_of(folder)
pdf.covered()
import jinja2.sandbox, typst
importlib.metadata.MetadataPathFinder().invalidate_caches()  # pytest has used it
limits = resource.getrlimit(resource.RLIMIT_NOFILE)
for step in sys.argv[2:]:
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
    try:
        if step == "fonts":
            pdf._fonts(templates.templates_of(folder).font_folders)
        elif step == "versions":
            importlib.metadata.version("jinja2")
        else:
            render(content, {}, folder)
    except Exception:
        print("failed")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
faces = render(content, {}, folder).faces
print(hashlib.sha256(b"".join(faces[kind] for kind in sorted(faces))).hexdigest())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limit")
def test_a_process_that_ran_out_of_files_then_sets_the_same_pages(folder: Path) -> None:
    """typst leaves out fonts that it cannot open, and pages without them would be nearly empty."""

    def pages(*steps: str) -> list[str]:
        command = [sys.executable, "-c", OUT_OF_FILES, str(folder), *steps]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    [expected] = pages()
    assert pages("fonts", "versions", "pages") == ["failed"] * 3 + [expected]


def test_a_font_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "templates" / "fonts").mkdir()
    own(folder, "fonts/mine.otf", "this is no font")
    with pytest.raises(TemplateFailed, match=r"fonts/mine\.otf cannot be used: it cannot be read"):
        render(issued(), {}, folder, ("pdf",))


def test_a_letter_that_no_font_has_is_named(folder: Path) -> None:
    only = '#set text(font: "Noto Sans Devanagari", fallback: false)'
    own(folder, "invoice.typ", '#set document(title: "Bill")', only, "Hello")
    with pytest.raises(TemplateFailed, match="none of its fonts has 'H'"):
        render(issued(), {}, folder, ("pdf",))


HTML_FAULTS = {
    "unknown value": ("{{ nothing }}", "'nothing' is undefined"),
    "syntax": ("{% if %}", "Expected an expression"),
    "arithmetic": ("{{ 1 // 0 }}", "division"),
    "filter": ("{{ total | shout }}", "No filter named 'shout'"),
    "missing part": ("{% include 'gone.html' %}", "gone.html"),
    "outside": ("{% include '../book.toml' %}", "book.toml"),
    "classes": ("{{ ''.__class__.__mro__ }}", "unsafe"),
    "globals": ("{{ cycler.__init__.__globals__ }}", "unsafe"),
    "change": ("{{ models.update({}) }}", "unsafe|not callable|has no attribute"),
}


@pytest.mark.parametrize("fault", HTML_FAULTS)
def test_a_fault_of_a_page_has_file_and_line(folder: Path, fault: str) -> None:
    line, problem = HTML_FAULTS[fault]
    (folder / "book.toml").write_text("secret = 1\n")
    path = own(folder, "invoice.html", "<p>", line, "</p>")
    with pytest.raises(TemplateFailed, match=problem) as caught:
        render(issued(), {}, folder, ("html",))
    assert f"{path}:2 " in str(caught.value)


TYPST_FAULTS = {
    "unknown value": ("#nothing", "unknown variable"),
    "syntax": ("#let = 3", "expected"),
    "panic": ('#panic("no")', "no"),
    "file": ('#read("/etc/hostname")', "not found|failed"),
    "outside": ('#read("../book.toml")', "outside|escape|access"),
}


@pytest.mark.parametrize("fault", TYPST_FAULTS)
def test_a_fault_of_a_pdf_has_file_and_line(folder: Path, fault: str) -> None:
    line, problem = TYPST_FAULTS[fault]
    (folder / "book.toml").write_text("secret = 1\n")
    path = own(folder, "invoice.typ", '#set document(title: "Bill")', line)
    with pytest.raises(TemplateFailed, match=f"(?i){problem}") as caught:
        render(issued(), {}, folder, ("pdf",))
    assert f"{path}:2 " in str(caught.value)


def test_a_fault_in_a_built_in_template_names_the_template(folder: Path) -> None:
    own(folder, "style.css", "{{ nothing }}")
    with pytest.raises(TemplateFailed, match=r"style\.css:1 cannot be used"):
        render(sample_invoice(), {}, folder, ("html",))


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = write_lines(tmp_path / "secret.txt", "secret")
    (folder / "templates" / "invoice.html").symlink_to(secret)
    (folder / "templates" / "more").symlink_to(tmp_path)
    assert templates_of(folder).own_names == frozenset()
    assert b"secret" not in render(issued(), {}, folder, ("html",)).faces["html"]


def test_strangers_text_is_escaped_in_own_templates_too(folder: Path) -> None:
    own(folder, "invoice.html", "<p>{{ customer.name }}</p>")
    content = issued()
    content["customer"]["name"] = "<script>\x07"
    page = render(content, {}, folder, ("html",)).faces["html"].decode()
    assert page == "<p>&lt;script&gt;\ufffd</p>\n"


def test_a_broken_template_issues_nothing(book: Book, tmp_path: Path) -> None:
    (tmp_path / "book" / "book.toml").write_text(
        '[seller]\nlegal_name = "Example Ltd"\naddress = ["Main Street 1"]\n'
    )
    book.create_account("acme", name="Acme", billing_address="Hafenstr. 12")
    book.record_usage(
        context="customer",
        external_id="acme",
        model_id="gpt-4o",
        input_tokens=1000,
        occurred_at="2026-10-02T00:00:00Z",
    )
    path = tmp_path / "book" / "templates" / "invoice.typ"
    path.parent.mkdir()
    path.write_text("#let x = \n")
    [outcome] = book.issue_invoices("2026-10").outcomes
    assert outcome.outcome == "failed"
    assert f"{path}:1" in str(outcome.reason)
    assert book.list_invoices() == []
    path.unlink()
    [outcome] = book.issue_invoices("2026-10").outcomes
    assert (outcome.outcome, outcome.number) == ("issued", "INV-2026-0001")


def test_copied_templates_make_the_same_faces(book: Book, tmp_path: Path) -> None:
    before = render(issued(), {}, tmp_path / "book").faces
    copied = book.copy_templates()
    assert {path.parent for path in copied} == {tmp_path / "book" / "templates"}
    assert render(issued(), {}, tmp_path / "book").faces == before
    with pytest.raises(OutputExists):
        book.copy_templates()
    copied[0].write_text("mine")
    book.copy_templates(replace=True)
    assert copied[0].read_text(encoding="utf-8") != "mine"


def test_pages_of_months_and_statements_are_the_books_own_too(book: Book, tmp_path: Path) -> None:
    book.create_account("acme")
    templates = tmp_path / "book" / "templates"
    templates.mkdir()
    write_lines(templates / "month.html", "{{ month_name }}")
    write_lines(templates / "statement.html", "{{ month }}")
    book.write_month(book.month_report("2026-10"), tmp_path / "month.html")
    book.write_statement(book.get_statement("acme", "2026-10"), tmp_path / "statement.html")
    assert (tmp_path / "month.html").read_text() == "October 2026\n"
    assert (tmp_path / "statement.html").read_text() == "2026-10\n"


def test_a_logo_is_on_the_page_and_in_the_pdf(folder: Path) -> None:
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9v9z"/></svg>'
    )
    content = issued()
    content["seller"] = {
        **content["seller"],
        "logo": {"sha256": "ab12", "media_type": "image/svg+xml"},
    }
    faces = render(content, {"ab12": svg}, folder).faces
    assert b'<img class="logo" src="data:image/svg+xml;base64,PHN2' in faces["html"]
    assert faces["pdf"] != render(issued(), {}, folder).faces["pdf"]
