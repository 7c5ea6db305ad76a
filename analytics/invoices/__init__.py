"""A month of an account becomes an invoice: drafted, issued once, frozen, corrected in the open.

`drafting` computes, `lines` and `terms` are the arithmetic, `content` is the JSON that all faces
are made from, `requirements` says what holds an invoice.
"""

from analytics.invoices.content import SCHEMA
from analytics.invoices.drafting import Draft, draft
from analytics.invoices.index import index_content, refuse_unpriced

__all__ = ["SCHEMA", "Draft", "draft", "index_content", "refuse_unpriced"]
