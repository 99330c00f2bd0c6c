# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices and networks that mean the gateway ill: nothing wrong is stored, nobody else suffers."""

import json
import socket
import time

from conftest import free_port, wait_for
from fakeagent import FakeAgent, counter32, counter64, integer, octets, oid, ticks
from test_gateway import IF_INDEX, credentials, devices, profiles, series_of, trap

UPTIME = "1.3.6.1.2.1.1.3.0"
BEGAN = time.monotonic()


def up():
    """A sysUpTime that goes on."""
    return ticks(100000 + int((time.monotonic() - BEGAN) * 100))


def system():
    return {"1.3.6.1.2.1.1.1.0": octets(b"box"), "1.3.6.1.2.1.1.2.0": oid("1.3.6.1.4.1.99999.1"),
            UPTIME: up}


def port_row(index, name, octets_in):
    return {f"1.3.6.1.2.1.2.2.1.2.{index}": octets(name), f"1.3.6.1.2.1.2.2.1.8.{index}": integer(1),
            f"1.3.6.1.2.1.2.2.1.10.{index}": octets_in}


def site(rig, rows, more=""):
    """A collector and a gateway of these (name, port)."""
    for n in ["gw", *[r[0] for r in rows]]:
        rig.nodes[n] = "A"
        rig.more[n] = 'kind = "device";'
    rig.collector()
    return rig.gateway("gw", profiles(rig) + credentials(rig) + more + devices(
        *[(n, p, "v2c", "timeout = \"500ms\";") for n, p in rows]), [r[0] for r in rows])


def show(rig, node):
    return json.loads(rig.ctl("snmp", "show", node, "--json").stdout)


def test_storm_of_traps_leaves_the_clock(rig):
    """Each trap asks for a poll at once; a hundred of them do not give values the time of tomorrow,
    nor make the polls in between be left out."""
    box, port = FakeAgent(system() | port_row(1, b"lo", counter32(5))), free_port()
    gw = site(rig, [("box", box.port)], f'traps = {{ listen = "127.0.0.1:{port}"; }};\n')
    wait_for("series", 20, lambda: "clock" in series_of(rig, "box"))
    time.sleep(1.5)
    begun = int(time.time()) + 1
    for _ in range(60):
        trap(port, "1.3.6.1.6.3.1.1.5.3", IF_INDEX, "i", "7")
        time.sleep(0.02)
    time.sleep(6)
    rig.flush()
    now = int(time.time())
    rows = rig.fetch("box", "clock", begun - 1, now - 2)
    assert max(rig.fetch("box", "clock", begun - 1, now + 200)) <= now + 1
    assert len(rows) >= now - 2 - begun, (begun, now, sorted(rows))
    assert gw.alive()
    box.stop()


def rates(rig, series, begun):
    rig.flush()
    return {t: r["rx_bytes"] for t, r in rig.fetch("box", series, begun, int(time.time())).items()
            if "rx_bytes" in r}


def test_counters_make_no_spike(rig):
    """A counter that dips to 0 for a poll, one that is told as a text, one below 0: no spike."""
    grown = {"n": 0}

    def live(agent, q):
        if any(o.startswith("1.3.6.1.2.1.2.2.1.10.") for o in q.oids) and q.command == 0xA0:
            grown["n"] += 1
        n = grown["n"]
        dip = 5 < n < 8 or 11 < n < 13
        agent.tree["1.3.6.1.2.1.2.2.1.10.1"] = counter64(0 if dip else 10**12 + 1000 * n)
        agent.tree["1.3.6.1.2.1.2.2.1.10.2"] = counter32(0 if dip else 3 * 10**9 + 1000 * n)
        agent.tree["1.3.6.1.2.1.2.2.1.10.3"] = octets(b"%d" % (10**6 + 1000 * n))
        agent.tree["1.3.6.1.2.1.2.2.1.10.4"] = integer(-5 if dip else 10**9 + 1000 * n)

    box = FakeAgent({**system(), **port_row(1, b"a", counter64(10**12)),
                     **port_row(2, b"b", counter32(3 * 10**9)), **port_row(3, b"c", octets(b"1")),
                     **port_row(4, b"d", integer(10**9))}, live)
    site(rig, [("box", box.port)])
    wait_for("series", 20, lambda: "port-a" in series_of(rig, "box"))
    begun = int(time.time())
    time.sleep(16)
    for s in "abcd":
        r = rates(rig, f"port-{s}", begun)
        assert r and max(r.values()) < 5000, (s, r)
        assert min(r.values()) > 10, (s, r)
        assert len(r) >= 6, (s, r)
    box.stop()


def test_reload_that_cannot_start(rig):
    """A configuration that is right and cannot be had (a port that is taken): the old one stays."""
    box, taken = FakeAgent(system()), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    taken.bind(("127.0.0.1", 0))
    gw = site(rig, [("box", box.port)])
    wait_for("series", 20, lambda: "clock" in series_of(rig, "box"))
    conf = rig.dir / "gw.conf"
    right = conf.read_text()
    for wrong in (right + f'traps = {{ listen = "127.0.0.1:{taken.getsockname()[1]}"; }};\n',
                  right.replace("127.0.0.1:%d\"; credential" % box.port, "box.example\"; credential"),
                  right.replace('credential = "v2c"', 'credential = "v4"')):
        assert wrong != right
        conf.write_text(wrong)
        before = gw.text().count("the old configuration stays")
        gw.process.send_signal(1)
        wait_for("refusal", 10, lambda: gw.text().count("the old configuration stays") > before
                 or not gw.alive())
        assert gw.alive(), gw.text()[-2000:]
        conf.write_text(right)
        polls = show(rig, "box")["polls"]
        wait_for("poll", 10, lambda: show(rig, "box")["polls"] > polls)
    taken.close()
    box.stop()


def test_rows_that_come_and_go(rig):
    """A row that vanishes and comes back with another thing's counter under its name makes no spike;
    rows whose index moves keep their history, each its own, at any moment."""
    state = {"n": 0, "phase": 0}

    def tree():
        n, phase = state["n"], state["phase"]
        rows = {"x": 10**6 + 1000 * n, "y": 5 * 10**12 + 3000 * n}
        index = {"x": 1, "y": 2} if phase % 2 == 0 else {"x": 2, "y": 1}
        out = system()
        for name, value in rows.items():
            out |= port_row(index[name], name.encode(), counter64(value))
        if phase in (0, 3):
            out |= port_row(9, b"z", counter64(1000 * n if phase == 0 else 10**15 + 1000 * n))
        return out

    def live(agent, q):
        if q.command == 0xA0:
            state["n"] += 1
        agent.put(tree())

    box = FakeAgent(tree(), live)
    site(rig, [("box", box.port)])
    wait_for("series", 20, lambda: "port-z" in series_of(rig, "box"))
    begun = int(time.time())
    for phase in (1, 2, 3):
        time.sleep(33)
        state["phase"] = phase
    time.sleep(36)
    found = {s: rates(rig, f"port-{s}", begun) for s in "xyz"}
    assert max(found["x"].values()) <= 2100, found["x"]
    assert 2900 <= min(found["y"].values()) and max(found["y"].values()) <= 6100, found["y"]
    assert max(found["z"].values()) <= 2100, found["z"]
    assert all(len(r) > 20 for r in found.values()), {s: len(r) for s, r in found.items()}
    box.stop()


def test_restless_devices_do_not_fill_the_log(rig):
    """One that restarts at every question, one that answers each second time."""
    clock, turn = {"n": 10**6}, {"n": 0}

    def restless(agent, q):
        clock["n"] -= 10
        agent.tree[UPTIME] = ticks(clock["n"])

    one = FakeAgent(system() | port_row(1, b"lo", counter32(5)), restless)
    two = FakeAgent(system() | port_row(1, b"lo", counter32(5)))
    answer = two.answer

    def moody(q):
        turn["n"] += q.command == 0xA0
        if q.command == 0xA0 and turn["n"] // 4 % 2:
            raise TimeoutError
        return answer(q)

    two.answer = moody
    gw = site(rig, [("one", one.port), ("two", two.port)])
    wait_for("series", 20, lambda: "clock" in series_of(rig, "one") & series_of(rig, "two"))
    time.sleep(1)
    before, asked = len(gw.text()), len(one.heard)
    time.sleep(40)
    assert len(gw.text()) - before < 6000, gw.text()[before:before + 3000]
    # And it is not walked all the time.
    assert sum(q.command == 0xA5 for q in one.heard[asked:]) < 60
    assert len([e for e in rig.api("events")["events"] if e["node"] == "one"]) < 25
    one.stop()
    two.stop()


def test_many_keys_of_traps(rig):
    """A device whose traps have ever new keys takes neither all series nor all room for alarms; what
    another one raises has its own."""
    box, two, port = FakeAgent(system()), FakeAgent(system()), free_port()
    site(rig, [("box", box.port), ("two", two.port)],
         f'traps = {{ listen = "127.0.0.1:{port}"; rate = 10000; burst = 10000; }};\n')
    wait_for("series", 20, lambda: "clock" in series_of(rig, "box") & series_of(rig, "two"))
    for i in range(300):
        trap(port, "1.3.6.1.6.3.1.1.5.3", IF_INDEX, "i", str(i))
    raised = json.loads(rig.ctl("snmp", "traps", "--json").stdout)["raised"]
    assert "others" in [r["instance"] for r in raised]
    assert 64 <= len(raised) <= 65, len(raised)
    wait_for("alert series", 10, lambda: "trap-others" in series_of(rig, "box"))
    # Each of these is ended before the next: the room is there, the series are not.
    for i in range(300, 500):
        trap(port, "1.3.6.1.6.3.1.1.5.4")
        trap(port, "1.3.6.1.6.3.1.1.5.3", IF_INDEX, "i", str(i))
    time.sleep(1)
    assert len(series_of(rig, "box")) < 140, len(series_of(rig, "box"))
    box.stop()
    two.stop()


def test_huge_table(rig):
    """5,000 rows, each time under other names: the device has its share of the series and no more,
    one that comes later still has its own, and the loop is not held."""
    def tree(generation):
        out = system()
        for i in range(1, 5001):
            out |= port_row(i, b"%d-%d" % (generation, i), counter32(5))
        return out

    greedy, modest = FakeAgent(tree(0)), FakeAgent(system())
    gw = site(rig, [("greedy", greedy.port), ("modest", modest.port)])
    wait_for("rows", 90, lambda: len(series_of(rig, "greedy")) > 1000)
    greedy.put(tree(1))
    time.sleep(45)
    modest.put(system() | {k: v for i in range(1, 40)
                           for k, v in port_row(i, b"p%d" % i, counter32(5)).items()})
    # Another configuration makes all devices anew, which are then walked at once.
    conf = rig.dir / "gw.conf"
    conf.write_text(conf.read_text().replace('"500ms"', '"600ms"'))
    gw.process.send_signal(1)
    wait_for("modest", 60, lambda: len(series_of(rig, "modest")) == 41)
    assert len(series_of(rig, "greedy")) < 2100
    assert gw.alive()
    with open(f"/proc/{gw.pid}/status") as f:
        rss = next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
    print("RSS", rss, "held", [v["value"] for v in rig.api("last?node=gw")["values"]
                               if v["field"] == "loop_held"])
    assert rss < 1000000  # with the sanitizer's own
    greedy.stop()
    modest.stop()


CHILDREN_PROFILE = """
name = "children";
title = "Ports are children";
match = ( { probe = [ "1.3.6.1.2.1.1.3" ]; } );
tables = (
  { source = "one"; interval = "1s"; child = "{1.3.6.1.2.1.2.2.1.2}"; key = "{1.3.6.1.2.1.2.2.1.2}";
    instance = "it"; fields = ( { name = "value"; oid = "1.3.6.1.2.1.2.2.1.10"; unit = "1"; } ); }
);
"""


def test_children_with_long_names(rig):
    """Two children whose names differ behind what a node's name may have: each has its own values."""
    name = "controller-with-a-name-of-some-length"
    box = FakeAgent(system() | port_row(1, b"access-point-building-three-a", integer(11))
                    | port_row(2, b"access-point-building-three-b", integer(22)))
    (rig.dir / "profiles").mkdir()
    (rig.dir / "profiles" / "children.conf").write_text(CHILDREN_PROFILE)
    site(rig, [(name, box.port)])
    found = wait_for("children", 20, lambda: [
        n["name"] for n in rig.api("nodes")["nodes"] if n["name"].startswith(name + ".")])
    wait_for("both", 10, lambda: len([
        n for n in rig.api("nodes")["nodes"] if n["name"].startswith(name + ".")]) == 2)
    time.sleep(2)
    values = sorted(v["value"] for n in rig.api("nodes")["nodes"] if "." in n["name"]
                    for v in rig.api(f"last?node={n['name']}")["values"])
    assert values == [11, 22], (found, values)
    box.stop()
