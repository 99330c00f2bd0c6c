# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated equipment, judged by net-snmp's own tools: what the gateway's tests rest on."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest
from conftest import BUILD, wait_for

AUTH, PRIV, V1, V2C = "auth-of-simulation", "priv-of-simulation", "one-community", "two-community"
V3 = ["-v3", "-l", "authPriv", "-u", "zonewatch", "-a", "SHA-256", "-A", AUTH, "-x", "AES", "-X", PRIV]
UPS = ".1.3.6.1.2.1.33.1"
INROW = ".1.3.6.1.4.1.318.1.1.13.3.2.2.2"
COOLUNIT = ".1.3.6.1.4.1.318.1.1.27.1.4"
CMC = ".1.3.6.1.4.1.2606.7"
IF, IFX = ".1.3.6.1.2.1.2.2.1", ".1.3.6.1.2.1.31.1.1.1"
NODES = ["cool-a", "cool-b", "cool-c", "cool-d", "ups-1", "ups-2", "pdu-a", "pdu-b", "pdu-c",
         "pdu-d", "switch-1", "env-1"]
VERSIONS = dict.fromkeys(["cool-a", "cool-b", "ups-1", "env-1"], V3) | {"ups-2": ["-v1", "-c", V1]}


def free_udp_port():
    """A port that is free for UDP and TCP on loopback."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as u, socket.socket() as t:
            u.bind(("127.0.0.1", 0))
            try:
                t.bind(("127.0.24.1", u.getsockname()[1]))
                return u.getsockname()[1]
            except OSError:
                continue


class Plant:
    """zonewatch-sim with the equipment only, and tools to ask it."""

    def __init__(self, rig):
        self.rig, self.port, self.trap_port = rig, free_udp_port(), free_udp_port()
        self.cred = rig.dir / "cred"
        self.cred.mkdir()
        for name, text in (("v1.community", V1), ("v2c.community", V2C), ("v3.auth", AUTH),
                           ("v3.priv", PRIV)):
            (self.cred / name).write_text(text + "\n")
            (self.cred / name).chmod(0o600)
        self.env = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(rig.dir / "snmp"),
                    "SNMPCONFPATH": str(rig.dir / "snmp")}

    def start(self, script="", speed=30):
        (self.rig.dir / "faults").write_text(script)
        self.sim = self.rig.start(
            "sim", BUILD / "zonewatch-sim", "--equipment", f"127.0.161.1:{self.port}",
            "--equipment-only", "--credentials", self.cred, "--trap-sink",
            f"127.0.0.1:{self.trap_port}", "--script", self.rig.dir / "faults", "--speed", speed)
        wait_for("equipment", 10, lambda: self.get("env-1", ".1.3.6.1.2.1.1.5.0", check=False))
        return self.sim

    def address(self, node):
        return f"127.0.161.{NODES.index(node) + 1}:{self.port}"

    def ask(self, tool, node, *words, how=None, check=True):
        p = subprocess.run(
            [tool, *(how or VERSIONS.get(node, ["-v2c", "-c", V2C])), "-OnUt", "-r1", "-t2",
             self.address(node), *words], text=True, errors="replace", capture_output=True,
            env=self.env)
        if check:
            assert p.returncode == 0, f"{tool} {node} {words}: {p.stdout}{p.stderr}"
        return p

    def get(self, node, *oids, how=None, check=True):
        """The texts of the values, without their types; one alone by itself."""
        p = self.ask("snmpget", node, *oids, how=how, check=check)
        if p.returncode != 0:
            return None
        texts = [re.sub(r"^[\w-]+: ", "", line.partition(" = ")[2]).strip('"')
                 for line in p.stdout.splitlines()]
        return texts[0] if len(texts) == 1 else texts

    def walk(self, node, root=".1", tool="snmpbulkwalk"):
        """{oid: text} of a subtree, in the order of the answers."""
        out = self.ask(tool, node, root).stdout
        rows = re.findall(r"^(\.[0-9.]+) = (.*)$", out, re.M)
        return {k: v for k, v in rows if not v.startswith("No ")}

    def traps(self):
        """snmptrapd; its log is traps.log."""
        conf = [f"authCommunity log {V1}", f"authCommunity log {V2C}", "authUser log zonewatch authPriv"]
        for i in range(1, len(NODES) + 1):
            conf.append(f'createUser -e 0x80007ed9057a7773696d{i:02x} zonewatch SHA-256 "{AUTH}" AES "{PRIV}"')
        (self.rig.dir / "trapd.conf").write_text("\n".join(conf) + "\n")
        self.rig.start("traps", "snmptrapd", "-f", "-Le", "-On", "-C", "-c",
                       self.rig.dir / "trapd.conf", f"127.0.0.1:{self.trap_port}", env=self.env)
        log = self.rig.dir / "traps.log"
        wait_for("snmptrapd", 10, lambda: "NET-SNMP version" in log.read_text(errors="replace"))
        return lambda: log.read_text(errors="replace")


@pytest.fixture
def plant(rig):
    return Plant(rig)


def numbers(oid):
    return [int(x) for x in oid.strip(".").split(".")]


def test_walks_are_ordered_and_complete(plant):
    plant.start()
    for node in NODES:
        bulk, single = (plant.walk(node, tool=t) for t in (
            ("snmpwalk", "snmpwalk") if node == "ups-2" else ("snmpbulkwalk", "snmpwalk")))
        assert list(bulk) == list(single), node
        assert [numbers(o) for o in bulk] == sorted(numbers(o) for o in bulk), node
        assert len(bulk) > 25 and plant.get(node, ".1.3.6.1.2.1.1.5.0") == node
    names = plant.walk("switch-1", IFX + ".1")
    assert len(names) == 25
    hc = plant.walk("switch-1", IFX + ".6")
    assert len(hc) == 24 and all(v.startswith("Counter64") for v in hc.values())
    values = plant.walk("env-1", CMC + ".4.2.2.1.11")
    roles = plant.walk("env-1", CMC + ".4.2.2.1.4")
    rows = [o for o, v in roles.items() if v == "INTEGER: 2" and ".4.2.2.1.4.1." not in o]
    null = [o for o in rows if values[o.replace("2.2.1.4.", "2.2.1.11.")] == "NULL"]
    absent = 24 - len(rows)  # probes that were never plugged in
    assert 0.14 <= (len(null) + absent) / 24 <= 0.2


def test_refusals(plant):
    plant.start()
    name = ".1.3.6.1.2.1.1.5.0"
    wrong = [x if x != AUTH else "another-password" for x in V3]
    assert "Authentication failure" in plant.ask("snmpget", "cool-a", name, how=wrong, check=False).stderr
    nobody = [x if x != "zonewatch" else "nobody" for x in V3]
    assert "Unknown user name" in plant.ask("snmpget", "cool-a", name, how=nobody, check=False).stderr
    lower = ["-v3", "-l", "authNoPriv", "-u", "zonewatch", "-a", "SHA-256", "-A", AUTH]
    assert "authorizationError" in plant.ask("snmpget", "cool-a", name, how=lower, check=False).stderr
    for how in (["-v2c", "-c", "wrong"], ["-v1", "-c", V2C]):
        assert "Timeout" in plant.ask("snmpget", "switch-1", name, how=how, check=False).stderr
    assert "notWritable" in plant.ask("snmpset", "switch-1", name, "s", "x", check=False).stderr
    p = plant.ask("snmpget", "switch-1", IFX + ".6.25", IFX + ".6.1", ".1.3.6.1.4.1.1.1.0").stdout
    assert [bool(re.search(w, line)) for w, line in zip(
        ("No Such Instance", "Counter64", "No Such Object"), p.splitlines())] == [True] * 3
    p = plant.ask("snmpgetnext", "switch-1", ".1.3.6.1.6", ".1.3.6.1.2.1.1.4").stdout.splitlines()
    assert "No more variables" in p[0] and ".1.3.6.1.2.1.1.4.0" in p[1]
    assert "noSuchName" in plant.ask("snmpget", "ups-2", UPS + ".99.0", check=False).stderr
    many = [f"{IFX}.18.{i}" for i in range(1, 25)] * 5
    assert "(tooBig)" in plant.ask("snmpget", "switch-1", *many, check=False).stderr
    bulk = plant.ask("snmpbulkget", "switch-1", "-Cr1000", IFX, how=["-v2c", "-c", V2C, "-Cr1000"])
    assert 20 < len(bulk.stdout.splitlines()) < 100  # as much as fits into 1472 bytes


def test_cooling_failure_warms_everything(plant):
    plant.start("6s cooling-failure zone=B for 25s\n6s cooling-failure zone=C for 25s\n")
    seen = plant.traps()
    inlet, supply = INROW + ".7.0", INROW + ".9.0"
    before = [int(x) for x in plant.get("cool-b", inlet, supply)]
    assert plant.get("cool-b", INROW + ".1.0") == "2" and before[1] < before[0] < 240
    mode = COOLUNIT + ".2.2.1.3.1.2"
    assert plant.get("cool-c", mode) == "Active"
    wait_for("failure", 10, lambda: plant.get("cool-b", INROW + ".1.0") == "1")
    assert plant.get("cool-c", mode, COOLUNIT + ".2.2.1.4.1.4") == ["Off", "1"]
    wait_for("warmth", 20, lambda: int(plant.get("cool-b", inlet)) > before[0] + 30)
    assert int(plant.get("cool-b", supply)) > before[1] + 40  # nobody cools it
    assert int(plant.get("cool-a", inlet)) < 240
    assert int(plant.get("env-1", CMC + ".4.2.2.1.11.6.2")) > 100 * before[0] / 10 + 200
    assert int(plant.get("pdu-b", ".1.3.6.1.4.1.318.1.1.26.10.2.2.1.8.1")) > before[0] + 20
    wait_for("alarm of the probe", 20, lambda: CMC + ".0.1" in seen())
    wait_for("recovery", 30, lambda: plant.get("cool-b", INROW + ".1.0") == "2")
    wait_for("traps", 5, lambda: seen().count(".1.3.6.1.4.1.318.0.307") == 2)
    assert seen().count("OID: .1.3.6.1.4.1.318.0.306") == 2
    assert "Cooling failure: unit is not cooling" in seen() and "Compressor has failed" in seen()


def test_power_fails(plant, long_run):
    away = 66 if long_run else 16
    plant.start(f"6s ups-on-battery node=ups-1 for {away}s\n6s ups-on-battery node=ups-2 for 10s\n", speed=5)
    seen = plant.traps()
    charge, source, minutes = UPS + ".2.4.0", UPS + ".4.1.0", UPS + ".2.3.0"
    assert plant.get("ups-1", charge, source) == ["100", "3"]
    assert plant.get("ups-2", minutes) == "4294967295"  # as the real one says
    load = int(plant.get("ups-1", UPS + ".4.4.1.4.1"))
    zones = sum(10 * int(plant.get(n, ".1.3.6.1.4.1.318.1.1.26.4.3.1.5.1")) for n in ("pdu-a", "pdu-b"))
    assert abs(load - zones) <= 10
    wait_for("battery", 10, lambda: plant.get("ups-1", source) == "5" == plant.get("ups-2", source))
    assert plant.get("ups-1", ".1.3.6.1.4.1.318.1.1.1.4.1.1.0", UPS + ".6.1.0") == ["3", "2"]
    assert sorted(v.partition(": ")[2] for v in plant.walk("ups-1", UPS + ".6.2.1.2").values()) == [
        UPS + ".6.3.2", UPS + ".6.3.6"]
    assert int(plant.get("ups-2", minutes)) < 60
    wait_for("discharge", 30, lambda: int(plant.get("ups-1", charge)) < 99)
    wait_for("mains of ups-2", 20, lambda: plant.get("ups-2", source) == "3")
    # v1: enterprise and specific; upsAlarmRemoved is 33.2.4
    wait_for("v1 trap", 5, lambda: re.search(r"\.1\.3\.6\.1\.2\.1\.33\.2 Enterprise Specific Trap \(4\)", seen()))
    wait_for("mains of ups-1", 70, lambda: plant.get("ups-1", source) == "3")
    again = "OID: .1.3.6.1.2.1.33.2.1\t"
    assert seen().count(again) == 1 + long_run, "upsTrapOnBattery comes at once and after a minute"
    for oid in (".1.3.6.1.4.1.318.0.5", ".1.3.6.1.4.1.318.0.9", ".1.3.6.1.2.1.33.2.4"):
        wait_for(oid, 5, lambda: f"OID: {oid}\t" in seen())


def test_contacts_links_probes(plant):
    plant.start("6s leak zone=B for 6s\n6s smoke zone=A for 6s\n6s door-open zone=C for 6s\n"
                "6s link-down node=link-07 for 6s\n6s probe-lost probe=tmp-b for 6s\n", speed=1)
    seen = plant.traps()

    def link_up():
        with socket.socket() as s:
            s.settimeout(2)
            return s.connect_ex(("127.0.24.7", plant.port)) == 0

    def state():
        return plant.get("env-1", CMC + ".4.2.2.1.11.8.3", CMC + ".4.2.2.1.11.18.3",
                         CMC + ".4.2.2.1.11.13.3", CMC + ".4.1.2.1.6.7")

    assert state() == ["4", "4", "13", "2"] and link_up()
    assert plant.get("switch-1", IF + ".8.7") == "1"
    wait_for("faults", 12, lambda: state() == ["5", "5", "12", "4"])
    assert not link_up() and plant.get("switch-1", IF + ".8.7", IF + ".8.8") == ["2", "1"]
    assert plant.get("cool-b", INROW + ".27.0") == "2"
    assert not plant.walk("env-1", CMC + ".4.2.2.1.11.7")
    wait_for("their end", 12, lambda: state() == ["4", "4", "13", "2"])
    assert link_up() and plant.walk("env-1", CMC + ".4.2.2.1.11.7")
    for oid in (".1.3.6.1.6.3.1.1.5.3", ".1.3.6.1.6.3.1.1.5.4", CMC + ".0.1", CMC + ".0.2"):
        wait_for(oid, 5, lambda: f"OID: {oid}\t" in seen())
    assert '"link' not in seen() and f"{IF}.8.7 = INTEGER: 2" in seen()


def test_silent_slow_reboot(plant):
    plant.start("5s snmp-slow node=cool-a for 6s\n5s snmp-silent node=cool-d for 6s\n"
                "5s snmp-reboot node=switch-1 for 2s\n", speed=1)
    seen = plant.traps()
    octets, name = IFX + ".6.1", ".1.3.6.1.2.1.1.5.0"
    counted = int(plant.get("switch-1", octets))
    began = time.monotonic()
    wait_for("coldStart", 15, lambda: "OID: .1.3.6.1.6.3.1.1.5.1" in seen())
    assert time.monotonic() - began < 15
    assert int(plant.get("switch-1", ".1.3.6.1.2.1.1.3.0")) < 300  # hundredths of a second
    assert int(plant.get("switch-1", octets)) < counted + 3e7
    began = time.monotonic()
    assert plant.get("cool-a", name, how=V3 + ["-t3"]) == "cool-a"
    assert time.monotonic() - began > 1.4
    assert plant.get("cool-d", name, check=False) is None
    wait_for("cool-d", 15, lambda: plant.get("cool-d", name, check=False) == "cool-d")


def test_configurations_say_what_is_there(plant):
    gateway, nodes = plant.rig.dir / "gw.conf", plant.rig.dir / "nodes.conf"
    subprocess.run([BUILD / "zonewatch-sim", "--equipment", f"127.0.161.1:{plant.port}",
                    "--credentials", plant.cred, "--trap-sink", f"127.0.0.1:{plant.trap_port}",
                    "--write-gateway-conf", gateway, "--write-nodes", nodes], check=True,
                   env=plant.rig.env)
    text = gateway.read_text()
    assert re.findall(r'\{ node = "([^"]+)"; address', text) == NODES
    assert len(set(re.findall(r'node = "(link-\d\d)"; kind = "tcp"', text))) == 24
    assert AUTH not in text and V1 not in text and f"127.0.0.1:{plant.trap_port}" in text
    assert len(re.findall(r'kind = "link"', nodes.read_text())) == 24
    rows = nodes.read_text()
    assert re.findall(r'name = "([^"]+)"; title = "[^"]+"; kind = "device"', rows) == NODES
    # The physical graph: what cools and feeds which zone.
    for zone in "ABCD":
        cool = re.search(rf'name = "cool-{zone.lower()}".*', rows)[0]
        assert 'role = "cooling"' in cool and f'serves = [ "{zone}" ]' in cool
        pdu = re.search(rf'name = "pdu-{zone.lower()}".*', rows)[0]
        ups = "ups-1" if zone in "AB" else "ups-2"
        assert 'role = "pdu"' in pdu and f'rack = "{zone}1"' in pdu and f'depends = [ "{ups}" ]' in pdu
    assert re.search(r'name = "ups-1".*role = "ups"; serves = \[ "A", "B" \]', rows)
    assert re.search(r'name = "ups-2".*role = "ups"; serves = \[ "C", "D" \]', rows)
    assert re.search(r'name = "switch-1".*role = "switch"', rows)
    assert len(re.findall(r'depends = \[ "switch-1" \]', rows)) == 24


@pytest.mark.parametrize("how", [["-v2c", "-c", V2C], V3], ids=["v2c", "v3"])
def test_replay(plant, how):
    rows = [f"1.3.6.1.4.1.32473.1.{i}.0|{tag}|{value}" for i, (tag, value) in enumerate(
        [("2", "-5"), ("4", "some text"), ("4x", "00ff41"), ("65", "4294967295"), ("66", "7"),
         ("67", "100"), ("70", "18446744073709551615"), ("6", "1.3.6.1.4.1.1"), ("64", "192.0.2.1")], 1)]
    path = plant.rig.dir / "some.snmprec"
    path.write_text("\n".join(rows) + "\n")
    version = ["--snmp", "v3"] if how is V3 else []
    plant.rig.start("replay", BUILD / "zonewatch-sim", "--replay", path, f"127.0.161.1:{plant.port}",
                    "--copies", 3, "--credentials", plant.cred, *version)
    first = ".1.3.6.1.4.1.32473.1.1.0"
    wait_for("replay", 10, lambda: plant.get("cool-c", first, how=how, check=False) == "-5")
    for node in ("cool-a", "cool-b", "cool-c"):
        out = plant.ask("snmpbulkwalk", node, ".1", how=how).stdout.splitlines()
        assert [line.partition(" = ")[2] for line in out][:9] == [
            "INTEGER: -5", 'STRING: "some text"', "Hex-STRING: 00 FF 41 ", "Counter32: 4294967295",
            "Gauge32: 7", "100", "Counter64: 18446744073709551615", "OID: .1.3.6.1.4.1.1", "IpAddress: 192.0.2.1"]
    assert plant.get("cool-d", first, how=how, check=False) is None


def test_it_ends_on_a_signal(plant):
    sim = plant.start("2s snmp-slow node=cool-a for 60s\n")
    time.sleep(3)
    p = subprocess.Popen(["snmpget", *V3, "-t3", plant.address("cool-a"), ".1.3.6.1.2.1.1.5.0"],
                         env=plant.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)  # an answer waits for its time
    sim.process.send_signal(signal.SIGTERM)
    assert sim.process.wait(10) == 0
    p.kill()
    p.wait(10)
