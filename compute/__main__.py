"""``python -m compute`` is ``glviz-compute``."""

import sys

from compute.cli import main

if __name__ == "__main__":
    sys.exit(main())
