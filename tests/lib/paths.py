"""Where things are: the tree, the build under test, and what tests leave behind."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CHIBO_BUILD") or ROOT / "build" / "dev").resolve()
STATE = BUILD / "test"

CHIBOD = BUILD / "bin" / "chibod"
CHIBOD_OPEN_GATE = BUILD / "bin" / "chibod_open_gate"
CHIBO = BUILD / "bin" / "chibo"
