# SPDX-License-Identifier: GPL-3.0-or-later
"""/metrics as Prometheus sees it: by promtool, and by Debian's Prometheus itself."""

import json
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import free_port, wait_for

OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"


def promtool(text):
    p = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    return p.returncode, (p.stdout + p.stderr).decode()


@pytest.fixture
def site(rig):
    rig.node("srv1", "srv2", zone="A")
    rig.node("srv3", zone="B")
    rig.collector()
    rig.sim()
    wait_for("values of all", 20, lambda: len({v["node"] for v in rig.api("last")["values"]}) >= 3)
    return rig


def families(text):
    """{family: type} and {family or sample's name: [line]}."""
    types, samples = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            types[line.split()[2]] = line.split()[3]
        elif not line.startswith("#"):
            name = line.split("{")[0].split(" ")[0]
            samples.setdefault(name, []).append(line)
    return types, samples


def test_own(site):
    status, headers, body = site.request("/metrics")
    assert status == 200
    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert promtool(body) == (0, ""), promtool(body)
    types, samples = families(body.decode())
    assert 'zonewatch_build_info{version="' in body.decode()
    assert types["zonewatch_intake_values_total"] == "counter"
    assert float(samples["zonewatch_intake_values_total"][0].split()[1]) > 0
    up = {line.split('node="')[1].split('"')[0]: line.split()[-1] for line in
          samples["zonewatch_node_up"]}
    assert up == {"srv1": "1", "srv2": "1", "srv3": "1"}
    assert sum(int(line.split()[-1]) for line in samples["zonewatch_nodes"]) >= 3


def test_open_metrics(site):
    status, headers, body = site.request("/metrics?values=1", headers={"Accept": OPEN})
    assert status == 200
    assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    text = body.decode()
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1
    types, _ = families(text)
    assert types["zonewatch_build"] == "info" and types["zonewatch_intake_values"] == "counter"
    # Families are whole: none begins twice.
    begun = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")]
    assert len(begun) == len(set(begun))


def test_values(site):
    status, _, body = site.request("/metrics?values=1")
    assert status == 200
    assert promtool(body) == (0, ""), promtool(body)
    types, samples = families(body.decode())
    last = {(v["node"], v["series"], v["field"]): v for v in site.api("last")["values"]}
    busy = last["srv1", "cpu", "user"] if ("srv1", "cpu", "user") in last else None
    assert busy is None or busy["unit"] == "%"
    told = sum(len(v) for k, v in samples.items()
               if any(k.startswith(f"zonewatch_{s.split('-')[0]}_") for s in
                      {k[1] for k in last}))
    known = sum(v["value"] is not None for v in last.values())
    assert told >= known * 0.9
    assert any(t == "counter" for t in types.values())
    # One zone, one node, one source.
    _, _, body = site.request("/metrics?values=only&zone=B")
    assert 'node="srv3"' in body.decode() and "srv1" not in body.decode()
    assert site.request("/metrics?values=1&zone=Z")[0] == 404
    assert site.request("/metrics", token="wrong")[0] == 401


@pytest.mark.skipif(shutil.which("prometheus") is None, reason="no prometheus")
def test_prometheus(site):
    port = free_port()
    secret = site.secret("bearer", site.token)
    (site.dir / "prometheus.yml").write_text(f"""
global: {{ scrape_interval: 1s, scrape_timeout: 1s }}
scrape_configs:
  - job_name: zonewatch
    authorization: {{ credentials_file: {secret} }}
    params: {{ values: ["1"] }}
    static_configs: [ {{ targets: [ "127.0.0.1:{site.web_port}" ] }} ]
""")
    site.start("prometheus", "prometheus", f"--config.file={site.dir}/prometheus.yml",
               f"--storage.tsdb.path={site.dir}/tsdb", f"--web.listen-address=127.0.0.1:{port}")

    def ask(path, **params):
        url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(params)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as a:
                return json.loads(a.read())["data"]
        except OSError:
            return None

    def up():
        targets = ask("targets")
        return targets and targets["activeTargets"] and \
            targets["activeTargets"][0]["health"] == "up" and targets["activeTargets"][0]
    target = wait_for("target that is up", 30, up)
    assert target["lastError"] == ""

    def answer(query):
        data = ask("query", query=query)
        return data and data["result"]
    nodes = wait_for("nodes", 10, lambda: answer("zonewatch_node_up"))
    assert {r["metric"]["node"] for r in nodes} == {"srv1", "srv2", "srv3"}
    assert wait_for("rate", 20, lambda: answer("rate(zonewatch_intake_values_total[10s]) > 0"))
    name = ask("label/__name__/values")
    assert [n for n in name if n.startswith("zonewatch_cpu_")], name
    meta = ask("metadata")
    assert meta["zonewatch_intake_values"][0]["type"] == "counter"
