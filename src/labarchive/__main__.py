"""``python -m labarchive`` is the command line."""

import sys

from labarchive.cli import main

if __name__ == "__main__":
    sys.exit(main())
