# SPDX-License-Identifier: GPL-3.0-or-later
"""SNMP polling: zonewatch-gateway beside Debian's collectd (its snmp plugin) and
prometheus-snmp-exporter, one after the other in each round: 200 agents with 20 objects each, asked
for every 2 s. The agents are zonewatch-sim --replay, in a process of their own."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

from run import cpu, port, rss

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEVICES, OBJECTS, EVERY = 200, 20, 2
FIRST = "127.0.1.1"
COLUMN = "1.3.6.1.2.1.2.2.1.10"


def recording(path):
    rows = ["1.3.6.1.2.1.1.1.0|4|bench", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1",
            "1.3.6.1.2.1.1.3.0|67|123456"]
    rows += [f"{COLUMN}.{i}|65|{i * 1000}" for i in range(1, 51)]
    path.write_text("\n".join(rows) + "\n")


class Agents:
    """The agents; closing them tells how many requests they answered."""

    def __init__(self, build, directory, at, delay):
        self.log = open(directory / "agents.log", "w+")
        recording(directory / "bench.snmprec")
        self.process = subprocess.Popen(
            [build / "zonewatch-sim", "--replay", directory / "bench.snmprec", f"{FIRST}:{at}",
             "--delay", str(delay), "--copies", str(DEVICES)], stderr=self.log)
        time.sleep(1)

    def requests(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.log.seek(0)
        return int(re.search(r"answered (\d+) requests", self.log.read())[1])


def addresses():
    return [f"127.0.{1 + (i + 1) // 256}.{(i + 1) % 256}" for i in range(DEVICES)]


def sweep(build, directory, delay, dead, version=()):
    at = port()
    agents = Agents(build, directory, at, delay)
    mute = []
    for a in addresses():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((a, at + 1))
        mute.append(s)
    out = subprocess.run(
        [build / "bench" / "snmp_sweep", FIRST, str(at), str(DEVICES), str(dead), str(OBJECTS), "7",
         "500", *version], check=True, capture_output=True, text=True).stdout
    agents.requests()
    for s in mute:
        s.close()
    return [json.loads(line) for line in out.splitlines()][2:]  # the first ones warm up


def run_for(process, seconds):
    """CPU seconds and RSS of a process after so long."""
    time.sleep(seconds)
    used, mem = cpu(process.pid), rss(process.pid)
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    return used, mem


def polled(build, directory):
    """Polls of all devices so far, as the gateway says."""
    out = subprocess.run([build / "zonewatchctl", "snmp", "show", "--json"], check=True, text=True,
                         capture_output=True, env={**os.environ, "ZONEWATCH_GATEWAY_CONF":
                                                   str(directory / "gateway.conf")}).stdout
    return sum(x["polls"] for x in json.loads(out)["devices"])


def held(build, directory, seconds):
    """Longest that the gateway's loop was held, ms, while 50 devices of v3 are dead; by its own series."""
    env = {**os.environ}
    worst = []

    def look(d, web):
        env.update(ZONEWATCH_URL=f"http://127.0.0.1:{web}", ZONEWATCH_TOKEN_FILE=str(d / "token"))
        end = time.time() + seconds
        while time.time() < end:
            time.sleep(5)
            out = subprocess.run([build / "zonewatchctl", "last", "gw/gateway", "--json"], env=env,
                                 check=True, capture_output=True, text=True).stdout
            worst.extend(float(x) * 1000 for x in re.findall(
                r'"loop_held"[^}]*?"value": ([0-9.e-]+)', out))

    gateway(build, directory, 0, dead=50, look=look)
    return worst


def gateway(build, directory, seconds, dead=0, look=None):
    """With a collector, so that everything goes all its way."""
    d = directory / "gateway"
    d.mkdir()
    at, intake, web = port(), port(), port()
    pki = ["sh", ROOT / "conf" / "pki.sh", d / "pki"]
    nodes = [f"d{i}" for i in range(DEVICES)]
    for words in (["init"], ["collector", "127.0.0.1"], ["node", "gw", *nodes]):
        subprocess.run([*pki, *words], check=True, capture_output=True)
    for name, text in (("token", "0123456789abcdef"), ("community", "public"),
                       ("auth", "authpass12345"), ("priv", "privpass12345")):
        (d / name).write_text(text)
        (d / name).chmod(0o600)
    (d / "profiles").mkdir()
    (d / "profiles" / "bench.conf").write_text(f"""
name = "bench"; title = "Bench"; match = ( {{ sysobjectid = "1.3.6.1.4.1.99999"; }} );
scalars = ( {{ source = "bench"; interval = "{EVERY}s"; fields = ( {", ".join(
        f'{{ name = "o{i}"; oid = "{COLUMN}.{i}"; }}' for i in range(1, OBJECTS + 1))} ); }} );
""")
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mute.bind(("0.0.0.0", 0))
    rows = ",\n".join(
        f'{{ node = "{n}"; address = "{a}:{mute.getsockname()[1] if i < dead else at}"; '
        f'credential = "{"v3" if i < dead else "c"}"; }}'
        for i, (n, a) in enumerate(zip(nodes, addresses())))
    tls = 'ca = "pki/ca.crt"; cert = "pki/{0}.crt"; key = "pki/{0}.key";'
    (d / "gateway.conf").write_text(f"""
collectors = [ "127.0.0.1:{intake}" ]; state_dir = "state"; spool = {{ dir = "spool"; }};
tls = {{ {tls.format("nodes/gw")} }}; profile_dirs = [ "profiles" ];
credentials = ( {{ name = "c"; version = "v2c"; community_file = "community"; }},
  {{ name = "v3"; user = "zw"; auth_file = "auth"; priv_file = "priv"; }} );
devices = ( {rows} );
""")
    (d / "collector.conf").write_text(f"""
tls = {{ {tls.format("collector")} }}; intake = {{ listen = "127.0.0.1:{intake}"; }};
store = {{ dir = "store"; archives = ( {{ step = "10s"; keep = "1h"; }} ); }};
web = {{ listen = "127.0.0.1:{web}"; token_file = "token"; }};
zones = ( {{ name = "A"; }} );
nodes = ( {{ name = "gw"; zone = "A"; kind = "device"; }}, {", ".join(
        f'{{ name = "{n}"; zone = "A"; kind = "device"; }}' for n in nodes)} );
""")
    agents = Agents(build, directory, at, 0)
    log = open(d / "log", "w")
    c = subprocess.Popen([build / "zonewatch-collector", "-f", "-c", d / "collector.conf"], stderr=log)
    time.sleep(1)
    g = subprocess.Popen([build / "zonewatch-gateway", "-f", "-c", d / "gateway.conf"], stderr=log)
    time.sleep(5)  # until each was walked once
    began, polls = cpu(g.pid), polled(build, d)
    if look is not None:
        look(d, web)
    time.sleep(seconds)
    polls = polled(build, d) - polls
    used, mem = run_for(g, 0)
    c.terminate()
    c.wait(30)
    agents.requests()
    return used - began, mem, polls * OBJECTS


def collectd(build, directory, seconds):
    d = directory / "collectd"
    d.mkdir()
    at = port()
    data = "\n".join(f'<Data "o{i}">\n Type "gauge"\n Table false\n Instance "o{i}"\n'
                     f' Values "{COLUMN}.{i}"\n</Data>' for i in range(1, OBJECTS + 1))
    collect = " ".join(f'"o{i}"' for i in range(1, OBJECTS + 1))
    hosts = "\n".join(f'<Host "d{i}">\n Address "{a}:{at}"\n Version 2\n Community "public"\n'
                      f' Collect {collect}\n Interval {EVERY}\n</Host>'
                      for i, a in enumerate(addresses()))
    (d / "collectd.conf").write_text(f"""
Hostname "bench"
BaseDir "{d}"
PIDFile "{d}/pid"
PluginDir "/usr/lib/collectd"
TypesDB "/usr/share/collectd/types.db"
Interval {EVERY}
ReadThreads 16
LoadPlugin snmp
<Plugin snmp>
{data}
{hosts}
</Plugin>
""")
    agents = Agents(build, directory, at, 0)
    p = subprocess.Popen(["/usr/sbin/collectd", "-f", "-C", d / "collectd.conf"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    used, mem = run_for(p, seconds)
    return used, mem, agents.requests()


def exporter(build, directory, seconds):
    d = directory / "exporter"
    d.mkdir()
    at, web = port(), port()
    metrics = "\n".join(f"  - {{name: o{i}, oid: {COLUMN}.{i}, type: gauge}}"
                        for i in range(1, OBJECTS + 1))
    gets = ", ".join(f"{COLUMN}.{i}" for i in range(1, OBJECTS + 1))
    (d / "snmp.yml").write_text(f"""bench:
  version: 2
  auth: {{community: public}}
  get: [{gets}]
  metrics:
{metrics}
""")
    agents = Agents(build, directory, at, 0)
    p = subprocess.Popen(["prometheus-snmp-exporter", f"--config.file={d}/snmp.yml",
                          f"--web.listen-address=127.0.0.1:{web}"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
    time.sleep(1)
    end = time.time() + seconds
    got = [0]

    def scrape(mine):
        while time.time() < end:
            began = time.time()
            for a in mine:
                url = f"http://127.0.0.1:{web}/snmp?module=bench&target={a}:{at}"
                text = urllib.request.urlopen(url, timeout=10).read().decode()
                got[0] += len(re.findall(r"^o\d+ ", text, re.M))
            time.sleep(max(0, EVERY - (time.time() - began)))

    threads = [threading.Thread(target=scrape, args=(addresses()[i::8],)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    used, mem = run_for(p, 0)
    agents.requests()
    return used, mem, got[0]


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("build", type=pathlib.Path)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--seconds", type=int, default=30)
    o = a.parse_args()
    build = o.build.resolve()
    figures = {}
    for r in range(o.rounds):
        for subject in (gateway, collectd, exporter):
            with tempfile.TemporaryDirectory() as t:
                used, mem, varbinds = subject(build, pathlib.Path(t), o.seconds)
            figures.setdefault(subject.__name__, []).append((used / varbinds * 1e6, varbinds, mem))
            print(f"round {r + 1} {subject.__name__:10} {used / varbinds * 1e6:8.2f} ms CPU for 1,000 "
                  f"variable bindings, {varbinds / o.seconds:6.0f}/s, RSS {mem:.1f} MB", flush=True)
    with tempfile.TemporaryDirectory() as t:
        for name, delay, dead, version in (("20 ms away", 20, 0, ()), ("and a tenth dead", 20, 20, ()),
                                           ("and 50 dead, v3", 20, 50, ("v3",))):
            rounds = sweep(build, pathlib.Path(t), delay, dead, version)
            wall = sorted(x["wall_ms"] for x in rounds)
            per = statistics.median(x["cpu_ms"] / max(1, x["answered"]) * 1000 for x in rounds)
            print(f"sweep of {DEVICES} x {OBJECTS}, {name}: {statistics.median(wall):.1f} ms "
                  f"({wall[0]:.1f}-{wall[-1]:.1f}), {per:.2f} ms CPU for 1,000")
    with tempfile.TemporaryDirectory() as t:
        ms = sorted(held(build, pathlib.Path(t), o.seconds))
        print(f"the gateway's loop with 50 dead v3 devices of {DEVICES}: held at most "
              f"{ms[-1]:.1f} ms, median of 10 s {statistics.median(ms):.1f} ms")
    print()
    for name, rows in figures.items():
        ms = sorted(x[0] for x in rows)
        print(f"{name:10} {statistics.median(ms):8.2f} ({ms[0]:.2f}-{ms[-1]:.2f}) ms CPU for 1,000, "
              f"RSS {statistics.median(x[2] for x in rows):.1f} MB")


if __name__ == "__main__":
    sys.exit(main())
