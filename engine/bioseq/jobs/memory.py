"""How the process that computes deals with freed memory.

A network's step allocates and frees the same large blocks again and again. The C library of Linux gives blocks above
128 KB back to the system at once and takes them anew, zeroed page by page: 20,000 page faults a step, up to a tenth of
the time of a training. Kept for the next step they cost nothing, and the process ends with its job.
"""

from __future__ import annotations

import ctypes
import sys

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_LARGEST_KEPT = 32 << 20
"""The most that glibc accepts; larger blocks still go back at once."""
_NEVER = 2**31 - 1


def keep_freed_memory() -> bool:
    """Keep freed blocks for the next allocation, from now on; True where the C library can be told so (glibc)."""
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT)) and bool(mallopt(_M_TRIM_THRESHOLD, _NEVER))
