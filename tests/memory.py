"""The most memory that a process took, of its own: what a test of flat memory measures."""

import re
import resource
from pathlib import Path


def own_peak() -> int:
    """Kilobytes of memory that this process took at its peak, since its program began.

    Linux hands the `ru_maxrss` of the process that started a program on to it, so that a small program started by a
    large test run looks as large; the high-water mark of /proc is its own. Elsewhere `ru_maxrss` is all there is.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if found:
            return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
