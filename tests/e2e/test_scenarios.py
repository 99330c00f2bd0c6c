# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens in a house, as those who are woken see it: the shipped rules, mails in three
languages. ZW_MAILS=DIR keeps the mails as texts, to be read."""

import os
import pathlib
import re
import ssl
import subprocess
import threading
import time
import urllib.parse
import urllib.request

from conftest import BUILD, ROOT, wait_for
from test_sim_snmp import free_udp_port
from wire import GAUGE, STATE, Agent, batch, define, field

LANGS = ("en", "az", "ru")
QUICK = '{ rule = "*"; for = "1s"; clear_for = "2s"; }'
UNITS = {"inlet": "Cel", "supply": "Cel", "return": "Cel", "setpoint": "Cel", "used_percent": "%",
         "charge": "%", "runtime": "min", "fan_speed": "%", "busy": "%", "power": "W",
         "battery_temp": "Cel", "load": "%"}
WORDS = {"output_source": "3oon line;5won battery", "mode": "0woff;1oon", "leak": "0ono leak;1cleak",
         "reach": "0oup;2cdown"}


def house(rig, notify="", limits=QUICK, more="", update_every="10s"):
    """The shipped rules, and a recipient for each language."""
    people = ", ".join(f'{{ address = "{x}@dc.example"; language = "{x}"; }}' for x in LANGS)
    rig.mail = f'transport = "maildir:{rig.dir}/mail"; from = "zw@dc.example"; recipients = ( {people} );'
    rig.more_conf = f"""
include = [ "{ROOT}/conf/rules/default.conf" ];
limits = ( {limits} );
notify = {{ group_wait = "3s"; update_every = "{update_every}"; {notify} }};
{more}
"""


class Voice(Agent):
    """A certificate's session: says what it was given last, each second."""

    def __init__(self, rig, name):
        super().__init__(rig, name)
        self.name, self.numbers, self.now, self.seq, self.said = name, {}, {}, 0, 0

    def set(self, source, instance="", node=None, **values):
        """Of now on; None: it says it no more."""
        key = (node or self.name, source, instance)
        if None in values.values():
            self.now.pop(key)
            return
        if key not in self.numbers:
            self.numbers[key] = len(self.numbers) + 1
            fields = [field(f, UNITS.get(f, "1"), kind=STATE if f in WORDS else GAUGE,
                            label={"leak": "under the floor"}.get(f, "")) for f in values]
            states = ";".join(f"{i}:{WORDS[f]}" for i, f in enumerate(values) if f in WORDS)
            self.send(define(self.numbers[key], source, instance, fields, key[0], states))
        self.now[key] = [float(v) for v in values.values()]

    def say(self, second):
        rows = []
        for key, values in self.now.items():
            self.seq += 1
            rows.append(batch(self.seq, second, self.numbers[key], values))
        if rows:
            self.send(b"".join(rows))
        self.s.setblocking(False)
        try:
            while self.s.recv(65536):
                pass
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        self.s.setblocking(True)


class Choir:
    """All voices, each second; a thread, so that a test can wait and look."""

    def __init__(self, rig):
        self.rig, self.voices, self.lock, self.over = rig, {}, threading.Lock(), False
        self.thread = threading.Thread(target=self.sing, daemon=True)
        self.thread.start()

    def sing(self):
        while not self.over:
            with self.lock:
                for v in self.voices.values():
                    v.say(int(time.time()))
            time.sleep(max(0.05, 1.02 - time.time() % 1))

    def voice(self, name):
        with self.lock:
            self.voices[name] = Voice(self.rig, name)
        return self.voices[name]

    def set(self, name, source, instance="", node=None, **values):
        with self.lock:
            self.voices[name].set(source, instance, node, **values)

    def still(self, name):
        """It falls silent: its process is gone."""
        with self.lock:
            self.voices.pop(name).close()

    def end(self):
        self.over = True
        self.thread.join(10)
        for v in self.voices.values():
            v.close()


def text(mail):
    return mail.get_body(("plain",)).get_content()


def mails(rig, lang="en"):
    """Those of a language, oldest first."""
    return [m for m in rig.mails() if m["To"] == f"{lang}@dc.example"]


def keep(rig, name):
    """For people to read."""
    if "ZW_MAILS" not in os.environ:
        return
    out = pathlib.Path(os.environ["ZW_MAILS"]) / name
    out.mkdir(parents=True, exist_ok=True)
    box = sorted((rig.dir / "mail" / "new").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns)
    for lang in LANGS:
        with open(out / f"{lang}.txt", "w") as f:
            for path, m in zip(box, rig.mails()):
                if m["To"] == f"{lang}@dc.example":
                    f.write(f"=== {path.stat().st_mtime:.3f} {m['Subject']}\n{text(m)}\n")
    for path in box:
        (out / path.name).write_bytes(path.read_bytes())


def wait_mail(rig, n=1, seconds=30, lang="en"):
    return wait_for(f"mail {n}", seconds, lambda: (m := mails(rig, lang))[n - 1:] and m)


def gateway(rig, devices, zone="site", kind="device"):
    """gw1 and what it speaks for: {node: zone} or {node: (zone, more)}."""
    rig.nodes["gw1"] = zone
    rig.more["gw1"] = 'kind = "device"; title = "Gateway 1";'
    for node, where in devices.items():
        rig.nodes[node], more = where if isinstance(where, tuple) else (where, "")
        rig.more[node] = f'kind = "{kind if node.startswith("link") else "device"}"; depends = [ "gw1" ]; {more}'
    rig.pki("node", "gw1", *devices)


def plant(choir, ups=(), cool=(), mains=True):
    """Their values while all is well."""
    for n in ups:
        choir.set("gw1", "ups", node=n, output_source=3 if mains else 5, charge=100 if mains else 97,
                  runtime=42)
    for n in cool:
        choir.set("gw1", "cooling", node=n, mode=1, supply=18, **{"return": 29})


def air(rig, choir, value, *names):
    for n in names or rig.servers:
        choir.set(n, "ipmi", inlet=value)


def start(rig, *voices):
    rig.collector()
    choir = rig.choir = Choir(rig)
    for v in voices:
        choir.voice(v)
        if v == "gw1":
            choir.set(v, "gateway", devices=1)
    return choir


def equipment(rig):
    """The simulated equipment of quickstart --simulate, and the gateway's part of it."""
    port, traps = free_udp_port(), free_udp_port()
    snmp = rig.dir / "snmp"
    snmp.mkdir()
    for name in ("v1.community", "v2c.community", "v3.auth", "v3.priv"):
        (snmp / name).write_text("of-simulation-" + name[:2] + "\n")
        (snmp / name).chmod(0o600)
    for d in ("conf.d", "gateway.conf.d"):
        (rig.dir / d).mkdir()
    how = ["--equipment", f"127.0.161.1:{port}", "--credentials", snmp,
           "--trap-sink", f"127.0.0.1:{traps}"]
    nodes = rig.dir / "conf.d" / "equipment.conf"
    subprocess.run([BUILD / "zonewatch-sim", *how, "--write-nodes", nodes,
                    "--write-gateway-conf", rig.dir / "gateway.conf.d" / "equipment.conf"], check=True)
    rig.zones.append("links")
    rig.nodes["gateway"] = "site"
    rig.more["gateway"] = 'kind = "device"; title = "Gateway";'
    return how, re.findall(r'^  { name = "([^"]+)"', nodes.read_text(), re.M)


def cooling(rig, seconds, with_plant):
    for z in "AB":
        rig.node(*[f"s{z.lower()}{i}" for i in range(4)], zone=z)
    groups = [f"{z}:{','.join(n for n, w in rig.nodes.items() if w == z)}" for z in "AB"]
    house(rig, limits='{ rule = "*"; clear_for = "2s"; }')
    how, names = equipment(rig) if with_plant else ([], [])
    rig.collector()
    if with_plant:
        rig.gateway("gateway", f'profile_dirs = [ "{ROOT}/conf/profiles" ];', names)
    (rig.dir / "script").write_text(f"20s cooling-failure zone=B for {seconds}s\n")
    rig.start("sim", BUILD / "zonewatch-sim", "--collector", f"127.0.0.1:{rig.agent_port}",
              "--pki", rig.dir / "pki", "--state", rig.dir / "sim", "--step", 1, "--speed", 30,
              "--script", rig.dir / "script", *how, *groups)
    wait_for("fault", 60, lambda: "cooling-failure B begins" in (rig.dir / "sim.log").read_text())
    return time.time()


# What stands in no mail of the other languages, unless it is a name.
ENGLISH = re.compile(r"\b(since|further|alerts?|warning|critical|nothing|above|below|cools|"
                     r"rising|battery|silent|and|of|in about)\b", re.I)
NAMES = re.compile(r"Cooling unit \w+|Environment controller|Test site|https?://\S+|[\w.-]+/[\w-]+|"
                   r"Test site|UPS|under the floor|Probes of zone \w|journalctl.*|du -x\w+.*")


def read(rig, name, *languages):
    """What holds of every mail; how many each language had."""
    keep(rig, name)
    counts = {x: len(mails(rig, x)) for x in LANGS}
    assert len(set(counts.values())) == 1, counts
    for x in LANGS:
        for m in mails(rig, x):
            body = text(m)
            for bad in ("(null)", " nan", " inf ", "%s", "%u", " ,", "–  –", "+0.0 ", "+0 "):
                assert bad not in m["Subject"] + body, (bad, body)
            if x != "en":
                own = NAMES.sub("", m["Subject"] + "\n" + body)
                assert not ENGLISH.search(own) or "cooling" in name, (ENGLISH.search(own), own)
    return counts["en"]


def subjects(rig, lang="en"):
    return [m["Subject"] for m in mails(rig, lang)]


def test_cooling_bare(rig):
    """Servers alone: what they feel is one incident, mailed once, and its end."""
    cooling(rig, 60, False)
    first = wait_mail(rig, 1, 120)[0]
    assert re.match(r"\[(CRITICAL|WARNING)\] Zone B: Inlet air", first["Subject"]), first["Subject"]
    assert "inlets rising" in text(first) and "°C/min" in text(first)
    assert "Graph: " in first.get_body(("html",)).get_content()
    wait_for("end", 240, lambda: subjects(rig)[-1].startswith("[RESOLVED] Zone B: "))
    assert {m["X-Zonewatch-Zone"] for m in rig.mails()} == {"B"}
    assert {m["References"].split()[0] for m in mails(rig)[1:]} == {first["Message-ID"]}
    read(rig, "cooling_bare")


def test_cooling_plant(rig):
    """With the plant the unit's own alarm is the cause, and is told at once."""
    t0 = cooling(rig, 40, True)
    first = wait_mail(rig, 1, 60)[0]
    print("first mail after", time.time() - t0)
    wait_for("end", 240, lambda: subjects(rig)[-1].startswith("[RESOLVED] Zone B: "))
    assert "Zone B: " in first["Subject"]
    zone = [m["Subject"] for m in mails(rig) if m["X-Zonewatch-Zone"] == "B"]
    assert len([x for x in zone if x.startswith("[CRITICAL]") or x.startswith("[WARNING]")]) == 1, zone
    read(rig, "cooling_plant")


def test_leak(rig):
    """Critical at once, saying where; its end."""
    gateway(rig, {"env-1": ("C", 'title = "Environment controller";')})
    house(rig)
    choir = start(rig, "gw1")
    choir.set("gw1", "water", node="env-1", leak=0)
    wait_for("value", 10, lambda: rig.api("last?node=env-1")["values"])
    choir.set("gw1", "water", node="env-1", leak=1)
    wait_mail(rig)
    choir.set("gw1", "water", node="env-1", leak=0)
    wait_for("end", 20, lambda: all(len(mails(rig, x)) == 2 for x in LANGS))
    choir.end()
    assert subjects(rig)[0] == "[CRITICAL] Zone C: Water leak, under the floor: leak — env-1"
    assert "nothing else is wrong" in text(mails(rig)[0])
    first, last = (text(m) for m in mails(rig))
    since = re.search(r"Since: +(\S+ \S+)", first)[1]
    assert since == re.search(r"Began: +(\S+ \S+)", last)[1]
    assert subjects(rig, "ru")[0].startswith("[КРИТИЧЕСКАЯ] Зона C: Протечка воды, ")
    assert subjects(rig, "az")[0].startswith("[KRİTİK] Zona C: Su sızması, ")
    assert read(rig, "leak") == 2


def test_links(rig):
    """24 links lost together are one uplink; one alone is a school."""
    links = [f"link-{i:02}" for i in range(1, 25)]
    gateway(rig, {n: ("site", f'title = "School {n[5:]}";') for n in links}, kind="link")
    house(rig)
    choir = start(rig, "gw1")

    def reach(value, *names):
        for n in names or links:
            choir.set("gw1", "icmp", node=n, reach=value)
    reach(0)
    wait_for("values", 10, lambda: rig.api("last?node=link-24")["values"])
    reach(2)
    first = wait_mail(rig)[0]
    assert first["Subject"] == "[CRITICAL] Test site: Several links are down: the uplink, 24 nodes (limit 3)"
    assert "24 alerts follow from it; nothing else is wrong" in text(first)
    reach(0)
    wait_for("end", 40, lambda: subjects(rig)[-1].startswith("[RESOLVED]"))
    told = len(mails(rig))
    assert subjects(rig)[-1].startswith("[RESOLVED] Test site: Several links are down: the uplink")
    reach(2, "link-07")
    one = wait_mail(rig, told + 1)[-1]
    assert one["Subject"].startswith("[WARNING] Test site: A link is down") and "School 07" in one["Subject"]
    reach(0)  # the third change in a minute: it chatters, and is held
    choir.end()
    assert read(rig, "links") <= 5


def test_battery(rig):
    """On battery is a warning; with the cooling off it is critical at once."""
    gateway(rig, {"ups-1": ("A", 'title = "UPS 1";'), "cool-a": ("A", 'title = "Cooling unit A"; role = "cooling";')})
    rig.servers = [f"sa{i}" for i in range(4)]
    rig.node(*rig.servers)
    house(rig, limits='{ rule = "ups-on-battery"; for = "1s"; }, { rule = "*"; clear_for = "2s"; }')
    choir = start(rig, "gw1", *rig.servers)
    plant(choir, ["ups-1"], ["cool-a"])
    air(rig, choir, 22)
    wait_for("values", 10, lambda: rig.api("last?node=ups-1")["values"])
    plant(choir, ["ups-1"], mains=False)
    first = wait_mail(rig)[0]
    assert first["Subject"] == "[WARNING] Zone A: The UPS runs from its battery — ups-1"
    assert "UPS 1 on battery for 42 min more; nothing else is wrong" in text(first)
    choir.set("gw1", "cooling", node="cool-a", mode=0, supply=18, **{"return": 29})
    t0 = time.time()
    second = wait_mail(rig, 2, 10)[1]
    print("critical after", time.time() - t0)
    assert "Power from the battery, and a cooling unit is off" in second["Subject"]
    assert second["Subject"].startswith("[CRITICAL, update]")
    assert "питание от батареи и кондиционер не охлаждает" in text(wait_mail(rig, 2, 5, "ru")[1])
    plant(choir, ["ups-1"], ["cool-a"])
    wait_for("end", 60, lambda: subjects(rig)[-1].startswith("[RESOLVED]"))
    choir.end()
    assert read(rig, "battery") <= 5


def test_flapping(rig):
    """What comes and goes is held, told once, and listed as that."""
    rig.servers = ["sa0", "sa1", "sa2"]
    rig.node(*rig.servers)
    house(rig, notify="gather = \"1s\";")
    choir = start(rig, *rig.servers)
    air(rig, choir, 25.5)
    for i in range(16):
        air(rig, choir, 27.5 if i % 2 else 25.5, "sa0")
        choir.set("sa1", "network", "eth0", carrier=i % 2)
        time.sleep(4 if i % 2 else 3)
    held = [a for a in rig.api("alerts")["alerts"] if a["state"] in ("firing", "clearing")]
    assert {(a["node"], "chattering" in a["flags"]) for a in held} == {("sa0", True), ("sa1", True)}, held
    assert "comes and goes" in "".join(text(m) for m in mails(rig))
    openings = [x for x in subjects(rig) if x.startswith("[WARNING]")]
    choir.end()
    assert len(openings) <= 6, openings
    assert not [x for x in subjects(rig)[-2:] if x.startswith("[RESOLVED]")]
    read(rig, "flapping")


def test_dead_gateway(rig):
    """One alert; nothing of its devices is alarmed or resolved, and what fired before fires on."""
    gateway(rig, {"ups-1": ("A", 'title = "UPS 1";'), "cool-a": "A", "cool-b": "B", "env-1": "C"})
    rig.servers = ["sa0", "sb0"]
    rig.node("sa0")
    rig.node("sb0", zone="B")
    house(rig, limits='{ rule = "*"; clear_for = "2s"; after = "4s"; }, { rule = "ups-on-battery"; for = "1s"; }')
    choir = start(rig, "gw1", *rig.servers)

    def speak(mains):
        plant(choir, ["ups-1"], ["cool-a", "cool-b"], mains)
        choir.set("gw1", "water", node="env-1", leak=0)
    speak(True)
    air(rig, choir, 22)
    wait_for("values", 10, lambda: rig.api("last?node=env-1")["values"])
    speak(False)
    wait_mail(rig)
    choir.still("gw1")
    dead = wait_mail(rig, 2)[1]
    assert dead["Subject"] == "[CRITICAL] Test site: No data from the node — gw1"
    assert "4 nodes unreachable because of it; nothing else is" in text(dead)
    time.sleep(12)
    firing = {(a["node"], a["rule"]) for a in rig.api("alerts")["alerts"] if a["state"] == "firing"}
    assert firing == {("gw1", "silent"), ("ups-1", "ups-on-battery")}
    assert len(mails(rig)) == 2
    choir.voice("gw1")
    choir.set("gw1", "gateway", devices=1)
    speak(True)
    wait_for("ends", 30, lambda: len(mails(rig)) == 4)
    time.sleep(6)
    choir.end()
    assert sorted(x.split(",")[0] for x in subjects(rig)[2:]) == [
        "[RESOLVED] Test site: No data from the node — gw1",
        "[RESOLVED] Zone A: The UPS runs from its battery — ups-1"]
    assert read(rig, "gateway") == 4


def test_flood(rig):
    """838 alerts over four zones within half a minute: one opening mail for each zone."""
    names = {z: [f"s{z.lower()}{i}" for i in range(10)] for z in "ABCD"}
    rig.servers = sum(names.values(), [])
    for z, n in names.items():
        rig.node(*n, zone=z)
    house(rig, limits=QUICK + ', { rule = "disk-filling*"; off = true; }', update_every="5min")
    choir = start(rig, *rig.servers)
    for n in rig.servers:
        for k in range(21):
            choir.set(n, "filesystem", f"mnt{k}", used_percent=50)
    wait_for("values", 20, lambda: rig.api("last?node=sd9")["values"])
    for k, n in [(k, n) for k in range(21) for n in rig.servers][:838]:
        choir.set(n, "filesystem", f"mnt{k}", used_percent=99 if k % 2 else 95)
        if n == rig.servers[-1]:
            time.sleep(1)
    # Each: nearly full, and half of them full, too.
    wait_for("alerts", 60, lambda: len([a for a in rig.api("alerts?limit=2000")["alerts"]
                                        if a["rule"] == "disk-full" and a["state"] == "firing"]) == 838)
    time.sleep(5)
    heads = [re.sub(",.*", "", x) for x in subjects(rig)]
    openings = [x for x in heads if "update" not in x]
    assert len(openings) == 4 and len(heads) <= 8, subjects(rig)
    lines = text(mails(rig)[0]).splitlines()
    assert len(lines) < 80 and len(set(lines)) > len(lines) - 15
    choir.end()
    read(rig, "flood")


def test_grows(rig):
    """A warning that grows to critical is told at once; nobody has it: a reminder, the next in the
    chain; acknowledged: no more of these."""
    rig.node("sa0", "sa1")
    rig.servers = ["sa0", "sa1"]
    house(rig, notify='remind_first = "1min"; remind_every = "1min"; gather = "5s";',
          more='recipients = ( { address = "head@dc.example"; severity = "critical"; after = "30s"; '
               'language = "ru"; } );')
    choir = start(rig, "sa0", "sa1")
    choir.set("sa0", "filesystem", "root", used_percent=92)
    first = wait_mail(rig)[0]
    assert first["Subject"] == "[WARNING] Zone A: File system nearly full, 92 % (limit 90) — sa0 (root)"
    time.sleep(6)
    choir.set("sa0", "filesystem", "root", used_percent=98)
    t0 = time.time()
    worse = wait_mail(rig, 2)[1]
    print("worse after", time.time() - t0)
    assert worse["Subject"] == "[CRITICAL, update] Zone A: File system full, 98 % (limit 97) — sa0 (root)"
    assert "nothing else is wrong" in text(worse)
    time.sleep(6)
    choir.set("sa1", "cpu", "total", busy=99, iowait=1)  # what has nothing to do with it
    wait_for("another", 30, lambda: [m for m in mails(rig) if "Processors busy" in text(m)])
    wait_for("the next in the chain", 45, lambda: [m for m in rig.mails() if m["To"] == "head@dc.example"])
    wait_for("reminder", 50, lambda: [x for x in subjects(rig) if "reminder 1" in x])
    number = rig.api("incidents")["incidents"][-1]["id"]
    rig.ctl("ack", number, "--comment", "clearing logs", "--author", "Leyla")
    wait_for("word of it", 30, lambda: subjects(rig)[-1].startswith("[CRITICAL, acknowledged]"))
    assert "by Leyla" in text(mails(rig)[-1]) and "clearing logs" in text(mails(rig)[-1])
    choir.set("sa0", "filesystem", "root", used_percent=50)
    choir.set("sa1", "cpu", "total", busy=9, iowait=1)
    wait_for("end", 30, lambda: subjects(rig)[-1].startswith("[RESOLVED] Zone A: File system full"))
    assert "acknowledged by Leyla" in text(mails(rig)[-1])
    choir.end()
    chain = [m["Subject"] for m in rig.mails() if m["To"] == "head@dc.example"]
    assert chain[0].startswith("[КРИТИЧЕСКАЯ, ") and "обновление" not in chain[0], chain
    read(rig, "grows")


def test_silence(rig):
    """What a silence would cover is shown; then nobody is told, until it ends while it still fires.
    The form of the page acknowledges."""
    rig.node("sa0", "sa1")
    house(rig)
    choir = start(rig, "sa0", "sa1")
    choir.set("sa0", "filesystem", "root", used_percent=50)
    choir.set("sa1", "filesystem", "root", used_percent=50)
    wait_for("values", 10, lambda: rig.api("last?node=sa1")["values"])
    how = ["--node", "sa0", "--rule", "disk*", "--for", "20s", "--reason", "new disk", "--author", "Leyla"]
    preview = rig.ctl("silence", "preview", *how).stdout
    assert "sa0" in preview or "0" in preview, preview
    rig.ctl("silence", "add", *how)
    t0 = time.time()
    assert "new disk" in rig.ctl("silences").stdout
    choir.set("sa0", "filesystem", "root", used_percent=98)
    time.sleep(12)
    assert not rig.mails()
    wait_mail(rig, 1, 30)
    assert time.time() - t0 > 19
    assert subjects(rig)[0].startswith("[CRITICAL] Zone A: File system full, 98 %")
    number = rig.api("incidents")["incidents"][0]["id"]
    form = urllib.parse.urlencode({"author": "Rəşad", "comment": "baxıram"}).encode()
    r = urllib.request.Request(
        f"http://127.0.0.1:{rig.web_port}/incident/{number}/acknowledge", data=form,
        headers={"Cookie": rig.session(), "Origin": f"http://127.0.0.1:{rig.web_port}"})
    with urllib.request.urlopen(r, timeout=10) as a:
        assert "Rəşad" in a.read().decode()
    wait_for("word of it", 30, lambda: subjects(rig)[-1].startswith("[CRITICAL, acknowledged]"))
    choir.end()
    read(rig, "silence")


def test_maintenance(rig):
    """A window of the configuration mutes; what still fires at its end is told then."""
    rig.node("sa0")
    now = time.time() + 4 * 3600
    minute = [time.strftime("%H:%M", time.gmtime(now + 60 * k)) for k in (0, 1 if now % 60 < 35 else 2)]
    house(rig, more=f'maintenance = ( {{ when = "daily {minute[0]}-{minute[1]}"; node = "sa*"; reason = "Work"; }} );')
    choir = start(rig, "sa0")
    choir.set("sa0", "filesystem", "root", used_percent=98)
    wait_for("alert", 20, lambda: [a for a in rig.api("alerts")["alerts"] if a["state"] == "firing"])
    time.sleep(5)
    assert not rig.mails()
    wait_mail(rig, 1, 95)
    assert time.strftime("%H:%M", time.gmtime(time.time() + 4 * 3600)) >= minute[1]
    choir.end()
    read(rig, "maintenance")
