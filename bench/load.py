"""Runs the generator of load beside a filter, and takes what it costs the filter."""

import json
import os
import subprocess

import filters
import processes

LOAD = str(filters.BUILD / "bench" / "winnow-load")


class Result:
    def __init__(self, reply, filter_cpu):
        self.messages = reply["messages"]
        self.rate = reply["messages"] / reply["seconds"]
        self.seconds = reply["seconds"]
        self.p50 = reply["p50_us"]
        self.p99 = reply["p99_us"]
        self.cpu = filter_cpu / reply["messages"] * 1e6
        self.own_cpu = reply["cpu_us"] / reply["messages"]


def run(pid, protocol, port, mail, cpus=None, **arguments):
    """
    Has the mail in the file judged over and over. `pid`: the first process of the filter's family. `cpus`:
    where the generator may run. Ends the program when a message does not get its verdict: then nothing
    was measured.
    """
    before = processes.family_cpu_seconds(pid)
    out = subprocess.run(
        [LOAD, protocol, str(port), str(mail)] + [f"{key}={value}" for key, value in arguments.items()],
        stdout=subprocess.PIPE, text=True, check=True,
        preexec_fn=(lambda: os.sched_setaffinity(0, cpus)) if cpus else None).stdout
    reply = json.loads(out)
    if reply["failed"] or reply["refused"]:
        raise SystemExit(f"of {reply['messages']} messages over {protocol} {reply['failed']} were lost and "
                         f"{reply['refused']} refused")
    return Result(reply, processes.family_cpu_seconds(pid) - before)


def best(results):
    """The least CPU and the highest rate of several runs: other work on the machine only ever takes away."""
    return min(r.cpu for r in results), max(r.rate for r in results)
