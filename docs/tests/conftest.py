"""Makes the shared modules importable for the tests in the folder browser."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
