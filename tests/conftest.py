"""What holds for all tests."""

import os

# Rich reads it once, and `ps` cuts lines by it: no test may depend on the developer's window.
os.environ.pop("COLUMNS", None)
