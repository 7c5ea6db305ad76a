"""``python -m analytics`` is the command ``tokenbook``."""

from analytics.cli import main

main()
