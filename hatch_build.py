"""Expands the SQL templates while a wheel is built, so that an installed command never has to."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ExpandedQueries(BuildHookInterface[Any]):
    """Puts the expanded text of `queries/` into a wheel as ``analytics/queries``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes the texts and names the folder; an editable install reads the templates."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from analytics.sql.expansion import expanded

        queries, target = Path(self.root, "queries"), Path(self.root, "build", "queries")
        for path in sorted(queries.rglob("*.sql")):
            if "__pycache__" in path.parts:
                continue
            inside = path.relative_to(queries)
            name = inside.with_suffix("").as_posix()
            target.joinpath(inside).parent.mkdir(parents=True, exist_ok=True)
            target.joinpath(inside).write_text(expanded(queries, name), encoding="utf-8")
            place = f"analytics/queries/{inside.as_posix()}"
            build_data["force_include"][str(target / inside)] = place
