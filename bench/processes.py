"""CPU, memory and threads of processes, from Linux's /proc."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_TICK_MS = 1_000 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """Of one process, and of it with all that it has started."""

    own_cpu_ms: float
    tree_cpu_ms: float
    """With the processes of the tree that have ended and were waited for."""
    own_rss_bytes: int
    tree_rss_bytes: int
    """Pages that processes share count for each of them."""
    own_threads: int
    processes: int


def usage(pid: int) -> Usage:
    pids = [pid, *_descendants(pid)]
    stats = [stat for each in pids if (stat := _stat(each))]
    own = stats[0]
    return Usage(
        own_cpu_ms=_TICK_MS * (own[11] + own[12]),
        tree_cpu_ms=_TICK_MS * sum(sum(stat[11:15]) for stat in stats),
        own_rss_bytes=_PAGE * own[21],
        tree_rss_bytes=_PAGE * sum(stat[21] for stat in stats),
        own_threads=own[17],
        processes=len(stats),
    )


def _stat(pid: int) -> list[int]:
    """The fields of /proc/<pid>/stat from the third on, without the state; empty where the process has ended."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        return [0, *map(int, text.rpartition(") ")[2].split()[1:])]
    return []


def _descendants(pid: int) -> list[int]:
    children: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # a thread that has just ended
            children += map(int, file.read_text(encoding="utf-8").split())
    return children + [each for child in children for each in _descendants(child)]
