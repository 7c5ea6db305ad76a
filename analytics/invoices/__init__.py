"""A month of an account becomes an invoice: drafted, issued once, frozen, corrected in the open.

`drafting` computes, `lines` and `terms` are the arithmetic, `content` is the JSON that all faces
are made from, `requirements` says what holds an invoice. `issuing` numbers and freezes, with
`numbering` and `storing`; `corrections` voids and credits; `verification` proves that nothing
changed; `archive` finds what was issued; `rates` keeps tax and exchange rates.
"""

from analytics.invoices.archive import get_invoice, list_invoices
from analytics.invoices.content import SCHEMA
from analytics.invoices.corrections import Corrector
from analytics.invoices.drafting import Draft, draft
from analytics.invoices.index import index_content, refuse_unpriced
from analytics.invoices.issuing import Options, issue, refuse_held
from analytics.invoices.storing import POINTS
from analytics.invoices.verification import refuse_damaged, verify

__all__ = [
    "POINTS",
    "SCHEMA",
    "Corrector",
    "Draft",
    "Options",
    "draft",
    "get_invoice",
    "index_content",
    "issue",
    "list_invoices",
    "refuse_damaged",
    "refuse_held",
    "refuse_unpriced",
    "verify",
]
