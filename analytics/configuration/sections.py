"""The sections of `book.toml` and their keys: the one list that reading, checking and writing use.

To add a section, add it to `SECTIONS`. A named one stands for any number of sections
``[sources.<name>]`` with the same keys.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analytics.configuration import kinds
from analytics.configuration.kinds import Kind


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a section.

    Args:
        kind: reads its value.
        comment: what it is for, in the file that `config init` writes.
        example: a value as TOML writes it; `config init` writes it as a comment.
        default: its value where the file has none.
    """

    kind: Kind
    comment: str
    example: str
    default: Any = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section: what it is for, and its keys in the order in which they are written."""

    comment: str
    keys: Mapping[str, Key]
    is_named: bool = False
    """Whether it stands for ``[name.<any name>]``."""


SELLER = Section(
    "Who sends the invoices. It stands on each of them.",
    {
        "legal_name": Key(kinds.text, "Needed to issue.", '"Example Ltd"'),
        "address": Key(kinds.lines, "Needed to issue.", '["Main Street 1", "10115 Berlin"]', ()),
        "tax_id": Key(kinds.text, "Needed once an account pays tax.", '"DE123456789"'),
        "registration": Key(kinds.text, "Company register and number.", '"HRB 1234, Berlin"'),
        "email": Key(kinds.text, "For questions about an invoice.", '"billing@example.com"'),
        "website": Key(kinds.text, "", '"https://example.com"'),
        "logo": Key(kinds.text, "A PNG or SVG file in the book's folder.", '"logo.png"'),
    },
)

BANK = Section(
    "How to pay: what is given is printed, in this order.",
    {
        "holder": Key(kinds.text, "", '"Example Ltd"'),
        "bank": Key(kinds.text, "", '"Example Bank"'),
        "iban": Key(kinds.text, "", '"DE75512108001245126199"'),
        "bic": Key(kinds.text, "", '"SOGEDEFF"'),
        "account": Key(kinds.text, "Where there is no IBAN.", '"000123456789"'),
        "routing": Key(kinds.text, "", '"110000000"'),
    },
)

INVOICE = Section(
    "What invoices look like, and when they are due.",
    {
        "number": Key(
            kinds.number_format,
            "With {year} numbers begin anew each year, with {month} each month.",
            '"INV-{year}-{number:04}"',
            "INV-{year}-{number:04}",
        ),
        "credit_note_number": Key(
            kinds.number_format,
            "A series of its own.",
            '"CN-{year}-{number:04}"',
            "CN-{year}-{number:04}",
        ),
        "due_days": Key(kinds.whole(0, 366), "After the issue date.", "14", 14),
        "payment_terms": Key(
            kinds.paragraph, "", '"Please pay within 14 days, and name the invoice\'s number."'
        ),
        "tax": Key(
            kinds.text,
            "The tax rate of accounts that name none ('tokenbook tax add').",
            '"vat"',
        ),
        "customer_needs": Key(
            kinds.choices("name", "billing_address", "email", "tax_id"),
            "What an account must have before an invoice is issued to it.",
            '["name", "billing_address"]',
            ("name", "billing_address"),
        ),
        "rate_days": Key(
            kinds.whole(0, 366),
            "How old an exchange rate may be at the end of the month, in days.",
            "31",
            31,
        ),
        "language": Key(kinds.text, "The language of the pages, as in HTML.", '"en"', "en"),
        "decimal_point": Key(kinds.choice(".", ","), "", '"."', "."),
        "thousands": Key(
            kinds.choice(",", ".", "'", " ", "\N{NO-BREAK SPACE}", ""), "", '","', ","
        ),
        "paper": Key(kinds.choice("a4", "us-letter"), "", '"a4"', "a4"),
        "notes": Key(kinds.lines, "Sentences on each invoice.", '["Thank you."]', ()),
        "footer": Key(kinds.paragraph, "", '"Example Ltd, managing director: A. Example"'),
    },
)

SOURCES = Section(
    "Where the rows of a log name the customer; NAME is a log format of 'tokenbook sources'.",
    {
        "account_from": Key(kinds.text, "A path into the row.", '"metadata.customer_id"'),
        "account_else": Key(
            kinds.text, "Of a row that names none: system, reject, or an external id.", '"reject"'
        ),
    },
    is_named=True,
)

USAGE = Section(
    "What becomes of usage that nobody knows.",
    {
        "unknown": Key(
            kinds.choice("hold", "estimate", "free"),
            "Calls whose usage never came: hold (no price, the invoice waits), estimate (what is"
            "\n# known of it is billed), free (nothing is).",
            '"hold"',
            "hold",
        ),
    },
)

SECTIONS: dict[str, Section] = {
    "seller": SELLER,
    "seller.bank": BANK,
    "invoice": INVOICE,
    "sources": SOURCES,
    "usage": USAGE,
}
"""Name -> section, in the order in which `config init` writes them."""
