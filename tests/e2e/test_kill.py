# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is killed, each acknowledged sample is in the RRDs, once, with its value.

The simulator's own log of what it sent and what was acknowledged is the oracle; it is outside of
what is killed."""

import math
import os
import random
import signal
import time

from conftest import wait_for


def gauges(series, values):
    counters = {"read_ops", "write_ops", "read_bytes", "write_bytes", "rx_bytes", "tx_bytes",
                "rx_errors"}
    return {k: v for k, v in values.items() if k not in counters}


def same(row, values):
    return all(math.isclose(row[f], v, rel_tol=1e-9, abs_tol=1e-9) for f, v in values.items())


def check_rrds(rig):
    """Every acknowledged sample against its RRD; returns how many values were compared."""
    acked, sent = rig.oracle()
    truth = {}
    for node, _, t, series, values in sent:
        # A second may be measured twice, before and after a kill of the simulator: either is true.
        truth.setdefault((node, series), {}).setdefault(t, []).append(gauges(series, values))
    compared = 0
    for node, series in truth:
        rows = rig.fetch(node, series, min(truth[node, series]) - 2, max(truth[node, series]) + 1)
        for n, _, t, s, values in acked:
            if (n, s) != (node, series):
                continue
            row = rows.get(t)
            assert row is not None, f"{node}/{series} at {t}: acknowledged and not there"
            assert any(same(row, v) for v in truth[node, series][t]), \
                f"{node}/{series} at {t}: {row} instead of {truth[node, series][t]}"
            compared += len(values)
        for t, row in rows.items():
            assert t in truth[node, series], f"{node}/{series} at {t}: {row} was never sent"
    return compared


def settle(rig, sim):
    """Let the simulator stop sending, have all acknowledged and written."""
    time.sleep(2.5)
    os.kill(sim.pid, signal.SIGTERM)
    sim.process.wait(30)
    rig.flush()


def test_kill_collector(rig, long_run):
    rig.node(*[f"n{i}" for i in range(6)])
    rig.store = 'flush = "2s"; checkpoint = "1s";'
    c = rig.collector()
    sim = rig.sim()
    dice = random.Random(1)
    for _ in range(60 if long_run else 8):
        time.sleep(dice.uniform(0.1, 3))
        c.kill()
        c = rig.collector(wait=False)
    rig.wait_collector()
    wait_for("acknowledgements", 40, lambda: all(
        n["connected"] for n in rig.api("nodes")["nodes"]))
    settle(rig, sim)
    assert check_rrds(rig) > 500


def child_of(pid, name):
    for p in os.listdir("/proc"):
        if p.isdigit():
            try:
                stat = open(f"/proc/{p}/stat").read()
                if int(stat.rsplit(")", 1)[1].split()[1]) == pid and name[:15] in stat:
                    return int(p)
            except OSError:
                pass
    return None


def test_kill_store_and_render(rig, long_run):
    rig.node(*[f"n{i}" for i in range(4)])
    rig.store = 'flush = "2s"; checkpoint = "1s";'
    c = rig.collector()
    sim = rig.sim()
    dice = random.Random(2)
    for _ in range(60 if long_run else 8):
        time.sleep(dice.uniform(0.2, 2))
        for name in ("zonewatch-store", "zonewatch-render"):
            pid = child_of(c.pid, name)
            if pid:
                os.kill(pid, signal.SIGKILL)
    wait_for("store", 40, lambda: child_of(c.pid, "zonewatch-store"))
    wait_for("render", 40, lambda: child_of(c.pid, "zonewatch-render"))
    settle(rig, sim)
    assert check_rrds(rig) > 500
    assert rig.request("/api/v1/graph?series=n0/thermal&last=10min&format=png")[0] == 200


def test_kill_agents(rig, long_run):
    """An agent that is killed keeps what it spooled, and its numbers never mean two things."""
    rig.node(*[f"n{i}" for i in range(4)])
    rig.collector()
    dice = random.Random(3)
    for _ in range(30 if long_run else 5):
        sim = rig.sim()
        time.sleep(dice.uniform(1.5, 4))
        sim.kill()
    sim = rig.sim()
    wait_for("all connected", 30, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    time.sleep(3)
    settle(rig, sim)
    assert check_rrds(rig) > 300


def test_outage(rig):
    """The collector is away; nothing of what was measured meanwhile is lost, and the newest values
    are shown before the backlog is through."""
    rig.node(*[f"n{i}" for i in range(4)])
    c = rig.collector()
    sim = rig.sim()
    wait_for("all connected", 20, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    time.sleep(3)
    c.stop()
    time.sleep(12)
    c = rig.collector()
    wait_for("all connected", 40, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    time.sleep(4)
    settle(rig, sim)
    _, sent = rig.oracle()
    acked, _ = rig.oracle()
    assert len({(s[0], s[2]) for s in acked}) >= len({(s[0], s[2]) for s in sent}) - 4
    assert check_rrds(rig) > 500
    assert "damage" not in c.text()
