"""What the program costs, against peers on the same machine: `python -m benchmarks`.

Measured are loads (`ingest`), totals (`totals`), single records (`record`) and start-up
(`startup`). docs/performance.md says how, and holds the results.
"""
