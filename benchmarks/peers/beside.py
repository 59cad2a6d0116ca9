"""Lets the programs of this folder use the modules of the folder above: import it first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
