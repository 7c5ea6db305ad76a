"""Errors of models and prices."""

from analytics.errors.families import Conflict, Invalid, NotFound


class ModelNotFound(NotFound):
    """No model is known as {model!r}. 'tokenbook models TEXT' searches,
    'tokenbook prices alias' and 'tokenbook prices add' make a name known.
    """

    code = "model_not_found"


class PriceNotFound(NotFound):
    """There is no price for {model!r} here: {reason}. 'tokenbook prices show MODEL' shows what
    there is, 'tokenbook prices add' adds one.
    """

    code = "price_not_found"


class UnpricedUsage(Conflict):
    """{records} of {month} have no price, so the invoices of these accounts are held:
    {accounts}. The models: {models}. 'tokenbook prices missing' lists them and names what helps
    ('prices alias', 'prices add'); then 'tokenbook prices apply'.
    """

    code = "unpriced_usage"


class InvalidPrice(Invalid):
    """The price was not added: {problem}."""

    code = "invalid_price"
