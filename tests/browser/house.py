# SPDX-License-Identifier: GPL-3.0-or-later
"""The two centres that the browser's tests look at: real collectors, on loopback.

  house.py centre   38 servers in four zones, their plant and 24 links by SNMP and probes, as
                    `quickstart.sh --simulate` has them: zonewatch-sim and a gateway
  house.py crowd    500 nodes in nine zones, 80 of them links, with names made to do harm: agents
                    that are written by zonewatch-wire(7) alone, so that each value is known

Says one line of JSON when it is up, and one for each line of JSON that it is told: {"do": "bad"}.
It ends all that it started when its input ends."""

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from conftest import BUILD, ROOT, Rig, wait_for  # noqa: E402
from test_scenarios import Choir, equipment  # noqa: E402

ZONES = "ABCDEFGHI"
# 24 characters, as the longest of the schools' names.
LONG = "Şəmkir peşə təhsil mərkə"
HOSTILE = ["<script>alert(1)</script>", "Ə\\\"quote\\\" & 'apostrophe'", "\u202eshur\u202c שרת ראשי",
           "<img src=x onerror=alert(2)>", "Ölçü & nəzarət — İıĞğŞşÇç", "{{7*7}} ${7*7} %s%n",
           "&lt;b&gt;&#x27;", "javascript:alert(3)"]
CALM, FAULTS = "", """
1s cooling-failure zone=B
1s ups-on-battery node=ups-1
1s host-dies node=sim25
1s disk-fills node=sim33
1s link-down node=link-03
1s link-down node=link-07
1s link-down node=link-11
1s link-down node=link-19
1s link-down node=link-24
"""


class House:
    """What both have in common: a rig below a directory of its own, and a way to speak with it."""

    more = ""
    store = 'flush = "10s"; checkpoint = "2s";'

    def __init__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="zw-browser-"))
        self.rig = Rig(self.dir)
        self.rig.mail = f'transport = "maildir:{self.dir}/mail"; from = "zw@localhost";'
        self.rig.more_conf = f"""
include = [ "{ROOT}/conf/rules/default.conf" ];
limits = ( {{ rule = "*"; for = "1s"; clear_for = "2s"; }} );
recipients = ( {{ address = "it@localhost"; }}, {{ address = "az@localhost"; language = "az"; }} );
notify = {{ group_wait = "1s"; close_wait = "5s"; }};
{self.more}
"""

    def values(self, node):
        return self.rig.api(f"last?node={node}")["values"]

    def incidents(self):
        return [i for i in self.rig.api("incidents")["incidents"] if i["closed_ms"] is None]

    def flushed(self):
        """Whether the store has written all; with many new files that takes it a while."""
        return self.rig.request("/api/v1/flush", "POST", timeout=60)[0] == 200

    def facts(self):
        return {"url": f"http://127.0.0.1:{self.rig.web_port}", "token": self.rig.token,
                "pid": self.rig.c.pid, "dir": str(self.dir),
                "incidents": [i["id"] for i in self.incidents()]}

    def do_facts(self, _):
        return self.facts()

    def do_freeze(self, _):
        self.rig.c.process.send_signal(signal.SIGSTOP)
        return {}

    def do_thaw(self, _):
        self.rig.c.process.send_signal(signal.SIGCONT)
        return {}

    def do_kill(self, _):
        self.rig.c.kill()
        return {}

    def do_revive(self, _):
        self.rig.collector()
        return self.facts()

    def do_ctl(self, told):
        """zonewatchctl, for what an administrator does: users, tokens."""
        p = self.rig.ctl(*told["words"], check=False)
        return {"code": p.returncode, "out": p.stdout, "err": p.stderr}

    def end(self):
        failed = ""
        for d in reversed(self.rig.daemons):
            if not d.alive():
                continue
            d.process.send_signal(signal.SIGCONT)
            d.process.terminate()
            try:
                d.process.wait(20)
            except subprocess.TimeoutExpired:
                d.kill()
                failed = f"{d.name} did not end"
        try:
            self.rig.check_sanitizers()
        except AssertionError as e:
            failed = str(e)
        if failed:
            raise SystemExit(failed)
        shutil.rmtree(self.dir)


class Centre(House):
    """As quickstart.sh --simulate; the first eight servers have hostile titles."""

    def start(self):
        rig = self.rig
        servers = [f"sim{i:02}" for i in range(1, 39)]
        self.zone = {z: servers[i:j] for z, i, j in (("A", 0, 10), ("B", 10, 20), ("C", 20, 29),
                                                     ("D", 29, 38))}
        for z, names in self.zone.items():
            rig.node(*names, zone=z)
            for k, n in enumerate(names):
                rig.more[n] = f'rack = "{z}{k // 5 + 1}"; unit = {2 + k % 5 * 6};'
        for n, title in zip(servers[20:], HOSTILE + [LONG]):
            rig.more[n] += f' title = "{title}";'
        self.how, names = equipment(rig)
        gateway = "gateway"
        text = (rig.dir / "conf.d" / "equipment.conf").read_text()
        text = text.replace('title = "School 07"', f'title = "{LONG}"')
        (rig.dir / "conf.d" / "equipment.conf").write_text(text)
        rig.collector()
        rig.gateway(gateway, f'profile_dirs = [ "{ROOT}/conf/profiles" ];', names)
        self.sim(CALM)
        wait_for("servers", 60, lambda: all(self.values(n) for n in servers))
        wait_for("plant", 60, lambda: all(self.values(n) for n in ("cool-b", "ups-1", "link-24", "pdu-d")))
        wait_for("files", 90, self.flushed)
        # What was wrong while all came up is over.
        wait_for("calm", 60, lambda: not self.incidents())

    def sim(self, script):
        rig = self.rig
        (rig.dir / "script").write_text(script)
        groups = [f"{z}:{','.join(n)}" for z, n in self.zone.items()]
        self.running = rig.start(
            "sim", BUILD / "zonewatch-sim", "--collector", f"127.0.0.1:{rig.agent_port}", "--pki",
            rig.dir / "pki", "--state", rig.dir / "sim", "--step", 2, "--speed", 30, "--script",
            rig.dir / "script", *self.how, *groups)

    def do_bad(self, _):
        """Zone B without cooling, a UPS on its battery, a server dead, five links down."""
        self.running.stop()
        self.sim(FAULTS)
        wanted = {("cool-b", None), ("ups-1", "ups-on-battery"), ("sim25", "silent")}

        def there():
            firing = {(a["node"], a["rule"]) for a in self.rig.api("alerts?limit=2000")["alerts"]
                      if a["state"] == "firing"}
            nodes = {n for n, _ in firing}
            links = {f"link-{i:02}" for i in (3, 7, 11, 19, 24)}
            warm = [r for n, r in firing if r.startswith("inlet")]
            return links <= nodes and warm and all(
                n in nodes if r is None else (n, r) in firing for n, r in wanted)
        wait_for("faults", 90, there)
        return self.facts()


class Crowd(House):
    """A voice for each zone: it speaks for the servers and the unit of the zone; gw1 for the links."""

    def start(self):
        rig = self.rig
        rig.zones = list(ZONES)
        self.servers = {z: [f"srv-{z.lower()}{i:02}" for i in range(1, 46)] for z in ZONES}
        self.links = [f"link-{i:02}" for i in range(1, 81)]
        for z in ZONES:
            voice, unit = f"cool-{z.lower()}", f"ups-{z.lower()}"
            rig.nodes[voice] = z
            rig.more[voice] = f'kind = "device"; role = "cooling"; title = "Soyutma bloku {z}";'
            if z == "A":
                rig.nodes[unit] = z
                rig.more[unit] = f'kind = "device"; role = "ups"; title = "UPS {z}"; depends = [ "{voice}" ];'
            rig.pki("node", voice, *self.servers[z], *([unit] if z == "A" else []))
            for k, n in enumerate(self.servers[z]):
                rig.nodes[n] = z
                rig.more[n] = f'rack = "{z}{k // 9 + 1}"; unit = {2 + k % 9 * 4};'
        for n, title in zip(self.servers["C"], HOSTILE + [LONG] * 4):
            rig.more[n] += f' title = "{title}";'
        rig.nodes["gw1"] = "site"
        rig.more["gw1"] = 'kind = "device"; title = "Qapı";'
        rig.pki("node", "gw1", *self.links)
        for i, n in enumerate(self.links):
            rig.nodes[n] = "site"
            title = LONG if i % 8 == 0 else HOSTILE[i] if 1 <= i < 8 else f"Məktəb {i + 1}"
            rig.more[n] = f'kind = "link"; depends = [ "gw1" ]; title = "{title}";'
        rig.collector()
        self.choir = Choir(rig)
        for z in ZONES:
            self.choir.voice(f"cool-{z.lower()}")
            self.speak(f"cool-{z.lower()}")
        self.set("cool-a", "ups", node="ups-a", output_source=3, charge=100, runtime=42, load=41)
        self.choir.voice("gw1")
        self.set("gw1", "gateway", devices=1)
        for n in self.links:
            self.set("gw1", "icmp", node=n, reach=0)
        wait_for("values", 60, lambda: self.values("link-80") and self.values("srv-i45"))
        wait_for("files", 90, self.flushed)
        wait_for("calm", 60, lambda: not self.incidents())

    def set(self, voice, source, instance="", node=None, **values):
        self.choir.set(voice, source, instance, node, **values)

    def speak(self, voice):
        """What the unit and the servers of a zone say while all is well."""
        self.set(voice, "cooling", mode=1, supply=18, **{"return": 29})
        for k, n in enumerate(self.servers[voice[-1].upper()]):
            self.set(voice, "ipmi", node=n, inlet=21 + k % 7 * 0.5)
            self.set(voice, "cpu", "total", node=n, busy=10 + k)

    def do_bad(self, _):
        """Zone B warms without cooling, the UPS runs from its battery, five links are down, a
        zone's servers have full disks: more than a hundred alarms."""
        self.set("cool-b", "cooling", mode=0, supply=27, **{"return": 33})
        for k, n in enumerate(self.servers["B"]):
            self.set("cool-b", "ipmi", node=n, inlet=33 + k % 5 * 0.7)
        self.set("cool-a", "ups", node="ups-a", output_source=5, charge=71, runtime=14, load=43)
        for n in self.links[2:7]:
            self.set("gw1", "icmp", node=n, reach=2)
        for z in "CD":
            for n in self.servers[z][:40]:
                self.set(f"cool-{z.lower()}", "filesystem", "root", node=n, used_percent=99)
        wait_for("alarms", 90, lambda: len([
            a for a in self.rig.api("alerts?limit=2000")["alerts"] if a["state"] == "firing"]) >= 100)
        return self.facts()

    def do_still(self, told):
        """A voice falls silent."""
        self.choir.still(told["voice"])
        return {}

    def do_speak(self, told):
        """It speaks again, of what it spoke of."""
        self.choir.voice(told["voice"])
        self.speak(told["voice"])
        return {}

    def do_sample(self, told):
        """A value from the next second on; returns when it was sent."""
        voice = self.choir.voices[told["voice"]]
        say, said = type(voice).say, []

        def note(second):
            said.append(time.time())
            say(voice, second)
        self.set(told["voice"], told["source"], told.get("instance", ""), told["node"],
                 **{told["field"]: told["value"]})
        voice.say = note
        wait_for("second", 5, lambda: said)
        del voice.say
        return {"sent_ms": said[0] * 1000}

    def end(self):
        self.choir.end()
        super().end()


def main():
    house = {"centre": Centre, "crowd": Crowd}[sys.argv[1]]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        house.start()
        print(json.dumps(house.facts()), flush=True)
        for line in sys.stdin:
            told = json.loads(line)
            print(json.dumps(getattr(house, "do_" + told["do"])(told)), flush=True)
    finally:
        house.end()


if __name__ == "__main__":
    main()
