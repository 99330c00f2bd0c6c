# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGKILL at random moments: of the collector, of its children, of agents. After all of them every
RRD has the bytes that a clean librrd makes of what was acknowledged (reference.py).

The agents are simulated ones (real spools, real connections) that began half an hour ago and
measure faster than time passes, so there is a backlog at every moment; they try again within half a
second after a kill, as an agent does after a session that lasted."""

import os
import signal
import time

import reference
from campaign import campaign, dice
from conftest import wait_for

PACE = 10  # simulated seconds in one
NODES = 8
STORE = 'flush = "1s"; checkpoint = "1s";'  # the least that can be set


def start_sim(rig, since, pace=PACE):
    return rig.sim("--since", int(since), "--pace", pace, "--eager")


def all_connected(rig):
    return all(n["connected"] for n in rig.api("nodes")["nodes"])


def end_sim(rig, sim):
    """Until nothing waits; then the simulator ends."""
    wait_for("connections", 60, lambda: all_connected(rig))
    time.sleep(2)
    assert sim.stop(60) == 0, sim.text()[-2000:]


def moments(d, n):
    """When to kill, in seconds after the start: half of them while the start recovers and replays,
    in pairs of a few milliseconds too; a third while the backlog comes, a sixth after that."""
    for _ in range(n):
        kind = d.random()
        yield d.uniform(0, 0.02) if kind < 0.1 else d.uniform(0.01, 0.2) if kind < 0.5 else \
            d.uniform(0.2, 1.2) if kind < 0.85 else d.uniform(1, 2.5)


def child_of(pid, name):
    """The child process of this name, or None."""
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    except OSError:
        return None
    for p in children:
        try:
            if open(f"/proc/{p}/comm").read().strip() == name[:15]:
                return int(p)
        except OSError:
            pass
    return None


@campaign("kill-collector", short=14, long=1000, build="release", seconds=(90, 5400))
def kill_collector(rig, n, seed):
    """SIGKILL of the collector at n random moments, most during recovery, replay and backfill: RRDs
    byte-equal to a clean librrd's of what was acknowledged."""
    d = dice(seed, "kill-collector")
    rig.node(*[f"n{i}" for i in range(NODES)])
    rig.store = STORE
    c = rig.collector()
    sim = start_sim(rig, time.time() - min(7000, 60 + 8 * n))
    wait_for("connections", 30, lambda: all_connected(rig))
    starts = []
    for after in moments(d, n):
        time.sleep(after)
        assert c.alive(), f"seed {seed}: the collector ended by itself:\n{c.text()[-2000:]}"
        c.kill()
        rig.daemons.remove(c)
        starts.append(time.monotonic())
        c = rig.collector(wait=False)
    rig.wait_collector()
    end_sim(rig, sim)
    figures = reference.check(rig)
    assert figures["samples"] > 200, figures
    assert "damage" not in c.text() and "quarantine" not in c.text(), c.text()[-3000:]
    acks = reference.first_acks(rig.dir / "oracle.frames", starts)
    return (f"{n} kills, {figures['sessions']:,} sessions, {reference.said(figures)}; restart to "
            f"first acknowledgement of {len(acks)} lives that had one: {reference.times(acks)}")


def kill_child(c, d, name):
    """Waits for this child of the collector's, lets it live for a moment, kills it: whether it was."""
    pid = wait_for(name, 40, lambda: child_of(c.pid, name))
    time.sleep(next(moments(d, 1)))
    if child_of(c.pid, name) != pid:
        return False
    os.kill(pid, signal.SIGKILL)
    return True


@campaign("kill-children", short=8, long=1000, build="release", seconds=(90, 5400))
def kill_children(rig, n, seed):
    """SIGKILL of zonewatch-store n times, of zonewatch-render every third time: RRDs byte-equal to
    a clean librrd's, and graphs are drawn afterwards."""
    d = dice(seed, "kill-children")
    rig.node(*[f"n{i}" for i in range(NODES)])
    rig.store = STORE
    c = rig.collector()
    sim = start_sim(rig, time.time() - min(7000, 60 + 8 * n))
    killed, renders = 0, 0
    while killed < n:
        # A child that dies again and again waits longer each time; a new collector's does not.
        for _ in range(4):
            killed += kill_child(c, d, "zonewatch-store")
        render = child_of(c.pid, "zonewatch-render")
        if render:
            os.kill(render, signal.SIGKILL)
            renders += 1
        assert c.alive(), f"seed {seed}: the collector ended:\n{c.text()[-2000:]}"
        if killed < n:
            assert c.stop(60) == 0, c.text()[-2000:]
            rig.daemons.remove(c)
            c = rig.collector()
    wait_for("the store", 40, lambda: child_of(c.pid, "zonewatch-store"))
    wait_for("the renderer", 40, lambda: child_of(c.pid, "zonewatch-render"))
    end_sim(rig, sim)
    figures = reference.check(rig)
    assert rig.request("/api/v1/graph?series=n0/thermal&last=10min&format=png")[0] == 200
    return f"{killed} kills of the store, {renders} of the renderer, {reference.said(figures)}"


@campaign("kill-agents", short=8, long=1000, build="release", seconds=(90, 5400))
def kill_agents(rig, n, seed):
    """SIGKILL of simulated agents (real spools) n times, the collector killed now and then too: what
    was acknowledged is in the RRDs, numbers never mean two things."""
    d = dice(seed, "kill-agents")
    nodes = 4
    rig.node(*[f"n{i}" for i in range(nodes)])
    rig.store = STORE
    c = rig.collector()
    since = began = time.time() - min(7000, 60 + 8 * n)
    t0 = time.monotonic()
    kills = 0
    while kills < n * nodes:
        sim = start_sim(rig, since)
        time.sleep(d.uniform(0, 0.3) if d.random() < 0.3 else d.uniform(0.3, 1.5))
        sim.kill()
        rig.daemons.remove(sim)
        kills += nodes
        # It measures on where it was: never twice at one moment, at times with a gap.
        since = began + (time.monotonic() - t0) * PACE + 1
        if d.random() < 0.1:
            c.kill()
            rig.daemons.remove(c)
            c = rig.collector(wait=False)
    sim = start_sim(rig, since)
    rig.wait_collector()
    end_sim(rig, sim)
    figures = reference.check(rig)
    assert figures["samples"] > 50, figures
    return (f"{n} kills of {nodes} agents each, {figures['sessions']:,} sessions, "
            f"{reference.said(figures)}; {figures['never_taken']} frames were sent and lost with the "
            f"agent's last half second")
