"""How long the long tests are."""

import os

#: With LOADSTONE_FULL=1 the long tests are as long as their names say; else their first parts only, so that all tests
#: are done within minutes on two cores.
FULL = os.environ.get("LOADSTONE_FULL") == "1"
