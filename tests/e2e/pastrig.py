# SPDX-License-Identifier: GPL-3.0-or-later
"""A small site with a past that `zonewatch-sim --history` made: its store, its true figures, its
reports, and the same read by plain rrdtool."""

import csv
import io
import json
import math
import os
import subprocess
import zipfile

from conftest import BUILD, ROOT

END = 1795356000  # 2026-11-22 18:00 in Baku
STEP = 5
# Rows of 5 min reach back over October, rows of 1 h over all.
ARCHIVES = (("10s", "30min"), ("5min", "62d"), ("1h", "400d"))


def nodes_of(servers, plant, links=8):
    """Rows of a site like that of the quickstart, but smaller."""
    zones = "ABCD"
    rows = []
    for i in range(servers):
        z = zones[min(3, i * 4 // servers)]
        rows.append(f'{{ name = "sim{i + 1:02}"; zone = "{z}"; rack = "{z}1"; }}')
    if not plant:
        return rows
    for i, z in enumerate(zones):
        low = z.lower()
        rows.append(f'{{ name = "cool-{low}"; zone = "{z}"; kind = "device"; role = "cooling"; '
                    f'serves = [ "{z}" ]; }}')
        rows.append(f'{{ name = "pdu-{low}"; zone = "{z}"; kind = "device"; role = "pdu"; '
                    f'depends = [ "ups-{1 + i // 2}" ]; }}')
    rows.append('{ name = "ups-1"; zone = "site"; kind = "device"; role = "ups"; }')
    rows.append('{ name = "ups-2"; zone = "site"; kind = "device"; role = "ups"; }')
    rows.append('{ name = "switch-1"; zone = "site"; kind = "device"; role = "switch"; }')
    children = "".join(f'{{ name = "zone-{z.lower()}"; zone = "{z}"; }}, ' for z in zones)
    rows.append('{ name = "env-1"; zone = "site"; kind = "device"; '
                f'children = ( {children} {{ name = "*"; zone = "site"; }} ); }}')
    for i in range(links):
        rows.append(f'{{ name = "link-{i + 1:02}"; zone = "links"; kind = "link"; '
                    f'title = "School {i + 1}"; depends = [ "switch-1" ]; }}')
    return rows


def sanitizer_env(path):
    """Reports of sanitizers go to files there."""
    (path / "san").mkdir(exist_ok=True)
    return {
        **os.environ,
        "ASAN_OPTIONS": f"detect_leaks=1:log_path={path}/san/asan:handle_abort=0",
        "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0",
        "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:log_path={path}/san/ubsan",
    }


class Past:
    """One that was filled in."""

    def __init__(self, path, length, seed=1, servers=8, plant=True, end=END):
        self.dir, self.end = path, end
        self.reports = {}
        archives = ", ".join(f'{{ step = "{s}"; keep = "{k}"; }}' for s, k in ARCHIVES)
        zones = ", ".join(f'{{ name = "{z}"; title = "Zone {z}"; }}' for z in "ABCD")
        self.conf = path / "collector.conf"
        self.conf.write_text(f"""
include = [ "{ROOT}/conf/rules/default.conf" ];
site = "Test site";
timezone = "Asia/Baku";
tls = {{ ca = "pki/ca.crt"; cert = "pki/collector.crt"; key = "pki/collector.key"; }};
store = {{ dir = "state"; archives = ( {archives} ); }};
zones = ( {zones}, {{ name = "links"; title = "Links"; }} );
nodes = (
  {(","+chr(10)+"  ").join(nodes_of(servers, plant))}
);
""")
        (path / "state").mkdir()
        self.run("zonewatch-sim", "--history", length, "--step", str(STEP), "--seed", str(seed),
                 "--end", str(end), "--conf", str(self.conf), "--truth", str(path / "truth.json"))
        self.truth = json.loads((path / "truth.json").read_text())
        self.fields = {(f["node"], f["series"], f["field"]): f["months"]
                       for f in self.truth["fields"]}

    def run(self, program, *words):
        got = subprocess.run([str(BUILD / program), *words], env=sanitizer_env(self.dir),
                             capture_output=True, text=True, timeout=300)
        reports = [r.read_text() for r in (self.dir / "san").iterdir()]
        assert got.returncode == 0 and not reports, got.stderr[-3000:] + "".join(reports)[:6000]
        return got.stdout

    # --- months -------------------------------------------------------------------------------

    def month(self, name):
        """The number of a local month ("2026-10") among those of the truth, and its times."""
        for i, m in enumerate(self.truth["months"]):
            # The middle of the month says which it is, whatever the zone.
            middle = (m["from_s"] + m["to_s"]) // 2
            year, mon = subprocess.run(
                ["date", "-u", "-d", f"@{middle}", "+%Y %m"], text=True, capture_output=True,
                check=True).stdout.split()
            if f"{year}-{mon}" == name:
                return i, m
        raise AssertionError(f"{name} is not in this past")

    def events(self, month, *kinds):
        _, m = self.month(month)
        return [e for e in self.truth["events"] if e["kind"] in kinds and
                e["from_s"] < m["to_s"] and e["to_s"] > m["from_s"]]

    # --- as an auditor reads --------------------------------------------------------------------

    def rrd(self, node, series):
        return self.dir / "state" / "rrd" / node / f"{series}.rrd"

    def rows(self, node, series, field, cf, step, start, end):
        """[(beginning of the row, value)] of the known rows, by plain rrdtool."""
        out = subprocess.run(
            ["rrdtool", "fetch", str(self.rrd(node, series)), cf, "-r", str(step),
             "-s", str(start), "-e", str(end - step)],
            check=True, text=True, capture_output=True, env={**os.environ, "LC_ALL": "C"}).stdout
        lines = out.splitlines()
        at = lines[0].split().index(field)
        got = []
        for line in lines[2:]:
            t, _, rest = line.partition(":")
            v = float(rest.split()[at])
            if not math.isnan(v) and start < int(t) <= end:
                got.append((int(t) - step, v))
        return got

    def figures(self, node, series, field, step, start, end):
        """What the truth says of a field, from the files."""
        mean = self.rows(node, series, field, "AVERAGE", step, start, end)
        if not mean:
            return {"known_s": 0}
        values = sorted(v for _, v in mean)
        least = min(self.rows(node, series, field, "MIN", step, start, end), key=lambda r: r[1])
        most = max(self.rows(node, series, field, "MAX", step, start, end), key=lambda r: r[1])
        return {
            "known_s": len(mean) * step,
            "mean": sum(values) / len(values),
            "min": least[1], "min_at_s": least[0],
            "max": most[1], "max_at_s": most[0],
            "p95": values[math.ceil(0.95 * len(values)) - 1],
            "integral": sum(values) * step,
        }

    # --- the report -----------------------------------------------------------------------------

    def report(self, month, *more):
        """Its tables: {id: [row as a dict by the column's head]}."""
        key = (month, *more)
        if key not in self.reports:
            stem = self.dir / ("report-" + "-".join(key).replace("/", "_"))
            self.run("zonewatch-report", "-c", str(self.conf), "-p", month, "-l", "en",
                     "-o", str(stem), *more)
            self.reports[key] = {}
            with zipfile.ZipFile(f"{stem}.en.csv.zip") as z:
                for name in z.namelist():
                    if name.endswith(".csv"):
                        text = z.read(name).decode("utf-8-sig")
                        rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
                        self.reports[key][name[:-4]] = rows
        return self.reports[key]
