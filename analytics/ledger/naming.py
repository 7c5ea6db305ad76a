"""Which account a caller means: by the book's id, by the caller's own, or by either."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analytics.errors import AccountMismatch, AccountNotFound, InvalidArgument

if TYPE_CHECKING:
    from analytics.engines import Reader, Row, Writer


@dataclass(frozen=True, slots=True)
class Named:
    """How an account is named.

    Args:
        account: its id or external id.
        account_id: its id.
        external_id: the caller's own id of it.
    """

    account: str | None = None
    account_id: str | None = None
    external_id: str | None = None

    @property
    def is_given(self) -> bool:
        """Whether any name is given."""
        return bool(self.account or self.account_id or self.external_id)


def find(engine: "Reader", named: Named) -> "Row":
    """The id of an account and its credits as they were last written.

    Raises:
        AccountNotFound: a name is of no account.
        AccountMismatch: two names are of two accounts.
        InvalidArgument: there is no name.
    """
    if not named.is_given:
        problem = "name the account by its id or its external id"
        raise InvalidArgument(name="external_id", problem=problem)
    rows = [_either(engine, named.account)] if named.account else []
    if named.account_id or named.external_id:
        rows += _both(engine, named)
    if len({row["account_id"] for row in rows}) > 1:
        names = [named.account, named.account_id, named.external_id]
        one, other = [name for name in names if name][:2]
        raise AccountMismatch(one=one, other=other)
    return rows[0]


def account_id(engine: "Reader", named: Named) -> str | None:
    """The id of an account; None where none is named.

    Raises:
        AccountNotFound: a name is of no account.
        AccountMismatch: two names are of two accounts.
    """
    return str(find(engine, named)["account_id"]) if named.is_given else None


def known_id(engine: "Writer", named: Named) -> str:
    """The id of an account, looked up once: a name means the same account until that is changed.

    Raises:
        AccountNotFound: a name is of no account.
        AccountMismatch: two names are of two accounts.
        InvalidArgument: there is no name.
    """
    return engine.remember(("named", named), lambda: str(find(engine, named)["account_id"]))


def _either(engine: "Reader", account: str) -> "Row":
    """The account of an id or external id; one of the book's own ids comes first."""
    rows = engine.rows("ledger/find_account", account_id=account, external_id=account)
    if not rows:
        raise AccountNotFound(account=account)
    return min(rows, key=lambda row: str(row["name"]))


def _both(engine: "Reader", named: Named) -> "list[Row]":
    names = {"account_id": named.account_id, "external_id": named.external_id}
    rows = engine.rows("ledger/find_account", **names)
    for name, given in names.items():
        if given and not any(row["name"] == name for row in rows):
            raise AccountNotFound(account=given)
    return rows
