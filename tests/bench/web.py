# SPDX-License-Identifier: GPL-3.0-or-later
"""What each page and end point costs: a collector with NODES nodes, each of which sends 10 series x 20
fields, and 800 alerts; for each address the time, bytes, bytes by gzip, and how long it held the
collector's loop: the class of its longest turn by CPU time (/metrics, zonewatch_loop_turn_seconds).
At the end answers a second of /api/v1/zones.

  /usr/bin/python3 tests/bench/web.py BUILD [NODES]"""

import gzip
import http.client
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "bench"))
from run import TOKEN, cpu, port  # noqa: E402

SERIES, FIELDS, ZONES = 10, 20, "ABCD"
PATHS = ["/healthz", "/api/v1/zones", "/api/v1/site", "/api/v1/status", "/api/v1/nodes",
         "/api/v1/nodes/load1", "/api/v1/series", "/api/v1/last", "/api/v1/alerts",
         "/api/v1/incidents", "/api/v1/silences", "/api/v1/silences/preview?zone=*",
         "/api/v1/rules", "/api/v1/rules?node=load1", "/api/v1/events", "/api/v1/storage",
         "/api/v1/series/find?q=nothing", "/api/v1/series?q=nothing", "/api/v1/nodes/load1/latest",
         "/api/v1/series/find?q=load", "/api/v1/search?q=nothing", "/api/v1/openapi.json",
         "/api/v1/wall", "/api/v1/incidents/1",
         "/metrics", "/metrics?values=1", "/metrics/find?query=*.*", "/metrics/find?query=*.*.*.*", "/metrics/find?query=*.*.*.nothing",
         "/", "/wall", "/zone/A", "/node/load1", "/incidents", "/links", "/silences", "/reports",
         "/system", "/audit", "/search?q=load", "/search?q=nothing", "/graphs",
         "/graph?series=load1/bench.s1", "/incident/1", "/quality", "/users", "/messages"]


def turns(c):
    """Of each class of the loop's turns how many there were, by its bound in ms."""
    c.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    text = c.getresponse().read().decode()
    found = re.findall(r'^zonewatch_loop_turn_seconds_bucket{le="([^"]+)"} (\d+)$', text, re.M)
    below, classes = 0, {}
    for le, n in found:
        classes[float(le) * 1000] = int(n) - below
        below = int(n)
    return classes


def configure(path, nodes, agents, web):
    rows = ",\n".join(f'{{ name = "load{i + 1}"; zone = "{ZONES[i % 4]}"; }}' for i in range(nodes))
    high = ", ".join(f'"load{i + 1}"' for i in range(min(nodes, 80)))
    (path / "token").write_text(TOKEN + "\n")
    (path / "token").chmod(0o600)
    (path / "c.conf").write_text(f"""
site = "Bench"; tls = {{ ca = "pki/ca.crt"; cert = "pki/collector.crt"; key = "pki/collector.key"; }};
intake = {{ listen = "127.0.0.1:{agents}"; }};
store = {{ dir = "state"; archives = ( {{ step = "10s"; keep = "1h"; }} ); }};
web = {{ listen = "127.0.0.1:{web}"; token_file = "token"; }};
zones = ( {", ".join(f'{{ name = "{z}"; }}' for z in ZONES)} );
nodes = ( {rows} );
rules = ( {{ name = "high"; kind = "threshold"; title = "High"; source = "bench"; field = "f1";
  nodes = [ {high} ]; above = -1; clear = -2; severity = "warning"; }},
  {{ name = "silent"; kind = "no-data"; title = "Silent"; after = "1h"; severity = "critical"; }} );
""")


def ask(c, path):
    """Status, body, its bytes as they were sent, and ms."""
    begun = time.perf_counter()
    c.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}", "Accept-Encoding": "gzip"})
    r = c.getresponse()
    body = r.read()
    ms, sent = (time.perf_counter() - begun) * 1000, len(body)
    return r.status, gzip.decompress(body) if r.headers["Content-Encoding"] == "gzip" else body, sent, ms


def measure(c, path):
    """A row of the table."""
    times = []
    status, body, sent, _ = ask(c, path)
    if status in (404, 405):
        return None
    before = turns(c)
    for _ in range(5):
        status, body, sent, ms = ask(c, path)
        times.append(ms)
    after = turns(c)
    longest = max((le for le in after if after[le] > before[le]), default=0)
    return (path, status, statistics.median(times), len(body), sent, longest)


def wait(at, nodes):
    c = http.client.HTTPConnection("127.0.0.1", at)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            _, body, _, _ = ask(c, "/api/v1/status")
            if json.loads(body)["intake"]["values"] >= nodes * SERIES * FIELDS:
                return
        except (OSError, http.client.HTTPException):
            c = http.client.HTTPConnection("127.0.0.1", at)
        time.sleep(0.5)
    raise SystemExit("no values within 60 s")


def alerts(c):
    return json.loads(ask(c, "/api/v1/status")[1])["alerts"]["warning"]


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
                      ["nodes"] + [f"load{i + 1}" for i in range(nodes)]):
            subprocess.run(["sh", ROOT / "conf/pki.sh", path / "pki", *words], check=True,
                           capture_output=True)
        configure(path, nodes, agents, web)
        log = open(path / "log", "wb")
        started.append(subprocess.Popen([build / "zonewatch-collector", "-f", "-c", path / "c.conf"],
                                        stderr=log, stdout=log, cwd=path))
        time.sleep(3)
        start = int(time.time()) - 40
        started.append(subprocess.Popen(
            [build / "bench" / "loadgen", f"127.0.0.1:{agents}", path / "pki", str(nodes), str(SERIES),
             str(FIELDS), "1000", str(start // 10 * 10), "1", "10"], stdout=log, stderr=log))
        try:
            wait(web, nodes)
        except SystemExit:
            print((path / "log").read_text(errors="replace")[-600:])
            raise
        time.sleep(3)
        c = http.client.HTTPConnection("127.0.0.1", web)
        print(f"{nodes} nodes, {nodes * SERIES * FIELDS} values, {alerts(c)} alerts\n"
              f"{'path':36}{'status':>7}{'ms':>9}{'bytes':>10}{'gzip':>9}{'turn <= ms':>12}")
        for p in PATHS:
            row = measure(c, p)
            if row is not None:
                print(f"{row[0]:36}{row[1]:7}{row[2]:9.2f}{row[3]:10}{row[4]:9}{row[5]:12g}", flush=True)
        if shutil.which("wrk"):
            rate(web, started[0].pid)
    finally:
        for p in reversed(started):
            p.terminate()
            p.wait(30)
        shutil.rmtree(path)


if __name__ == "__main__":
    main()
