"""Errors of invoices, and of the configuration that they need."""

from analytics.errors.families import Conflict, Invalid, NotFound


class InvoiceNotFound(NotFound):
    """There is no issued invoice {number!r}. 'tokenbook invoice list' shows what there is."""

    code = "invoice_not_found"


class SellerIncomplete(Conflict):
    """Nothing was issued: [seller] in {path} lacks {names}. 'tokenbook config init' writes a file
    to fill in.
    """

    code = "seller_incomplete"


class MonthNotOver(Conflict):
    """Nothing was issued: {month} ends after {last_day}, a day of {timezone}, and the issue date is
    {issue_date}. Issue it from {first_day} on; --early issues it now, and what is used after that
    goes to the next invoice as an adjustment.
    """

    code = "month_not_over"


class InvoiceIssued(Conflict):
    """There is no draft: {month} of {account!r} is issued as {number}. See: tokenbook explain
    invoice {number}.
    """

    code = "invoice_issued"


class InvoicesHeld(Conflict):
    """{held} of {accounts} invoices of {month} were not issued: {names}. {reasons}. The others
    are issued; the same command issues these once that is answered.
    """

    code = "invoices_held"


class InvoiceNotVoidable(Conflict):
    """{number} cannot be corrected: {problem}."""

    code = "invoice_not_voidable"


class InvoicesDamaged(Conflict):
    """{damaged} of {invoices} issued documents are not what was issued: {names}. Restore the book
    from a copy; do not send them.
    """

    code = "invoices_damaged"


class RateExists(Conflict):
    """There is a rate of {what} already: {rate}. Add --replace to correct it; what is issued keeps
    the one it was issued with.
    """

    code = "rate_exists"


class InvalidConfiguration(Invalid):
    """{where}: {problem}. Correct the file, then: tokenbook config check."""

    code = "invalid_configuration"
