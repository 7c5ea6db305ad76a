"""What a load says of all rows of a log, over what each says itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.records import COLUMNS, METERS, SYNONYMS
from analytics.rules.exact_json import encoded
from analytics.rules.record import values_of_text
from analytics.sources.accounts import REJECT, SYSTEM, AccountRule, to_pointer
from analytics.sources.formats.rows import Row, tags_of

_IN_SECONDS = {meter.seconds for meter in METERS}
_SAME = {other: name for name, other in SYNONYMS if other not in _IN_SECONDS}
_NAMED = {column: column for column in COLUMNS} | _SAME
_ACCOUNTS = frozenset(("external_id", "account_id"))
_NESTED = re.compile(r"\s*[{\[]")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What is said of all rows.

    Args:
        paths: column -> JSON pointer into the row.
        constants: column -> text, or a count.
        account: where the row names its customer.
    """

    paths: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    account: AccountRule = field(default_factory=AccountRule)

    @property
    def is_nothing(self) -> bool:
        """Whether only a row itself says what it is."""
        return not (self.paths or self.constants or self.account.path) and (
            self.account.fallback == SYSTEM
        )

    def over(self, row: Row, said: object) -> Row:
        """The columns of a row with what was said of all of them.

        Args:
            row: its own.
            said: the row as it came.
        """
        found = dict(row)
        for column, path in self.paths.items():
            value = _at(said, path)
            found[column] = tags_of(value) if column == "tags" else value
        found |= self.constants
        given = self.paths.keys() | self.constants.keys()
        if _ACCOUNTS.isdisjoint(given):
            found["external_id"] = self._customer(found, said)
        if "context" in given or self.account.fallback != SYSTEM:
            return found
        return self.with_context(found)

    def with_context(self, row: Row) -> Row:
        """A row that names nobody is usage of one's own."""
        if all(row.get(name) in (None, "") for name in ("context", *_ACCOUNTS)):
            row["context"] = SYSTEM
        return row

    def _customer(self, row: Row, said: object) -> Any:
        own = row.get("external_id")
        rule = self.account
        if rule.pointer is not None:
            own = _named(_at(said, rule.pointer), rule.prefix)
        is_nobody = own is None and row.get("account_id") is None
        if is_nobody and rule.fallback not in {SYSTEM, REJECT} and row.get("context") != SYSTEM:
            return rule.fallback
        return own


def overrides(
    mapping: Mapping[str, str], constants: Mapping[str, str], account: AccountRule
) -> Overrides:
    """What ``--map``, ``--set`` and ``--account-from`` mean for the rows of a source."""
    return Overrides(
        {_NAMED[column]: to_pointer(path) for column, path in mapping.items()},
        values_of_text({_NAMED[column]: text for column, text in constants.items()}),
        account,
    )


def _named(value: Any, prefix: str | None) -> str | None:
    """Who a value names: a text, or of a list the rest of the first text that begins so."""
    if value is None:
        return None
    text = value if isinstance(value, str) else encoded(value)
    if prefix is not None:
        match = re.search(f'"{re.escape(prefix)}([^"\\\\]+)"', text)
        text = match[1] if match else ""
    return None if _NESTED.match(text) else text.strip(" ") or None


def _at(value: Any, pointer: str) -> Any:
    """What is at a JSON pointer (RFC 6901); None where there is nothing."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
