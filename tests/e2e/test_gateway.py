# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway against Debian's own snmpd and snmptrap: from the agent to the RRD, the alert, the CLI;
what is dead or silent holds up nothing else."""

import json
import socket
import subprocess
import time

from conftest import BUILD, free_port, wait_for

TEST_PROFILE = """
name = "test";
title = "The agent of the tests";
match = ( { probe = [ "1.3.6.1.2.1.1.3" ]; } );
scalars = (
  { source = "clock"; interval = "1s"; fields = (
    { name = "uptime"; oid = "1.3.6.1.2.1.1.3.0"; unit = "s"; scale = 0.01; } ); }
);
tables = (
  { source = "port"; interval = "1s"; key = "{1.3.6.1.2.1.2.2.1.2}"; fields = (
    { name = "rx_bytes"; oid = "1.3.6.1.2.1.2.2.1.10"; kind = "counter"; unit = "By"; },
    { name = "oper"; oid = "1.3.6.1.2.1.2.2.1.8"; kind = "state"; states = "oper"; } ); }
);
states = ( { name = "oper"; values = [ "1 ok up", "2 warning down" ]; } );
traps = (
  { oid = "1.3.6.1.6.3.1.1.5.3"; name = "link"; severity = "critical";
    key = [ "1.3.6.1.2.1.2.2.1.1" ]; text = "the link {1.3.6.1.2.1.2.2.1.1} is down"; },
  { oid = "1.3.6.1.6.3.1.1.5.4"; name = "link"; severity = "ok"; key = [ "1.3.6.1.2.1.2.2.1.1" ]; }
);
"""

RULES = """
  { name = "state"; kind = "state"; at = "critical"; title = "A device is in alarm";
    severity = "critical"; },
  { name = "silent"; kind = "no-data"; title = "No data"; after = "4s"; severity = "critical"; }
"""


def profiles(rig):
    (rig.dir / "profiles").mkdir(exist_ok=True)
    (rig.dir / "profiles" / "test.conf").write_text(TEST_PROFILE)
    return 'profile_dirs = [ "profiles" ];\n'


def credentials(rig):
    rig.secret("auth", "authpass12345")
    rig.secret("priv", "privpass12345")
    rig.secret("community", "zwpub")
    return """
credentials = (
  { name = "v3"; user = "zw"; auth_file = "auth"; priv_file = "priv"; },
  { name = "v2c"; version = "v2c"; community_file = "community"; } );
"""


def devices(*rows):
    return "devices = (\n" + ",\n".join(
        f'  {{ node = "{n}"; address = "127.0.0.1:{p}"; credential = "{c}"; {x} }}'
        for n, p, c, x in rows) + "\n);\n"


def series_of(rig, node):
    return {s["name"] for s in rig.api(f"series?node={node}")["series"]}


def alerts(rig, node, series):
    return [a for a in rig.api(f"alerts?node={node}")["alerts"]
            if a["series"] == series and a["state"] == "firing"]


def test_from_snmpd_to_rrd(rig):
    port = free_port()
    rig.snmpd(port)
    rig.nodes |= {"gw": "A", "box3": "A", "box2": "B"}
    rig.more |= {"gw": 'kind = "device";', "box3": 'kind = "device";', "box2": 'kind = "device";'}
    rig.rules = RULES
    rig.collector()
    rig.gateway("gw", profiles(rig) + credentials(rig) +
                devices(("box3", port, "v3", ""), ("box2", port, "v2c", "")), ["box3", "box2"])
    for node in ("box3", "box2"):
        wait_for(f"series of {node}", 20, lambda: {"snmp", "clock", "port-lo"} <= series_of(rig, node))
    time.sleep(6)
    rig.flush()
    now = int(time.time())
    for node in ("box3", "box2"):
        up = rig.fetch(node, "clock", now - 8, now)
        times = sorted(up)
        assert len(times) >= 4, up
        for a, b in zip(times[1:], times[2:]):
            assert 0.5 * (b - a) <= up[b]["uptime"] - up[a]["uptime"] <= 1.5 * (b - a) + 0.5, up
        lo = rig.fetch(node, "port-lo", now - 8, now)
        assert any(r.get("rx_bytes", 0) > 0 for r in lo.values()), lo
        assert all(r["oper"] == 1 for r in lo.values() if "oper" in r), lo
    shown = json.loads(rig.ctl("snmp", "show", "box3", "--json").stdout)
    assert shown["answers"] and shown["profiles"] == ["test"]
    oper = next(v for v in shown["values"] if v["instance"] == "lo" and v["field"] == "oper")
    assert (oper["raw"], oper["state"], oper["severity"], oper["status"]) == ("1", "up", "ok", "ok")
    assert oper["oid"] == "1.3.6.1.2.1.2.2.1.8.1" and oper["age_s"] < 5
    text = rig.ctl("snmp", "show", "box3").stdout
    assert "1.3.6.1.2.1.2.2.1.8.1" in text and "up" in text
    for name in ("gw.log", "collector.log"):
        log = (rig.dir / name).read_text()
        assert "authpass" not in log and "privpass" not in log and "zwpub" not in log


def test_dead_devices_hold_up_nobody(rig):
    """One that answers among dead ones, v2c and v3: each of its seconds is there; the dead are silent,
    and it is said why."""
    port = free_port()
    rig.snmpd(port)
    dead = [f"dead{i:02}" for i in range(20)]
    for n in ["gw", "box", *dead]:
        rig.nodes[n] = "A"
        rig.more[n] = 'kind = "device";'
    rig.rules = RULES
    rig.collector()
    # A socket that takes everything and says nothing; a port where nobody listens.
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hole.bind(("127.0.0.1", 0))
    mute, closed = hole.getsockname()[1], free_port()
    rows = [("box", port, "v3", "")] + [
        (n, mute if i % 2 else closed, "v3" if i % 4 < 2 else "v2c", "") for i, n in enumerate(dead)]
    rig.gateway("gw", profiles(rig) + credentials(rig) + devices(*rows), ["box", *dead])
    wait_for("series", 20, lambda: "clock" in series_of(rig, "box"))
    begun = int(time.time()) + 1
    time.sleep(8)
    rig.flush()
    rows = rig.fetch("box", "clock", begun, begun + 6)
    assert len(rows) >= 6, rows
    wait_for("silent alerts", 30, lambda: len(
        [a for a in rig.api("alerts")["alerts"] if a["rule"] == "silent" and
         a["state"] == "firing" and a["node"].startswith("dead")]) == len(dead))
    assert "gateway" in series_of(rig, "gw")
    listed = json.loads(rig.ctl("snmp", "show", "--json").stdout)["devices"]
    assert sum(d["answers"] for d in listed) == 1
    assert all(d["trouble"] for d in listed if not d["answers"])
    hole.close()


def trap(port, oid, *bindings, community="zwpub"):
    subprocess.run(["snmptrap", "-v2c", "-c", community, f"127.0.0.1:{port}", "", oid, *bindings],
                   check=True, capture_output=True, env={"MIBS": "", "PATH": "/usr/bin:/bin"})


IF_INDEX = "1.3.6.1.2.1.2.2.1.1.7"


def test_trap_becomes_an_alert(rig):
    port, traps = free_port(), free_port()
    rig.snmpd(port)
    rig.nodes |= {"gw": "A", "box": "B"}
    rig.more |= {"gw": 'kind = "device";', "box": 'kind = "device";'}
    rig.rules = RULES
    rig.mail = f'transport = "maildir:{rig.dir}/mail"; recipients = ( {{ address = "it@localhost"; }} );'
    rig.collector()
    conf = profiles(rig) + credentials(rig) + devices(("box", port, "v2c", "")) + \
        f'traps = {{ listen = "127.0.0.1:{traps}"; }};\n'
    gw = rig.gateway("gw", conf, ["box"])
    wait_for("series", 20, lambda: "clock" in series_of(rig, "box"))
    polls = json.loads(rig.ctl("snmp", "show", "box", "--json").stdout)["polls"]

    sent = time.monotonic()
    trap(traps, "1.3.6.1.6.3.1.1.5.3", IF_INDEX, "i", "7")
    wait_for("alert", 5, lambda: alerts(rig, "box", "trap-link-7"))
    took = time.monotonic() - sent
    assert took < 1, f"the alert took {took:.2f} s"
    wait_for("poll", 2, lambda: json.loads(
        rig.ctl("snmp", "show", "box", "--json").stdout)["polls"] > polls)
    wait_for("mail", 20, rig.mails)

    # What is raised outlives the gateway's death.
    time.sleep(1)
    gw.kill()
    gw = rig.gateway("gw", conf, ["box"])
    wait_for("gateway", 20, lambda: rig.ctl("snmp", "traps", "--json", check=False).returncode == 0)
    raised = json.loads(rig.ctl("snmp", "traps", "--json").stdout)["raised"]
    assert [(r["node"], r["instance"], r["severity"]) for r in raised] == \
        [("box", "link-7", "critical")]
    assert raised[0]["text"] == "the link 7 is down"
    time.sleep(3)
    assert alerts(rig, "box", "trap-link-7")

    trap(traps, "1.3.6.1.6.3.1.1.5.4", IF_INDEX, "i", "7")
    wait_for("end of the alert", 5, lambda: not alerts(rig, "box", "trap-link-7"))

    # One that nobody knows is kept with all that it says; a wrong community is refused and counted.
    trap(traps, "1.3.6.1.4.1.99999.0.42", "1.3.6.1.4.1.99999.1.0", "s", "valve stuck")
    event = wait_for("event", 5, lambda: [
        e for e in rig.api("events")["events"] if e["code"] == "trap-unknown"])[0]
    assert "1.3.6.1.4.1.99999.0.42" in event["text"] and "valve stuck" in event["text"]
    trap(traps, "1.3.6.1.6.3.1.1.5.3", IF_INDEX, "i", "7", community="wrong")
    wait_for("refusal", 5, lambda: json.loads(
        rig.ctl("snmp", "traps", "--json").stdout)["received"]["refused"]["community"] == 1)
    assert not alerts(rig, "box", "trap-link-7")


def test_outage_of_the_collector(rig):
    """What is polled while the collector is away comes later; nothing is missing."""
    port = free_port()
    rig.snmpd(port)
    rig.nodes |= {"gw": "A", "box": "B"}
    rig.more |= {"gw": 'kind = "device";', "box": 'kind = "device";'}
    rig.collector()
    rig.gateway("gw", profiles(rig) + credentials(rig) + devices(("box", port, "v3", "")), ["box"])
    wait_for("series", 20, lambda: "clock" in series_of(rig, "box"))
    time.sleep(2)
    rig.flush()
    wait_for("RRD", 5, lambda: rig.rrd("box", "clock").exists())
    begun = int(time.time())
    rig.c.kill()
    time.sleep(5)
    rig.collector()
    back = int(time.time())
    wait_for("backlog", 30, lambda: rig.flush() or len(
        rig.fetch("box", "clock", begun - 1, back)) >= back - begun)


def test_certificate_without_the_node(rig):
    """The gateway says at its start which nodes its certificate lacks, and how to mend it."""
    rig.pki("node", "gw")
    path = rig.dir / "gw.conf"
    path.write_text('collectors = [ "127.0.0.1:1" ];\n'
                    'tls = { ca = "pki/ca.crt"; cert = "pki/nodes/gw.crt"; key = "pki/nodes/gw.key"; };\n'
                    + profiles(rig) + credentials(rig) + devices(("box", 161, "v3", "")))
    p = subprocess.run([str(BUILD / "zonewatch-gateway"), "-n", "-c", path],
                       capture_output=True, text=True, env=rig.env)
    assert p.returncode == 1
    assert "does not name the node box" in p.stderr and "pki.sh" in p.stderr
