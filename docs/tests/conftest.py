"""Lets the tests of the browser import what the others share."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
