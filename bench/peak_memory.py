"""The most memory that this process has had, in bytes, as bench/peak-memory.ts has it."""

import re
import resource
import sys


def peak_memory():
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with open("/proc/self/status") as status:
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status.read(), re.MULTILINE)[1]) * 1024
