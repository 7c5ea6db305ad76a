"""Errors of setting pages."""

from analytics.errors.families import Invalid


class TemplateFailed(Invalid):
    """The template {place} cannot be used: {problem}. Nothing was issued or written. Correct it, or
    remove it from the book's folder 'templates' to use the built-in one.
    """

    code = "template_failed"
