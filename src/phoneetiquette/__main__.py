"""``python -m phoneetiquette``: the same as the ``phoneetiquette`` command."""

from __future__ import annotations

import sys

from phoneetiquette.cli import main

sys.exit(main())
