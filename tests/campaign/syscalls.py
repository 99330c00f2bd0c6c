# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at the N-th call of each system call that changes the disk or the connection, by strace, of
the real daemons. One run without a kill says how often each thread comes to each; then each N of each
has its turn. (The same within one process, at every call: tests/unit/test_killpoints.c; at every
instruction of an update: tests/unit/test_crashstates.c.)"""

import collections
import os
import re
import shutil
import time

import conftest
import reference
from campaign import Skip, campaign, dice
from conftest import wait_for
from kill import STORE, end_sim, start_sim

CALLS = ("pwrite64 write fdatasync fsync syncfs rename renameat2 unlink unlinkat ftruncate fallocate "
         "openat mkdir link munmap sendto sendmsg msync flock").split()
MOST = 250  # of one call in one thread: what comes later is the same again


def traced(rig, name, argv, *more):
    """A daemon under strace, which ends with it."""
    if not shutil.which("strace"):
        raise Skip("there is no strace")
    return rig.start(name, "strace", "-f", "-qq", *more, *argv)


def count(path):
    """The dry run's {call: how often the busiest thread made it}."""
    seen = collections.Counter()
    for line in path.read_text(errors="replace").splitlines():
        m = re.match(r"(\d+)\s+(\w+)\(", line)
        if m:
            seen[m[1], m[2]] += 1
    most = collections.Counter()
    for (_, call), n in seen.items():
        most[call] = min(MOST, max(most[call], n))
    return most


def points(rig, name, argv, settle, n, d):
    """[(call, N)] of a dry run, in random order: n of them, with the calls evenly."""
    log = rig.dir / f"{name}.calls"
    p = traced(rig, name, argv, "-o", log, "-e", "trace=" + ",".join(CALLS))
    settle(p)
    every = [(c, i) for c, m in count(log).items() for i in range(1, m + 1)]
    assert every, log.read_text(errors="replace")[-2000:]
    d.shuffle(every)
    if n >= len(every):
        return every
    by = collections.defaultdict(list)
    for c, i in every:
        by[c].append((c, i))
    chosen = []
    while len(chosen) < n:
        for c in sorted(by):
            if by[c] and len(chosen) < n:
                chosen.append(by[c].pop())
    d.shuffle(chosen)
    return chosen


def strike(rig, name, argv, call, i, seconds):
    """One life, which ends at its i-th such call, or after so long: whether it came to that."""
    log = rig.dir / f"{name}.strike"
    log.unlink(missing_ok=True)
    p = traced(rig, name, argv, "-o", log, "-e", f"trace={call}", "-e",
               f"inject={call}:signal=KILL:when={i}")
    end = time.monotonic() + seconds
    while p.alive() and time.monotonic() < end:
        time.sleep(0.03)
        if log.exists() and b"killed by SIGKILL" in log.read_bytes():
            end = min(end, time.monotonic() + 0.3)  # a child that died is started again
    hit = b"killed by SIGKILL" in log.read_bytes()
    reap(rig, p)
    return hit


def reap(rig, p):
    """strace is over, or is ended with what it traces."""
    for child in children(p.pid):
        try:
            os.kill(child, 9)
        except OSError:
            pass
    try:
        p.process.wait(10)
    finally:
        if p.alive():
            p.kill()
    if p in rig.daemons:
        rig.daemons.remove(p)


def children(pid):
    try:
        return [int(x) for x in open(f"/proc/{pid}/task/{pid}/children").read().split()]
    except OSError:
        return []


@campaign("kill-at-syscall", short=7, long=1500, build="release", seconds=(100, 7200))
def kill_at_syscall(rig, n, seed):
    """SIGKILL of the collector or its store at the N-th of each system call, of acknowledging,
    checkpoints, making RRDs and recovering: RRDs byte-equal."""
    d = dice(seed, "kill-at-syscall")
    nodes = [f"n{i}" for i in range(max(6, min(n, 120)))]
    rig.node(*nodes)
    rig.store = STORE
    rig.write_conf()
    argv = [conftest.BUILD / "zonewatch-collector", "-f", "-c", rig.dir / "collector.conf"]
    all_nodes, rig.nodes = rig.nodes, {n: "A" for n in nodes[:3]}
    sims = [start_sim(rig, time.time() - min(7000, 120 + 30 * n))]
    rig.nodes = all_nodes

    def dry(p):
        time.sleep(3)
        reap(rig, p)

    todo = points(rig, "collector", argv, dry, n, d)
    hit, fresh = 0, list(nodes[3:])
    for call, i in todo:
        if fresh and d.random() < 0.6:  # one that is new: its series are defined, its files are made
            rig.nodes = {fresh.pop(): "A"}
            sims.append(rig.sim("--since", int(time.time() - 90), "--pace", 30, "--eager"))
            rig.nodes = all_nodes
        hit += strike(rig, "collector", argv, call, i, 3)
    rig.c = rig.start("collector", *argv)
    rig.wait_collector()
    wait_for("connections", 60, lambda: all(
        x["connected"] or x["name"] in fresh for x in rig.api("nodes")["nodes"]))
    time.sleep(3)
    for sim in sims:
        assert sim.stop(60) == 0
    figures = reference.check(rig, 180)
    assert "damage" not in rig.c.text() and "quarantine" not in rig.c.text(), rig.c.text()[-3000:]
    return (f"{len(todo)} points, {hit} came within 3 s, {figures['sessions']:,} sessions, "
            f"{reference.said(figures)}")


@campaign("kill-agent-at-syscall", short=8, long=400, build="release", seconds=(100, 7200))
def kill_agent_at_syscall(rig, n, seed):
    """SIGKILL of agents at the N-th of each system call of their spools: RRDs byte-equal, no number
    means two things."""
    d = dice(seed, "kill-agent-at-syscall")
    rig.node("n0", "n1")
    rig.store = STORE
    c = rig.collector()
    began, t0 = time.time() - min(7000, 120 + 30 * n), time.monotonic()

    def argv():
        since = began + (time.monotonic() - t0) * 10 + 1
        return [conftest.BUILD / "zonewatch-sim", "--collector", f"127.0.0.1:{rig.agent_port}",
                "--pki", rig.dir / "pki", "--state", rig.dir / "sim", "--step", 1, "--eager",
                "--oracle", rig.dir / "oracle", "--since", int(since), "--pace", 10, "A:n0,n1"]

    def dry(p):
        time.sleep(3)
        reap(rig, p)

    todo, hit = points(rig, "sim", argv(), dry, n, d), 0
    for call, i in todo:
        if d.random() < 0.3 and c.alive():
            c.kill()
            rig.daemons.remove(c)
        elif not c.alive():
            c = rig.collector(wait=False)
        hit += strike(rig, "sim", argv(), call, i, 2)
    if not c.alive():
        c = rig.collector(wait=False)
    sim = rig.start("sim", *argv())
    rig.wait_collector()
    end_sim(rig, sim)
    figures = reference.check(rig)
    return f"{len(todo)} points, {hit} came within 2 s, {reference.said(figures)}"


