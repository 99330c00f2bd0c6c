# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark: zonewatch beside Debian's collectd, each round one after the other, because the
speed of a shared machine drifts. Everything is on loopback, in one directory that is removed."""

import argparse
import asyncio
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
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICK = os.sysconf("SC_CLK_TCK")
NODES, SERIES, FIELDS = 50, 20, 10  # 200 values a node and step
# The same archives on both sides: 1200 rows of each of these lengths, so that the files of 10,000
# values take a gigabyte and not twenty-five.
ROWS, STEPS = 1200, (10, 60, 600, 3600)
TOKEN = "0123456789abcdef"


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def children(pid):
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += children(int(child))
    return found


def cpu(pid):
    """CPU seconds of a process, its threads and its children, living and reaped."""
    total = 0.0
    for p in children(pid):
        for task in pathlib.Path(f"/proc/{p}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0]) / 1e9
        f = pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(f[13]) + int(f[14])) / TICK
    return total


def rss(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def private(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(m) for m in re.findall(r"Private_\w+:\s+(\d+)", text)) / 1024


def disk_writes(path):
    """Bytes written so far to the device that holds path; None if it is no block device."""
    dev = os.stat(path).st_dev
    stat = pathlib.Path(f"/sys/dev/block/{os.major(dev)}:{os.minor(dev)}/stat")
    return int(stat.read_text().split()[6]) * 512 if stat.exists() else None


def settle(pids, limit=120):
    """Wait until the processes are idle."""
    quiet = 0
    last, end = sum(map(cpu, pids)), time.time() + limit
    while quiet < 3 and time.time() < end:
        time.sleep(0.5)
        now = sum(map(cpu, pids))
        quiet = quiet + 1 if now - last < 0.02 else 0
        last = now


class Collector:
    """A zonewatch collector for the bench's nodes."""

    def __init__(self, build, path, nodes, rules="", mail="", store="", more="", row="",
                 words=()):
        self.dir, self.build = path, build
        self.agents, self.web = port(), port()
        (path / "token").write_text(TOKEN)
        (path / "token").chmod(0o600)
        pki = ["sh", ROOT / "conf" / "pki.sh", path / "pki"]
        for w in (["init"], ["collector", "localhost", "127.0.0.1"], words or ["nodes", *nodes]):
            subprocess.run([*pki, *w], check=True, capture_output=True)
        rows = ",\n".join(f'{{ name = "{n}"; zone = "A"; {row} }}' for n in nodes)
        (path / "collector.conf").write_text(f"""
tls = {{ ca = "pki/ca.crt"; cert = "pki/collector.crt"; key = "pki/collector.key"; }};
intake = {{ listen = "127.0.0.1:{self.agents}"; }};
web = {{ listen = "127.0.0.1:{self.web}"; token_file = "token"; }};
store = {{ dir = "state"; {store} }};
mail = {{ {mail} }};
zones = ( {{ name = "A"; }} );
nodes = ( {rows} );
rules = ( {rules} );
{more}
""")
        self.process = subprocess.Popen([build / "zonewatch-collector", "-f", "-c",
                                         path / "collector.conf"], stderr=open(path / "log", "ab"))
        for _ in range(200):
            try:
                self.api("health")
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit((path / "log").read_text())

    def api(self, path, method="GET"):
        r = urllib.request.Request(f"http://127.0.0.1:{self.web}/api/v1/{path}", method=method,
                                   headers={"Authorization": f"Bearer {TOKEN}"},
                                   data=b"" if method == "POST" else None)
        return json.loads(urllib.request.urlopen(r, timeout=120).read())

    def stop(self):
        self.process.terminate()
        self.process.wait(120)


def generate(argv):
    return json.loads(subprocess.run(list(map(str, argv)), check=True, capture_output=True,
                                     text=True).stdout)


def drop_caches():
    """Both sides start with RRDs that are not in the page cache in large folios."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
    except OSError:
        pass


def flush(c):
    """All that was received is in the RRDs."""
    while True:
        try:
            c.api("flush", "POST")
            return
        except urllib.error.HTTPError as e:
            if e.code != 504:  # the files are still being made
                raise


def ingest_zonewatch(build, path, steps):
    nodes = [f"load{i + 1}" for i in range(NODES)]
    c = Collector(build, path, nodes, store=f'''
  flush = "10min"; checkpoint = "60s"; archives = ( {", ".join(
      f'{{ step = "{s}s"; keep = "{s * ROWS}s"; }}' for s in STEPS)} );''')
    start = int(time.time()) // 3600 * 3600 - 86400 - steps * 10
    gen = [build / "bench" / "loadgen", f"127.0.0.1:{c.agents}", path / "pki", NODES, SERIES, FIELDS]
    generate(gen + [1, start])  # makes the files
    flush(c)
    drop_caches()
    before, written = cpu(c.process.pid), disk_writes(path)
    r = generate(gen + [steps, start + 10])
    flush(c)
    settle([c.process.pid])
    used = cpu(c.process.pid) - before
    c_rss = sum(rss(p) for p in children(c.process.pid))
    c.stop()
    os.sync()
    written = disk_writes(path) - written if written is not None else None
    return {"s_per_M": used / (r["values"] / 1e6), "wire": r["bytes_per_value"],
            "device": written / r["values"] if written is not None else None,
            "values_per_s": r["values"] / r["seconds"], "rss": c_rss, "lost": 0.0}


def udp_drops(number):
    return sum(int(line.split()[-1]) for line in open("/proc/net/udp").read().splitlines()[1:]
               if int(line.split()[1].split(":")[1], 16) == number)


def ingest_collectd(build, path, steps):
    udp = port()
    (path / "c.conf").write_text(f"""
Hostname "bench"
FQDNLookup false
Interval 10
BaseDir "{path}"
PIDFile "{path}/pid"
TypesDB "/usr/share/collectd/types.db"
LoadPlugin network
<Plugin network>
  Listen "127.0.0.1" "{udp}"
</Plugin>
LoadPlugin rrdtool
<Plugin rrdtool>
  DataDir "{path}/rrd"
  CacheTimeout 600
  CacheFlush 100000
  StepSize 10
  HeartBeat 25
  RRARows {ROWS}
  {"".join(f"RRATimespan {s * ROWS}" + chr(10) for s in STEPS)}
</Plugin>
""")
    p = subprocess.Popen(["collectd", "-f", "-C", path / "c.conf"], stderr=open(path / "log", "ab"),
                         stdout=subprocess.DEVNULL)
    time.sleep(1.5)
    start = int(time.time()) // 3600 * 3600 - 86400 - steps * 10
    gen = [build / "bench" / "collectd_gen", udp, NODES, SERIES, FIELDS]
    generate(gen + [1, start, 5])
    settle([p.pid])
    drop_caches()
    before, written, drops = cpu(p.pid), disk_writes(path), udp_drops(udp)
    r = generate(gen + [steps, start + 10, 20])
    settle([p.pid])
    lost = (udp_drops(udp) - drops) * 28
    p_rss = rss(p.pid)
    p.terminate()  # its clean end writes what the cache still holds; that belongs to the cost
    _, _, usage = os.wait4(p.pid, 0)
    p.returncode = 0
    used = usage.ru_utime + usage.ru_stime - before
    os.sync()
    written = disk_writes(path) - written if written is not None else None
    values = max(r["values"] - lost, 1)
    return {"s_per_M": used / (values / 1e6), "wire": r["bytes_per_value"],
            "device": written / values if written is not None else None,
            "values_per_s": r["values"] / r["seconds"], "rss": p_rss, "lost": lost / r["values"]}


def fmt(values, digits=2):
    values = [v for v in values if v is not None]
    if not values:
        return "-"
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def ingest(build, rounds, steps):
    ours, theirs = [], []
    for _ in range(rounds):
        for side, run in ((ours, ingest_zonewatch), (theirs, ingest_collectd)):
            path = pathlib.Path(tempfile.mkdtemp(prefix="zwbench", dir=os.environ.get("ZW_BENCH_DIR")))
            try:
                side.append(run(build, path, steps))
            finally:
                shutil.rmtree(path, ignore_errors=True)
    print(f"\nwire to RRDs: {NODES} nodes x {SERIES * FIELDS} values x {steps} steps, median (min-max)"
          f" of {rounds} rounds")
    print(f"{'':34}{'zonewatch':>26}{'collectd':>26}")
    for key, name, digits in (("s_per_M", "CPU s per million values", 2),
                              ("wire", "bytes a value on the wire", 2),
                              ("device", "device bytes a value", 0),
                              ("values_per_s", "values a second offered and taken", 0),
                              ("rss", "RSS MB, all processes", 1), ("lost", "lost share", 4)):
        print(f"{name:34}{fmt([r[key] for r in ours], digits):>26}"
              f"{fmt([r[key] for r in theirs], digits):>26}")
    ratio = [t["s_per_M"] / o["s_per_M"] for o, t in zip(ours, theirs)]
    print(f"{'collectd / zonewatch, CPU':34}{fmt(ratio, 1):>26}")


def agent(build, rounds, seconds):
    """The agent of this machine and collectd's same plugins, at 1 s, at the same time."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="zwbench"))
    c = Collector(build, path, ["here"])
    (path / "agent.conf").write_text(f"""
collectors = [ "127.0.0.1:{c.agents}" ]; step = "1s";
tls = {{ ca = "pki/ca.crt"; cert = "pki/nodes/here.crt"; key = "pki/nodes/here.key"; }};
spool = {{ dir = "spool"; }};
""")
    a = subprocess.Popen([build / "zonewatch-agent", "-f", "-c", path / "agent.conf"],
                         stderr=open(path / "agent.log", "ab"))
    plugins = "cpu load memory swap vmem disk df interface uptime".split()
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    seen = {"bytes": 0}

    def drain():
        while True:
            seen["bytes"] += len(sink.recv(65536))
    threading.Thread(target=drain, daemon=True).start()
    (path / "cd.conf").write_text(f"""
Hostname "bench"
FQDNLookup false
Interval 1
BaseDir "{path}"
PIDFile "{path}/cpid"
TypesDB "/usr/share/collectd/types.db"
{"".join(f"LoadPlugin {p}" + chr(10) for p in plugins)}
LoadPlugin network
<Plugin network>
  Server "127.0.0.1" "{sink.getsockname()[1]}"
</Plugin>
""")
    d = subprocess.Popen(["collectd", "-f", "-C", path / "cd.conf"], stderr=open(path / "clog", "ab"),
                         stdout=subprocess.DEVNULL)
    time.sleep(5)
    rows = {"zonewatch": [], "collectd": []}
    for _ in range(rounds):
        before = cpu(a.pid), cpu(d.pid)
        time.sleep(seconds)
        rows["zonewatch"].append((cpu(a.pid) - before[0]) / seconds * 1000)
        rows["collectd"].append((cpu(d.pid) - before[1]) / seconds * 1000)
    print(f"\nagent at 1 s, {rounds} x {seconds} s, both at the same time")
    print(f"{'':34}{'zonewatch':>26}{'collectd':>26}")
    print(f"{'CPU ms a cycle':34}{fmt(rows['zonewatch']):>26}{fmt(rows['collectd']):>26}")
    print(f"{'RSS MB':34}{rss(a.pid):>26.1f}{rss(d.pid):>26.1f}")
    print(f"{'private MB':34}{private(a.pid):>26.1f}{private(d.pid):>26.1f}")
    values = sum(len(s["fields"]) for s in c.api("series?node=here")["series"])
    print(f"{'values a cycle':34}{values:>26}{'':>26}")
    for p in (a, d):
        p.terminate()
        p.wait(20)
    c.stop()
    shutil.rmtree(path, ignore_errors=True)


class Relay:
    """An SMTP server that notes when each mail's final dot arrived."""

    def __init__(self):
        self.dots = []
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()

        async def serve():
            self.server = await asyncio.start_server(self.client, "127.0.0.1", 0)
            self.port = self.server.sockets[0].getsockname()[1]
            ready.set()
        self.loop.create_task(serve())
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        ready.wait()

    async def client(self, reader, writer):
        for s in [writer.get_extra_info("socket")]:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        writer.write(b"220 bench\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-bench\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                text = await reader.readuntil(b"\r\n.\r\n")
                self.dots.append((time.time(), text))
                writer.write(b"250 ok\r\n")
            elif verb == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 ok\r\n")
        writer.close()


def latency(build, rounds, graph):
    """From the frame's arrival to the final dot at the relay of a critical incident's first mail: one
    node after the other crosses its limit, each an incident of its own."""
    relay = Relay()
    path = pathlib.Path(tempfile.mkdtemp(prefix="zwbench"))
    nodes = [f"p{i + 1}" for i in range(rounds)]
    c = Collector(build, path, ["probe", *nodes], words=["node", "probe", *nodes], rules="""
{ name = "hot"; kind = "threshold"; source = "probe"; field = "value"; above = 50.0;
  severity = "critical"; }""", more='notify = { gather = "0s"; };', row='rack = "A1"; unit = 3;',
                  mail=f"""transport = "smtp://127.0.0.1:{relay.port}"; starttls = "never";
from = "zonewatch@bench.example"; graph = {"true" if graph else "false"};
recipients = ( {{ address = "it@bench.example"; }} );""")
    out = subprocess.run([build / "bench" / "crossings", f"127.0.0.1:{c.agents}", path / "pki",
                          str(rounds)], check=True, capture_output=True, text=True).stdout
    time.sleep(2)
    sent = [float(line) for line in out.split()]
    c.stop()
    shutil.rmtree(path, ignore_errors=True)
    took = []
    for i, t in enumerate(sent):
        mine = [d for d, text in relay.dots if b"  p%d\r\n" % (i + 1) in text and b".open." in text]
        if mine:
            took.append((min(mine) - t) * 1000)
    took.sort()
    pictures = [text.count(b"Content-Type: image/png") for _, text in relay.dots]
    print(f"\nframe sent to first mail's final dot, ms, {'with' if graph else 'without'} the graph and"
          f" the map: {len(took)} of {len(sent)} incidents mailed, {len(relay.dots)} mails with"
          f" {sum(pictures)} pictures;"
          f" median {statistics.median(took):.1f}, p90 {took[int(len(took) * 0.9)]:.1f},"
          f" p99 {took[int(len(took) * 0.99)]:.1f}, max {took[-1]:.1f}")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("build", type=pathlib.Path)
    ap.add_argument("what", nargs="*", default=[])
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--steps", type=int, default=120)
    a = ap.parse_args()
    what = a.what or ["ingest", "agent", "latency"]
    print("cpu:", next(line.split(":")[1].strip() for line in open("/proc/cpuinfo")
                       if line.startswith("model name")), os.cpu_count(), "cores")
    if "ingest" in what:
        ingest(a.build, a.rounds, a.steps)
    if "agent" in what:
        agent(a.build, a.rounds, 20)
    if "latency" in what:
        latency(a.build, 240, False)
        latency(a.build, 240, True)


if __name__ == "__main__":
    sys.exit(main())
