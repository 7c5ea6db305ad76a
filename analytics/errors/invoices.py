"""Errors of invoices, and of the configuration that they need."""

from analytics.errors.families import Invalid


class InvalidConfiguration(Invalid):
    """{where}: {problem}. Correct the file, then: tokenbook config check."""

    code = "invalid_configuration"
