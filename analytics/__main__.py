"""``python -m analytics`` is the command ``tokenbook``; both start here.

Ctrl-C is a sentence also while the first modules are imported, so none is before it is asked for.
Only while Python itself starts, some hundredths of a second, is the message Python's own.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Runs the command and exits."""
    try:
        from analytics.cli import main
    except KeyboardInterrupt:
        from analytics.errors.families import EXIT_INTERRUPTED, INTERRUPTED

        sys.stderr.write(f"{INTERRUPTED}\n")
        sys.exit(EXIT_INTERRUPTED)
    main()


if __name__ == "__main__":
    main()
