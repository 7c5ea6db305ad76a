"""How files are read into a book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import simplejson

from analytics import sources
from analytics.sources.accounts import AccountRule, account_rule

RECORD = "record"
"""The source of a load that is one recorded call."""


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to read files.

    Args:
        format: jsonl, csv or parquet where a file's ending does not say it.
        mapping: native column -> column, key or JSON path of the file.
        constants: native column -> text that each row gets.
        create_accounts: make an account for an external id that is seen for the first time.
        id_scope: "book": equal rows without an id are one record wherever they stand; "file": in
            each file.
        strict: any rejected row fails the whole load, with nothing written.
        source: the log format, where it is not to be told from the file.
        account_from: where a row names its customer, as a path into it.
        account_else: of a row that names none: system, reject, or an account's external id.
        accounts: the same two by source, from the book's settings.
    """

    format: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    create_accounts: bool = False
    id_scope: str = "book"
    strict: bool = False
    source: str | None = None
    account_from: str | None = None
    account_else: str | None = None
    accounts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def account(self, source: str) -> AccountRule:
        """Who the customer of a source's row is."""
        kept = self.accounts.get(source, {})
        if self.account_from is not None:
            return account_rule(self.account_from, self.account_else)
        return account_rule(kept.get("account_from"), self.account_else or kept.get("account_else"))

    def text(self, paths: Sequence[str]) -> str:
        """As JSON together with what is read, so that a load can be repeated from any folder."""
        return simplejson.dumps(
            {
                "paths": [
                    path if path == sources.STDIN else str(Path(path).absolute()) for path in paths
                ],
                "format": self.format,
                "mapping": dict(self.mapping),
                "constants": dict(self.constants),
                "create_accounts": self.create_accounts,
                "id_scope": self.id_scope,
                "source": self.source,
                "account_from": self.account_from,
                "account_else": self.account_else,
                "accounts": {name: dict(rule) for name, rule in self.accounts.items()},
            },
            ensure_ascii=False,
        )
