"""The pages of an invoice: what they show, byte for byte, and what they never let through."""

import json
import os
import re
from collections.abc import Callable, Mapping
from copy import deepcopy
from decimal import localcontext
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.canonical import canonical_json
from analytics.documents import index_html, invoice_html, set_html, set_markdown, values
from analytics.documents.invoice_view import invoice_view
from analytics.documents.lines import days_of
from analytics.documents.templates import templates_of
from analytics.errors import TemplateFailed

GOLDEN = Path(__file__).parent / "golden"
DATA = Path(__file__).parent / "data"

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "closes": "</title></style></bdi></td></table></svg></main><h1>Paid</h1><!--",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "entity": "&lt;b&gt; &amp; &#60;b&#62; &copy",
    "jinja": "{{ 7 * 7 }}{% for x in range(9) %}{{ self }}{% endfor %}{# gone #}",
    "sql": '\'; drop table account; -- $1 "x"',
    "link": "javascript:alert(1)//evil.example/..\\x",
    "control": "a\x00b\x01c\td\ne\rf\x1b[31mg\x7fh\x85i\u2028j\ufffek",
    "direction": "evil \u202egpj.exe \u2066isolated \u2067still",
    "arabic": "شركة المثال <ש>",
    "emoji": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 e\u0301",
    "surrogate": "half \ud83d",
    "css": "} @import url(//evil.example/x.css); body { display: none",
    "long": "x" * 10_000,
}

RAW = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Page(HTMLParser):
    """The tags and attributes of a page, in order, and its text without the style sheet."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "wbr":
            self.tags.append(tag)
        if tag not in {"wbr", "meta"}:
            self.open.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    @property
    def shape(self) -> tuple[list[str], list[tuple[str, str]]]:
        return self.tags, [(tag, name) for tag, name, _ in self.attributes]


def price(quantity: str, unit_price: str, exact: str, **changes: str) -> dict[str, Any]:
    return {
        "price_id": "price_ab12",
        "variant": "",
        "tier_from": "0",
        "first_day": "2026-10-01",
        "last_day": "2026-10-31",
        "quantity": quantity,
        "unit_price": unit_price,
        "exact": exact,
        **changes,
    }


def line(model: str, label: str, amount: str, *prices: Any, **changes: Any) -> dict[str, Any]:
    return {
        "provider": model.partition("/")[0],
        "model": model.partition("/")[2],
        "meter": "input_tokens",
        "label": label,
        "quantity": prices[0]["quantity"],
        "unit": "token",
        "unit_price": prices[0]["unit_price"] if len(prices) == 1 else None,
        "per": "1000000",
        "exact": prices[0]["exact"],
        "amount": amount,
        "prices": list(prices),
        **changes,
    }


def sample_invoice() -> dict[str, Any]:
    """A sample."""
    content: dict[str, Any] = json.loads((DATA / "invoice.json").read_text(encoding="utf-8"))
    return content


def sample_index() -> dict[str, Any]:
    """A sample."""
    content: dict[str, Any] = json.loads((DATA / "index.json").read_text(encoding="utf-8"))
    return content


def fill(content: dict[str, Any], text: str) -> dict[str, Any]:
    """The content with the text wherever a stranger may have written it."""
    for row in [content["customer"]] if "customer" in content else content["accounts"]:
        row.update(dict.fromkeys(("account_id", "external_id", "name", "email"), text))
        row.update({key: text for key in ("html", "json", "reason") if row.get(key)})
    for row in (*content.get("models", ()), *content.get("lines", ())):
        row.update({"provider": text, "model": text})
    for row in content.get("lines", ()):
        row.update({"label": text, "meter": text})
        for used in row["prices"]:
            used.update({"price_id": text, "variant": text})
    return content


PAGES: list[tuple[Callable[[Mapping[str, Any]], str], Callable[[], dict[str, Any]]]] = [
    (invoice_html, sample_invoice),
    (index_html, sample_index),
]


@pytest.mark.parametrize(("render", "sample"), PAGES)
def test_page_is_the_golden_one(
    render: Callable[[Mapping[str, Any]], str], sample: Callable[[], dict[str, Any]]
) -> None:
    path = GOLDEN / f"{render.__name__.removesuffix('_html')}.html"
    page = render(sample()).encode()
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(page)
    assert page == path.read_bytes()


@pytest.mark.parametrize(("render", "sample"), PAGES)
def test_page_is_the_same_every_time(
    render: Callable[[Mapping[str, Any]], str], sample: Callable[[], dict[str, Any]]
) -> None:
    content = sample()
    before = deepcopy(content)
    first = render(content)
    with localcontext(prec=3):
        assert render(content) == first, "the caller's decimal context must not matter"
    assert content == before


@pytest.mark.parametrize(("render", "sample"), PAGES)
def test_page_parses_and_fetches_nothing(
    render: Callable[[Mapping[str, Any]], str], sample: Callable[[], dict[str, Any]]
) -> None:
    text = render(sample())
    page = Page(text)
    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(page.tags)
    assert not re.search(r"https?:|url\(|@import|//", text, re.IGNORECASE)
    targets = [value for _, name, value in page.attributes if name in {"src", "href", "action"}]
    assert all(target.startswith("./") for target in targets)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(("render", "sample"), PAGES)
def test_text_of_strangers_stays_text(
    render: Callable[[Mapping[str, Any]], str], sample: Callable[[], dict[str, Any]], hostile: str
) -> None:
    stranger = HOSTILE[hostile]
    text = render(fill(sample(), stranger))
    page = Page(text)
    assert page.open == []
    assert page.shape == Page(render(fill(sample(), "plain"))).shape
    assert not RAW.search(text)
    assert RAW.sub("\ufffd", stranger).replace("\n", "\ufffd") in page.text
    for _, name, value in page.attributes:
        assert name != "href" or re.fullmatch(r"\./[\w.~%/-]*", value)
    text.encode()


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1))
def test_any_text_leaves_the_page_in_shape(stranger: str) -> None:
    text = invoice_html(fill(sample_invoice(), stranger))
    page = Page(text)
    assert page.open == []
    assert page.shape == Page(invoice_html(fill(sample_invoice(), "plain"))).shape
    assert not RAW.search(text)
    text.encode()


def test_markdown_is_the_golden_one() -> None:
    text = set_markdown(invoice_view(sample_invoice()), templates_of()).encode()
    path = GOLDEN / "invoice.md"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(text)
    assert text == path.read_bytes()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_strangers_stays_text_in_markdown(hostile: str) -> None:
    """No more lines, cells, tags or links than a plain name makes."""
    shapes = [
        re.sub(r"\\.", "", set_markdown(invoice_view(fill(sample_invoice(), text)), templates_of()))
        for text in (HOSTILE[hostile], "plain")
    ]
    assert len({text.count("\n") for text in shapes}) == 1
    for mark in "|<>[]`":
        assert len({text.count(mark) for text in shapes}) == 1, mark
    assert not RAW.search(shapes[0].replace("\n", ""))


def test_customer_sees_no_cost_and_no_markup() -> None:
    content = sample_invoice()
    content["customer"] |= {"markup_percent": "31.7"}
    content |= {"cost": "1184.85", "margin_percent": "31.7"}
    page = Page(invoice_html(content))
    shown = [page.text, *(value for _, _, value in page.attributes)]
    assert not re.search(r"1,?184|31\.7|mark-?up|margin|cost", " ".join(shown), re.IGNORECASE)


def test_draft_is_marked_and_an_issued_invoice_is_not() -> None:
    assert '<p class="mark">draft</p>' in invoice_html(sample_invoice())
    page = invoice_html(sample_invoice() | {"status": "issued", "number": "2026-0001"})
    assert "draft" not in page.lower()
    assert "No. <bdi>2026-0001</bdi>" in page


def test_tax_rows_stand_between_subtotal_and_total() -> None:
    tax = {"name": "VAT", "kind": "standard", "rate_percent": "19", "note": None}
    row = tax | {"base": "1421.82", "amount": "270.15"}
    content = sample_invoice() | {"tax": [row], "tax_total": "270.15", "total": "1691.97"}
    text = Page(invoice_html(content)).text
    assert re.search(
        r"Subtotal\s+\$1,421\.82\s+VAT 19% on \$1,421\.82\s+\$270\.15\s+Amount due USD", text
    )


def test_account_without_name_goes_by_its_id() -> None:
    content = sample_invoice()
    content["customer"] |= {"name": None, "external_id": None, "email": None}
    text = Page(invoice_html(content)).text
    assert text.count("acc_01jab3kq9vx7e8m2n4r5t6w8yz") == 3, "the title, the name, the id"
    assert "None" not in text


def test_month_without_usage_has_a_page() -> None:
    content = sample_invoice() | {"records": 0, "models": [], "days": [], "lines": []}
    text = invoice_html(content | {"subtotal": "0.00", "total": "0.00"})
    assert "No usage in this month." in text
    assert "<svg" not in text
    totals = sample_index()["totals"] | {"charge": "0.00", "held": 0, "margin_percent": None}
    assert index_html(sample_index() | {"totals": totals}).count("<title>0.00%</title>") == 3
    text = index_html(sample_index() | {"accounts": [], "totals": totals})
    assert "No account was billed in this month." in text
    assert "none held" in text


def test_missing_content_is_an_error_not_a_blank() -> None:
    content = sample_invoice()
    del content["customer"]["email"]
    with pytest.raises(KeyError):
        invoice_html(content)
    with pytest.raises(TemplateFailed, match=r"invoice\.html:\d+ cannot be used: 'title' is undef"):
        set_html({"language": "en", "seller": {"logo": None}}, templates_of())


def test_chart_has_a_slot_for_every_day_of_the_month() -> None:
    content = sample_invoice()
    content["period"] |= {"start": "2028-02-01", "end": "2028-02-29"}
    content["days"] = [
        {"day": "2028-02-03", "records": 1, "exact": "0.000000000000000001"},
        {"day": "2028-02-28", "records": 2, "exact": "0.30"},
    ]
    page = invoice_html(content)
    assert page.count('class="slot"') == 29
    assert page.count('<rect class="bar" x="') == 2
    assert "<title>2028-02-28: $0.30, 2 records</title>" in page
    assert "<title>2028-02-29: no usage</title>" in page
    assert re.findall(r'class="axis"[^>]*>([^<]*)<', page) == ["$0.30", "$0.15"]


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("2026-10-01", "2026-10-31", "all month"),
        ("2026-10-01", "2026-10-14", "until 2026-10-14"),
        ("2026-10-15", "2026-10-31", "from 2026-10-15"),
        ("2026-10-15", "2026-10-20", "2026-10-15 to 2026-10-20"),
        ("2026-10-15", "2026-10-15", "on 2026-10-15"),
    ],
)
def test_days_of_a_price(first: str, last: str, shown: str) -> None:
    used = {"first_day": first, "last_day": last}
    assert days_of(used, sample_invoice()["period"]) == shown


def test_money_keeps_its_decimals() -> None:
    assert values.money("1234.56", "USD") == "$1,234.56"
    assert values.money("-1234.5000", "USD") == "\u2212$1,234.5000"
    assert values.money("-0.00", "USD") == "$0.00"
    assert values.money("1234567", "EUR") == "€1,234,567"
    assert values.money("12.00", "CHF") == "CHF 12.00"
    assert values.money(None, "USD") == "\N{EN DASH}"
    long = "123456789012345678901234567890.123456789012345678901234"
    with localcontext(prec=5):
        assert values.money(long, "USD").replace(",", "") == f"${long}"
        assert values.rate(long, "USD").replace(",", "") == f"${long}"
        assert values.quantity("1234567", "token") == "1,234,567 tokens"
        assert values._duration(59_999_999) == "16 h 39 min 59.999 s"


def test_cents_never_round_something_to_nothing() -> None:
    assert values.cents("0.005", "USD") == "$0.01"
    assert values.cents("0.004", "USD") == "<$0.01"
    assert values.cents("-0.004", "USD") == ">\u2212$0.01"
    assert values.cents("0.000", "USD") == "$0.00"
    assert values.cents("1234.565", "USD") == "$1,234.57"
    assert values.cents(None, "USD") == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("price_text", "shown"),
    [
        ("2.5", "$2.50"),
        ("2.500", "$2.50"),
        ("0.0375", "$0.0375"),
        ("0.000000150", "$0.00000015"),
        ("15", "$15.00"),
        ("1000", "$1,000.00"),
        ("0", "$0.00"),
        (None, "\N{EN DASH}"),
    ],
)
def test_unit_prices(price_text: str | None, shown: str) -> None:
    assert values.rate(price_text, "USD") == shown


@pytest.mark.parametrize(
    ("quantity", "unit", "shown"),
    [
        ("1234567", "token", "1,234,567 tokens"),
        ("1", "token", "1 token"),
        ("2", "search", "2 searches"),
        ("0", "request", "0 requests"),
        ("0", "millisecond", "0 s"),
        ("40", "millisecond", "0.04 s"),
        ("60000", "millisecond", "1 min"),
        ("723500", "millisecond", "12 min 3.5 s"),
        ("3600001", "millisecond", "1 h 0.001 s"),
        ("36000000000", "millisecond", "10,000 h"),
        ("-723500", "millisecond", "\u221212 min 3.5 s"),
    ],
)
def test_quantities(quantity: str, unit: str, shown: str) -> None:
    assert values.quantity(quantity, unit) == shown


@pytest.mark.parametrize(
    ("per", "unit", "shown"),
    [
        ("1000000", "token", "per 1M tokens"),
        ("1000", "search", "per 1,000 searches"),
        ("1000", "request", "per 1,000 requests"),
        ("1", "page", "per page"),
        ("60000", "millisecond", "per minute"),
        ("15000", "millisecond", "per 15 s"),
    ],
)
def test_what_a_price_is_for(per: str, unit: str, shown: str) -> None:
    assert values.per(per, unit) == shown


def test_long_ids_may_break_and_copy_as_they_are() -> None:
    shown = values.ident("ft:gpt-4o-mini-2024-07-18:acme:" + "x" * 40)
    assert "gpt-<wbr>4o-<wbr>mini-" in shown
    assert shown.count("x<wbr>x") == 2
    assert values.ident("gpt-4o") == "<bdi>gpt-4o</bdi>"
    assert "<wbr>" not in values.ident("👩‍👩‍👧‍👦" * 9)


def test_canonical_json_is_the_same_bytes_for_the_same_content() -> None:
    content = sample_invoice()
    data = canonical_json(content)
    assert data.startswith(b'{"adjustments":[],"credits":null,"currency":"USD",')
    assert json.loads(data) == content
    assert canonical_json(dict(reversed(content.items()))) == data
    assert canonical_json({"name": "Ünï \ud83d", "n": None}) == (
        '{"n":null,"name":"Ünï \\ud83d"}'.encode()
    )


@pytest.mark.parametrize("value", [1.5, [{"deep": float("nan")}], {"a": (0.1,)}])
def test_canonical_json_refuses_floats(value: object) -> None:
    with pytest.raises(TypeError, match="is a float"):
        canonical_json({"amount": value})
