"""What the program costs, against peers on the same machine: `python -m benchmarks`.

Measured are loads (`ingest`), totals (`totals`), single records (`record`), start-up (`startup`)
and more; `months` holds a whole month against other programs. docs/performance.md says how, and
holds the results.
"""
