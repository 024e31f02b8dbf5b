"""Processes under measurement: their family, its CPU time and memory, and on which processors they run."""

import os
import pathlib


def children(pid):
    """Process ids of all descendants."""
    try:
        direct = [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return direct + [child for one in direct for child in children(one)]


def family(pid):
    return [pid, *children(pid)]


def name(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()


def cpu_seconds(pid):
    """User and system time of all threads, in nanoseconds where the kernel counts them so."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((thread / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            fields = (thread / "stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def family_cpu_seconds(pid):
    return sum(map(cpu_seconds, family(pid)))


def pss_kb(pid, kind="Pss"):
    """
    What a process holds for itself alone and its share of what others use, too; "Pss_Anon": only of memory that
    is no file, so that nothing changes when another process with the same libraries comes or goes.
    """
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(kind + ":"):
            return int(line.split()[1])
    return 0


def processors():
    return sorted(os.sched_getaffinity(0))


def pin(pids, cpus):
    for pid in pids:
        for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cpus)
