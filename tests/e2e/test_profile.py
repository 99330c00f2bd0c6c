# SPDX-License-Identifier: GPL-3.0-or-later
"""zonewatch-profile(5) as those follow it who have a device that nobody knows: the page's own example,
and a fictitious maker's controller from its answers to values, child devices and alarms."""

import json
import subprocess

from conftest import BUILD, ROOT, free_port, wait_for

DATA = ROOT / "tests" / "data" / "envmaster"
MAKER = "1.3.6.1.4.1.32473.77"
WANTED = {
    ("system", "health"): (2, "warning"),
    ("system", "temperature"): (23, "ok"),  # 73.4 degrees Fahrenheit
    ("system", "humidity"): (41.5, "ok"),
    ("system", "mains"): (230.4, "ok"),
    ("system", "flow"): (None, "ok"),
    (".Hall-2-north/unit-Hall-2-north", "fan"): (2950, "ok"),
    (".Hall-2-south/unit-Hall-2-south", "fan"): (None, "ok"),
    (".Hall-2-south/unit-Hall-2-south", "status"): (3, "critical"),
    (".Hall-2-north/temperature-Cold-aisle-top", "value"): (22.1, "ok"),
    (".Hall-2-north/temperature-Cold-aisle-top", "value_limit"): (0, "ok"),
    (".Hall-2-south/temperature-Cold-aisle-top", "value"): (None, "ok"),
    (".Hall-2-south/temperature-Cold-aisle-top", "status"): (4, "critical"),
    (".Hall-2-north/humidity-Cold-aisle-humidity", "value"): (47.8, "ok"),
    (".Hall-2-north/water-Under-floor", "value"): (0, "ok"),
    (".Hall-2-south/door-Rack-door-7", "value"): (1, "warning"),
}


def test_page(rig):
    """What the page shows is what the tool prints."""
    blocks = (ROOT / "man" / "zonewatch-profile.5.scd").read_text().split("\n```\n")[1::2]
    profiles = rig.dir / "profiles"
    profiles.mkdir()
    (rig.dir / "nordwind.walk").write_text(blocks[0] + "\n")
    (profiles / "nordwind-cx40.conf").write_text(blocks[1] + "\n")
    out = rig.ctl("snmp", "poll", "--file", "nordwind.walk", "--profiles", profiles).stdout
    shown = blocks[2].splitlines()
    rows = out.splitlines()[-len(shown):]
    assert [row[:len(line)] for row, line in zip(rows, shown)] == shown, out


def values(rig, *words):
    """(value, severity) by series, a child's as .CHILD/, and field."""
    said = json.loads(rig.ctl("snmp", *words, "--json").stdout)["values"]
    series = [f".{v['child']}/" * bool(v["child"]) + v["source"] + f"-{v['instance']}" * bool(v["instance"])
              for v in said]
    return {(s, v["field"]): (v["value"] and round(v["value"], 9), v["severity"])
            for s, v in zip(series, said)}


def judge(found):
    wrong = {k: found.get(k) for k, v in WANTED.items() if found.get(k) != v}
    assert not wrong
    assert len(found) == 25  # nothing of the port to which nothing is plugged


def test_unknown_device(rig):
    port, traps = free_port(), free_port()
    rig.start("device", BUILD / "zonewatch-sim", "--replay", DATA / "envmaster.snmprec",
              f"127.0.0.1:{port}")
    rig.secret("community", "public")
    how = [f"127.0.0.1:{port}", "--v2c", "--community-file", "community"]
    wait_for("device", 10, lambda: rig.ctl("snmp", "walk", *how, "-o", "env.walk",
                                           check=False).returncode == 0)
    judge(values(rig, "poll", "--file", "env.walk", "--profiles", DATA))
    judge(values(rig, "poll", *how, "--profiles", DATA))

    rig.gateway("gw", f"""
profile_dirs = [ "{DATA}" ];
credentials = ( {{ name = "c"; version = "v2c"; community_file = "community"; }} );
devices = ( {{ node = "env"; address = "127.0.0.1:{port}"; credential = "c"; }} );
traps = {{ listen = "127.0.0.1:{traps}"; }};
""", ["env"])
    wait_for("poll", 20, lambda: rig.ctl("snmp", "show", "env", check=False).returncode == 0
             and all(v[0] is not None or WANTED.get(k, (None,))[0] is None
                     for k, v in values(rig, "show", "env").items()))
    judge(values(rig, "show", "env"))

    def trap(number, status, unit_port):
        subprocess.run(
            ["snmptrap", "-v2c", "-c", "public", f"127.0.0.1:{traps}", "1", f".{MAKER}.0.{number}",
             f".{MAKER}.3.1.2.{unit_port}", "s", "Cold aisle top", f".{MAKER}.3.1.5.{unit_port}", "i",
             status], check=True, env=rig.env)

    def raised():
        return [(r["node"], r["instance"], r["severity"], r["text"]) for r in json.loads(
            rig.ctl("snmp", "traps", "--json").stdout)["raised"]]

    trap(1, "4", "2.1")
    alarm = ("env", "port-Cold-aisle-top", "critical", "Cold aisle top: fault, status 4")
    wait_for("alarm", 10, lambda: raised() == [alarm])
    trap(2, "1", "2.1")
    wait_for("its end", 10, lambda: raised() == [
        ("env", "port-Cold-aisle-top", "ok", "Cold aisle top: no fault any more")])
