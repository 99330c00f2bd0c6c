# SPDX-License-Identifier: GPL-3.0-or-later
"""What each page and end point costs: a collector with NODES nodes, a quarter of which send 40 series x
20 fields; for each address the time, bytes, bytes by gzip, and how long the loop was held: the longest
that /healthz, asked all the while on a connection of its own, had to wait. At the end answers a
second of /api/v1/zones.

  /usr/bin/python3 tests/bench/web.py BUILD [NODES]"""

import gzip
import http.client
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))
from run import TOKEN, cpu, port  # noqa: E402

# loadgen opens all its connections at once, and no more than 128 may be in their handshake: a quarter
# of the nodes send four times as much.
SERIES, FIELDS, ZONES = 40, 20, "ABCD"
PATHS = ["/healthz", "/api/v1/zones", "/api/v1/site", "/api/v1/status", "/api/v1/nodes",
         "/api/v1/nodes/load1", "/api/v1/series", "/api/v1/last", "/api/v1/alerts",
         "/api/v1/incidents", "/api/v1/silences", "/api/v1/silences/preview?zone=*",
         "/api/v1/rules", "/api/v1/rules?node=load1", "/api/v1/events", "/api/v1/storage",
         "/api/v1/series/find?q=nothing", "/api/v1/series?q=nothing", "/api/v1/openapi.json",
         "/metrics", "/metrics?values=1", "/metrics/find?query=*.*", "/metrics/find?query=*.*.*.*",
         "/", "/wall", "/zone/A", "/node/load1", "/incidents", "/links", "/silences", "/reports",
         "/system", "/audit", "/search?q=load", "/values"]


class Probe(threading.Thread):
    """Asks /healthz again and again; remembers the longest wait."""

    def __init__(self, at):
        super().__init__(daemon=True)
        self.c = http.client.HTTPConnection("127.0.0.1", at)
        self.waits, self.end = [], False

    def run(self):
        while not self.end:
            begun = time.perf_counter()
            self.c.request("GET", "/healthz")
            self.c.getresponse().read()
            self.waits.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.0005)


def configure(path, nodes, agents, web):
    rows = ",\n".join(f'{{ name = "load{i + 1}"; zone = "{ZONES[i % 4]}"; }}' for i in range(nodes))
    (path / "token").write_text(TOKEN + "\n")
    (path / "token").chmod(0o600)
    (path / "c.conf").write_text(f"""
site = "Bench"; tls = {{ ca = "pki/ca.crt"; cert = "pki/collector.crt"; key = "pki/collector.key"; }};
intake = {{ listen = "127.0.0.1:{agents}"; }};
store = {{ dir = "state"; archives = ( {{ step = "10s"; keep = "1h"; }} ); }};
web = {{ listen = "127.0.0.1:{web}"; token_file = "token"; }};
zones = ( {", ".join(f'{{ name = "{z}"; }}' for z in ZONES)} );
nodes = ( {rows} );
rules = ( {{ name = "high"; kind = "threshold"; title = "High"; source = "*"; field = "*";
  nodes = [ "load1*" ]; above = 1e30; clear = 1e29; severity = "warning"; }},
  {{ name = "silent"; kind = "no-data"; title = "Silent"; after = "1h"; severity = "critical"; }} );
""")


def ask(c, path):
    begun = time.perf_counter()
    c.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
    r = c.getresponse()
    body = r.read()
    return r.status, body, (time.perf_counter() - begun) * 1000


def measure(c, at, path):
    """A row of the table."""
    probe = Probe(at)
    times = []
    status, body, _ = ask(c, path)
    if status in (404, 405):
        return None
    probe.start()
    time.sleep(0.05)
    for _ in range(5):
        status, body, ms = ask(c, path)
        times.append(ms)
    probe.end = True
    probe.join()
    waits = sorted(probe.waits)
    return (path, status, statistics.median(times), len(body), len(gzip.compress(body, 6)),
            waits[len(waits) // 2], waits[-1])


def wait(at, nodes):
    c = http.client.HTTPConnection("127.0.0.1", at)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            _, body, _ = ask(c, "/api/v1/status")
            if json.loads(body)["intake"]["values"] >= nodes // 4 * SERIES * FIELDS:
                return
        except (OSError, http.client.HTTPException):
            c = http.client.HTTPConnection("127.0.0.1", at)
        time.sleep(0.5)
    raise SystemExit("no values within 60 s")


def rate(at, pid):
    """Answers a second, and for a second of the collector's CPU, of /api/v1/zones."""
    before = cpu(pid)
    p = subprocess.run(["wrk", "-t1", "-c8", "-d5s", "-H", f"Authorization: Bearer {TOKEN}",
                        f"http://127.0.0.1:{at}/api/v1/zones"], text=True, capture_output=True)
    used = cpu(pid) - before
    n = int(p.stdout.split(" requests in")[0].split()[-1])
    print(f"/api/v1/zones: {n / 5:.0f} answers/s; {n / used:.0f} for a second of CPU")


def main():
    build, nodes = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 500
    path = pathlib.Path(tempfile.mkdtemp(prefix="zw-web-"))
    agents, web = port(), port()
    started = []
    try:
        for words in (["init"], ["collector", "localhost", "127.0.0.1"],
                      ["nodes"] + [f"load{i + 1}" for i in range(nodes // 4)]):
            subprocess.run(["sh", ROOT / "conf/pki.sh", path / "pki", *words], check=True,
                           capture_output=True)
        configure(path, nodes, agents, web)
        log = open(path / "log", "wb")
        started.append(subprocess.Popen([build / "zonewatch-collector", "-f", "-c", path / "c.conf"],
                                        stderr=log, stdout=log, cwd=path))
        time.sleep(3)
        start = int(time.time()) - 40
        started.append(subprocess.Popen(
            [build / "bench" / "loadgen", f"127.0.0.1:{agents}", path / "pki", str(nodes // 4),
             str(SERIES), str(FIELDS), "4", str(start // 10 * 10)], stdout=log, stderr=log))
        try:
            wait(web, nodes)
        except SystemExit:
            print((path / "log").read_text(errors="replace")[-600:])
            raise
        time.sleep(3)
        c = http.client.HTTPConnection("127.0.0.1", web)
        print(f"{nodes} nodes, {nodes // 4 * SERIES * FIELDS} values\n{'path':36}{'status':>7}{'ms':>9}"
              f"{'bytes':>10}{'gzip':>9}{'loop ms':>9}{'longest':>9}")
        for p in PATHS:
            row = measure(c, web, p)
            if row is not None:
                print(f"{row[0]:36}{row[1]:7}{row[2]:9.2f}{row[3]:10}{row[4]:9}{row[5]:9.2f}"
                      f"{row[6]:9.2f}", flush=True)
        if shutil.which("wrk"):
            rate(web, started[0].pid)
    finally:
        for p in reversed(started):
            p.terminate()
            p.wait(30)
        shutil.rmtree(path)


if __name__ == "__main__":
    main()
