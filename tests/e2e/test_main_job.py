# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job: this machine's own figures become RRDs, a page, a graph, an answer of the CLI."""

import json
import os
import re
import subprocess
import time

from conftest import wait_for


def series_of(rig, node):
    return {s["name"] for s in rig.api(f"series?node={node}")["series"]}


def test_this_machine(rig):
    rig.node("here")
    rig.collector()
    rig.agent("here")
    wait_for("series", 20, lambda: {"cpu-total", "load", "memory", "uptime", "vmstat", "agent",
                                    "filesystem-root"} <= series_of(rig, "here"))
    time.sleep(4)
    rig.flush()

    # By plain rrdtool, against /proc.
    now = int(time.time())
    mem = {k: int(v) * 1024 for k, v in re.findall(
        r"^(\w+):\s+(\d+) kB", open("/proc/meminfo").read(), re.M)}
    rows = rig.fetch("here", "memory", now - 10, now)
    newest = rows[max(rows)]
    assert newest["total"] == mem["MemTotal"]
    assert abs(newest["available"] - mem["MemAvailable"]) < 0.1 * mem["MemTotal"]
    up = float(open("/proc/uptime").read().split()[0])
    rows = rig.fetch("here", "uptime", now - 10, now)
    t = max(rows)
    assert abs(rows[t]["uptime"] - (up - (time.time() - t))) < 1.5
    st = os.statvfs("/")
    rows = rig.fetch("here", "filesystem-root", now - 10, now)
    assert abs(rows[max(rows)]["total"] / (st.f_blocks * st.f_frsize) - 1) < 1e-9  # 10 digits
    assert rows[max(rows)]["read_only"] == 0
    cpu = rig.fetch("here", "cpu-total", now - 10, now)
    assert all(0 <= row["busy"] <= 100 for row in cpu.values()) and len(cpu) >= 3

    # Each step of the seconds that passed is there, none twice: one row a second.
    times = sorted(cpu)
    assert times == list(range(times[0], times[0] + len(times)))

    # The CLI, for people and for programs.
    assert "here" in rig.ctl("nodes").stdout
    nodes = json.loads(rig.ctl("nodes", "--json").stdout)["nodes"]
    assert [n["name"] for n in nodes] == ["here"] and nodes[0]["connected"] is True
    last = rig.ctl("last", "here/memory").stdout
    assert "total" in last and "GiB" in last
    for fmt, magic in (("svg", b"<?xml"), ("png", b"\x89PNG")):
        out = rig.dir / f"cpu.{fmt}"
        rig.ctl("graph", "here/cpu-total", "--last", "1h", "-o", out)
        assert out.read_bytes().startswith(magic)
    rig.ctl("storage", "plan")
    # Without the collector the same series are known from its directory.
    asked = json.loads(rig.ctl("storage", "plan", "--json").stdout)
    read = json.loads(rig.ctl("storage", "plan", "--json", "-c", rig.dir / "collector.conf").stdout)
    assert read["total"]["bytes"] == asked["total"]["bytes"] > 0 and "assumed" not in read
    rows = rig.ctl("graph", "here/cpu-total", "--last", "1h", "--json").stdout
    assert rows.startswith("{\n  ") and rows.endswith("}\n")
    assert rig.ctl("last", "here/nosuch", check=False).returncode == 1
    rig.ctl("check", "-c", rig.dir / "collector.conf")

    # The page.
    status, _, body = rig.request("/")
    assert status == 200 and b"Zone A" in body
    status, _, body = rig.request("/zone/A")
    assert status == 200 and b'href="/node/here"' in body
    status, _, body = rig.request("/node/here")
    assert status == 200 and b"filesystem" in body and b"cpu" in body


def test_rates_of_counters(rig):
    """A counter's rate by rrdtool is that of the kernel's counter."""
    rig.node("here")
    rig.collector()
    rig.agent("here", sources='network = { ignore = [ "none" ]; };')
    wait_for("series", 20, lambda: "network-lo" in series_of(rig, "here"))

    def rx_lo():
        return int(re.search(r"lo:\s*(\d+)", open("/proc/net/dev").read()).group(1))
    time.sleep(2)
    before, t0 = rx_lo(), time.time()
    subprocess.run(["sh", "-c", "head -c 30000000 /dev/zero > /dev/null"], check=True)
    for _ in range(30):
        rig.request("/node/here")
        time.sleep(0.1)
    after, t1 = rx_lo(), time.time()
    time.sleep(2.2)
    rig.flush()
    rows = rig.fetch("here", "network-lo", int(t0) - 2, int(t1) + 2)
    total = sum(r.get("rx_bytes", 0) for t, r in rows.items() if t0 - 1 < t <= t1 + 1)
    assert after - before > 50000
    assert 0.7 * (after - before) < total < 1.5 * (after - before) + 200000


def test_page_needs_the_token(rig):
    rig.node("here")
    rig.collector()
    for path in ("/", "/node/here", "/api/v1/zones"):
        status, headers, _ = rig.request(path, token="wrong")
        assert status == 401, path
        assert "default-src 'none'" in headers["Content-Security-Policy"]
    status, _, _ = rig.request("/", headers={"Host": "evil.example"})
    assert status in (400, 403, 421)
    assert rig.ctl("zones", check=False, env={"ZONEWATCH_TOKEN_FILE": "/nonexistent"}).returncode != 0
