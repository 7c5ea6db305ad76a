"""Errors of exports."""

from analytics.errors.families import Conflict, Invalid


class UnpricedExport(Conflict):
    """The period has {records} without a price. What they cost is not known, so a FOCUS file would
    lack them: 'tokenbook prices missing' lists them and names what helps. To write the file
    without them, add --leave-out-unpriced.
    """

    code = "unpriced_export"


class TooManyRows(Invalid):
    """{rows} rows do not fit into a sheet, which holds {most}. Narrow them by dates or account, or
    choose csv or parquet.
    """

    code = "too_many_rows"
