# SPDX-License-Identifier: GPL-3.0-or-later
"""Every sample that should be there is counted, once: as the simulator's log of what it sent and
what was acknowledged has it, whoever is killed meanwhile; read back by plain SQL."""

import sqlite3
import time

import wire
from conftest import wait_for

COLUMNS = "expected, received, late, empty, thinned, dropped"


def ledger(rig, node):
    db = sqlite3.connect(f"file:{rig.dir}/state/history.db?mode=ro", uri=True)
    sums = ", ".join(f"coalesce(sum({c}), 0)" for c in COLUMNS.split(", "))
    row = db.execute(f"SELECT {sums} FROM ledger WHERE node=?", (node,)).fetchone()
    db.close()
    return dict(zip(COLUMNS.split(", "), row))


def truth(rig, node):
    """Expected and received samples of a node: each second from a series' first to its last."""
    acked, _ = rig.oracle()
    times = {}
    for n, _, t, series, _ in acked:
        if n == node:
            times.setdefault(series, set()).add(t)
    assert len(times) > 3
    return (sum(max(t) - min(t) + 1 for t in times.values()), sum(map(len, times.values())))


def stop_sim(rig, sim, nodes):
    sim.stop()
    assert {s[0] for s in rig.oracle()[1]} >= set(nodes)


def test_whoever_is_killed(rig, long_run):
    """The collector is killed again and again, once for long; the simulator ends in between, and
    what it did not measure is missing, to the sample."""
    nodes = ["n1", "n2", "n3"]
    rig.node(*nodes)
    c = rig.collector()
    sim = rig.sim()
    time.sleep(3)
    for pause in (0.2, 1.3, 65 if long_run else 4):
        c.kill()
        time.sleep(pause)
        c = rig.collector(wait=False)
        time.sleep(2.1)
    rig.wait_collector()
    wait_for("acknowledgements", 40, lambda: all(
        n["connected"] for n in rig.api("nodes")["nodes"] if n["name"] in nodes))
    time.sleep(2)
    stop_sim(rig, sim, nodes)
    time.sleep(3)  # nobody measures
    sim = rig.sim()
    time.sleep(4)
    c.kill()  # what was counted and not stored is counted again, what was stored is not
    c = rig.collector()
    time.sleep(3)
    stop_sim(rig, sim, nodes)
    assert c.stop() == 0
    for node in nodes:
        expected, received = truth(rig, node)
        counted = ledger(rig, node)
        assert counted["received"] == received, node
        assert counted["expected"] == expected, node
        assert expected - received >= 3 * 4  # the pause of the simulator
        assert counted["empty"] == counted["thinned"] == counted["dropped"] == 0
        assert (counted["late"] > 0) == long_run


def test_late_empty_and_lost(rig):
    rig.node("odd")
    c = rig.collector()
    a = wire.Agent(rig, "odd")
    a.send(wire.define(1, "probe"))
    t0, seq = int(time.time()) - 400, 0
    for i in range(40):  # late
        seq += 1
        a.send(wire.batch(seq, t0 + i, 1, [20.0]))
    for i in range(40, 50):  # measured nothing
        seq += 1
        a.send(wire.frame(wire.BATCH, wire.varint(seq) + wire.varint(t0 + i) + b"\0\1\x0e"))
    for i in range(50, 170, 60):  # a full spool kept one a minute
        seq += 1
        a.send(wire.batch(seq, t0 + i, 1, [20.0]))
        seq += 59
    seq += 1
    a.send(wire.batch(seq, t0 + 170, 1, [20.0]))
    seq += 1
    a.send(wire.batch(seq, t0 + 180, 1, [20.0]))  # 9 were never measured
    seq += 1 + 200
    a.send(wire.batch(seq, t0 + 381, 1, [20.0]))  # 200 went with the oldest file
    seq += 1
    a.send(wire.batch(seq, t0 + 100, 1, [20.0]))  # of the past: counted before
    a.send(wire.batch(seq, t0 + 382, 1, [20.0]))  # the same number: no news
    wait_for("acknowledgement", 10, lambda: a.receive()[0] == wire.ACK)
    time.sleep(1)
    a.close()
    told = rig.api("completeness")
    lines = rig.ctl("completeness").stdout.splitlines()
    assert lines[1].split() == ["odd", "A", "382", "45", "44", "10", "9", "318", "11.780"]
    assert lines[-1].split()[0] == "all" and lines[-1].split()[2] == "382"
    assert c.stop() == 0
    got = ledger(rig, "odd")
    zone, = told["zones"]
    node, = told["nodes"]
    assert node["node"] == "odd" and node["zone"] == zone["zone"] == "A"
    for one in node, zone, told["all"]:
        assert got.items() <= one.items(), one
        assert one["missing"] == 382 - 45 - 10 - 118 - 200 and one["part"] == 45 / 382
    assert told["from_ms"] < told["counted_from_ms"] < told["to_ms"]
    assert got == {"expected": 382, "received": 40 + 2 + 2 + 1, "late": 40 + 2 + 2,
                   "empty": 10, "thinned": 118, "dropped": 200}
