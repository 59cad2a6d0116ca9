"""What holds for all tests."""

import os

from access import KEY

# Rich reads it once, and `ps` cuts lines by it: no test may depend on the developer's window.
os.environ.pop("COLUMNS", None)
# Servers and programs that tests start share a key, and leave no file in the developer's home.
os.environ["WARMLINE_ACCOUNTS_API_KEY"] = KEY
