"""What ours is held against: DuckDB alone, which reads a file into a table and makes it durable.

python -m benchmarks.bare_load FILE DATABASE
"""

import sys

import duckdb

from benchmarks.workload import query


def main() -> None:
    """Loads the file; closing the database writes it to its place."""
    file, database = sys.argv[1:]
    with duckdb.connect(database) as connection:
        row = connection.execute(query("bare_load"), {"path": file}).fetchone()
    print(row[0] if row else 0)


if __name__ == "__main__":
    main()
