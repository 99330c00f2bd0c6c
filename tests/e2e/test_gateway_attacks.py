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
