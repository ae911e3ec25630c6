"""``python -m glviz``."""

from __future__ import annotations

import sys

from glviz.cli import main

sys.exit(main())
