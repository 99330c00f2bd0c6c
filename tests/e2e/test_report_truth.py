# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated past: whether its files are what librrd would have made, whether its figures are what
rrdtool and SQL find in them, and whether the report says the same."""

import datetime
import math
import shutil
import sqlite3
import statistics
import subprocess
import zoneinfo

import pytest

from pastrig import END, STEP, Past

FULL = "2026-10"  # has one of everything, in rows of 5 min
GAP = "2026-06"  # 26 hours are missing; rows of 1 h
NEW = "2026-07"  # zone D is added
QUIET = "2026-05"  # nothing happened


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    return Past(tmp_path_factory.mktemp("past"), "210d")


def near(a, b, part=1e-9):
    return a == pytest.approx(b, rel=part, abs=1e-6)


# --- the files ----------------------------------------------------------------------------------

SAMPLE = [
    ("sim01", "thermal", "inlet"), ("sim05", "thermal", "inlet"), ("sim07", "thermal", "inlet"),
    ("sim02", "filesystem-var", "used_percent"), ("sim03", "uptime", "uptime"),
    ("pdu-b", "pdu-1", "power"), ("pdu-d", "pdu-1", "energy"), ("cool-b", "cooling", "mode"),
    ("link-03", "icmp", "up"), ("link-05", "icmp", "rtt"), ("ups-1", "ups", "output_source"),
    ("zone.B", "air", "inlet_max"), ("site", "site_it_power", "value"),
    ("env-1.zone-c", "temperature-Temperature.Value-11.2", "value"),
]


@pytest.mark.parametrize("month", [FULL, GAP, NEW, QUIET, "2026-08"])
def test_rrdtool_finds_the_true_figures(past, month):
    number, m = past.month(month)
    step = 300 if month == FULL else 3600
    for key in SAMPLE:
        true = past.fields[key][number][str(step)]
        found = past.figures(*key, step, m["from_s"], m["to_s"])
        for word in true:
            assert near(found[word], true[word]), (month, key, word)


def test_coarse_rows_are_librrds_of_the_fine_ones(past):
    """An hour is the mean, least and highest of its twelve rows of 5 min."""
    start = END - 20 * 86400
    for node, series, field in SAMPLE[1:7]:
        for cf, fold in (("AVERAGE", lambda v: sum(v) / len(v)), ("MIN", min), ("MAX", max)):
            fine = dict(past.rows(node, series, field, cf, 300, start, END))
            coarse = dict(past.rows(node, series, field, cf, 3600, start, END))
            whole = [t for t in coarse if all(t + k * 300 in fine for k in range(12))]
            assert len(whole) > 400
            for t in whole:
                assert near(coarse[t], fold([fine[t + k * 300] for k in range(12)])), (node, cf, t)


def test_librrd_goes_on_where_the_past_ends(past, tmp_path):
    """The next hour, given by rrdtool sample by sample, is a row like any other; the rows before
    are as they were."""
    copy = tmp_path / "copy.rrd"
    shutil.copy(past.rrd("sim01", "thermal"), copy)
    before = subprocess.check_output(["rrdtool", "fetch", str(copy), "AVERAGE", "-r", "3600", "-s",
                                      str(END - 86400), "-e", str(END - 3600)], text=True)
    samples = [f"{END + i * STEP}:{20 + i % 5}:30:40:{200 + i % 3}"
               for i in range(1, 3600 // STEP + 1)]
    subprocess.run(["rrdtool", "update", str(copy), *samples], check=True)
    after = subprocess.check_output(["rrdtool", "fetch", str(copy), "AVERAGE", "-r", "3600", "-s",
                                     str(END - 86400), "-e", str(END)], text=True).splitlines()
    assert after[:-1] == before.splitlines()[:len(after) - 1]
    time, values = after[-1].split(":")
    assert int(time) == END + 3600
    assert float(values.split()[0]) == pytest.approx(22)
    assert float(values.split()[3]) == pytest.approx(201)


def test_same_seed_same_bytes(tmp_path):
    """And another seed, another past."""
    made = []
    for name, seed in (("one", 7), ("two", 7), ("three", 8)):
        (tmp_path / name).mkdir()
        p = Past(tmp_path / name, "4d", seed=seed, servers=2, plant=False)
        files = sorted((p.dir / "state" / "rrd").rglob("*.rrd"))
        made.append({str(f.relative_to(p.dir)): f.read_bytes() for f in files})
        made[-1]["truth"] = (p.dir / "truth.json").read_bytes()
    assert len(made[0]) > 15
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_end_between_rows(tmp_path):
    """A past that ends in the middle of an hour goes through librrd from the last whole one on."""
    p = Past(tmp_path, "4d", servers=2, plant=False, end=END + 25 * 60 + 20)
    last = subprocess.check_output(["rrdtool", "last", str(p.rrd("sim01", "thermal"))], text=True)
    assert int(last) == p.end
    rows = p.rows("sim01", "thermal", "inlet", "AVERAGE", 300, END - 3600, END + 1500)
    assert [t for t, _ in rows] == list(range(END - 3600, END + 1500, 300))
    assert all(15 < v < 30 for _, v in rows)


# --- the history --------------------------------------------------------------------------------

def sql(past, query, *values):
    with sqlite3.connect(f"file:{past.dir}/state/history.db?mode=ro", uri=True) as db:
        return db.execute(query, values).fetchall()


def test_incidents_by_sql(past):
    found = sql(past, "SELECT id, zone, node, opened_ms, COALESCE(closed_ms, 0),"
                      " COALESCE(first_ack_ms, 0), total FROM incidents ORDER BY id")
    true = [(i["id"], i["zone"], i["node"], i["opened_ms"], i["closed_ms"], i["ack_ms"],
             i["alerts"]) for i in past.truth["incidents"]]
    assert found == true
    assert len(true) > 40


def test_ledger_by_sql(past):
    for month in (FULL, GAP):
        _, m = past.month(month)
        for node in ("sim01", "cool-b", "link-03", "sim05"):
            found = sql(past, "SELECT TOTAL(expected), TOTAL(received), TOTAL(late) FROM ledger"
                              " WHERE node = ? AND hour_s >= ? AND hour_s < ?",
                        node, m["from_s"], m["to_s"])[0]
            true = m["nodes"][node]
            # Each hour is rounded to whole samples.
            assert found == pytest.approx((true["expected"], true["received"], true["late"]),
                                          abs=400), (month, node)
    _, m = past.month(GAP)
    whole = m["nodes"]["sim01"]
    assert whole["expected"] - whole["received"] > 26 * 3600 / STEP * 8 * 0.99


def test_a_quiet_month_has_no_incident(past):
    _, m = past.month(QUIET)
    assert not sql(past, "SELECT id FROM incidents WHERE opened_ms < ? AND"
                         " (closed_ms >= ? OR closed_ms IS NULL OR closed_ms = 0)",
                   m["to_s"] * 1000, m["from_s"] * 1000)


# --- the report ---------------------------------------------------------------------------------

def by(rows, column):
    return {r[column]: r for r in rows}


def number(text):
    return float(text) if text not in ("", "–", "—") else None


@pytest.mark.parametrize("month", [FULL, GAP, QUIET])
def test_links(past, month):
    """Up over up and own unplanned downtime; a common cause is charged to none."""
    i, m = past.month(month)
    rows = by(past.report(month)["links"], "Institution")
    step = 300 if month == FULL else 3600
    assert len(rows) == 8
    for k in range(1, 9):
        node, row = f"link-{k:02}", rows[f"School {k}"]
        own = past.events(month, "link-down")
        own = [e for e in own if e["node"] == node]
        down = sum(e["to_s"] - e["from_s"] for e in own)
        planned = sum(e["to_s"] - e["from_s"] for e in past.events(month, "link-works")
                      if e["node"] == node)
        shared = sum(e["to_s"] - e["from_s"] for e in past.events(month, "switch-down"))
        known = past.fields[node, "icmp", "up"][i][str(step)]["known_s"]
        up = known - down - planned - shared
        assert number(row["Availability, %"]) == pytest.approx(100 * up / (up + down), abs=0.002)
        assert int(row["Own outages"]) == len(own), (month, node)
        assert int(row["Shared outages"]) == len(past.events(month, "switch-down"))
        if own:
            longest = max(e["to_s"] - e["from_s"] for e in own)
            assert number(row["Longest, s"]) == pytest.approx(longest, abs=step)
        true = past.fields[node, "icmp", "rtt"][i][str(step)]
        assert number(row["Round trip, mean, ms"]) == pytest.approx(1000 * true["mean"], rel=1e-6)
        assert number(row["p95, ms"]) == pytest.approx(1000 * true["p95"], rel=1e-6)


def seconds(past, month, node, *kinds):
    """Of events of a node within the month, and how many."""
    _, m = past.month(month)
    spans = [min(e["to_s"], m["to_s"]) - max(e["from_s"], m["from_s"])
             for e in past.events(month, *kinds) if e["node"] == node]
    return sum(spans), len(spans)


@pytest.mark.parametrize("month", [FULL, GAP, QUIET])
def test_availability_of_servers(past, month):
    """Down for as long as the alert says, 5 s after the first sample; what is planned apart. While
    a server's clock was wrong, nothing is known of it, and that is neither."""
    _, m = past.month(month)
    rows = by(past.report(month)["availability-servers"], "Name")
    there = [n for n in past.truth["nodes"]
             if n["kind"] == "server" and n["born_s"] < m["to_s"]]
    for n in there:
        down, outages = seconds(past, month, n["name"], "server-down")
        planned, works = seconds(past, month, n["name"], "maintenance")
        unknown = m["nodes"][n["name"]]["gap_s"]
        if n["name"] not in rows:
            # Those that were up all the time are one row.
            assert down == planned == unknown == 0
            assert any("without fault" in name for name in rows)
            continue
        row = rows[n["name"]]
        assert number(row["Unplanned down, s"]) == pytest.approx(down, abs=10 * outages + 1)
        assert number(row["Planned down, s"]) == pytest.approx(planned, abs=10 * works + 1)
        # Of an hour in which the collector was away it is not known what else is missing in it.
        away = sum(e["to_s"] - e["from_s"] for e in past.events(month, "collector-down"))
        doubt = 20 if month == FULL else 20 + away
        assert unknown - 20 <= number(row["No data, s"]) <= unknown + doubt
        assert int(row["Outages"]) == outages
        known = m["to_s"] - max(m["from_s"], n["born_s"]) - unknown - planned
        assert number(row["Availability, %"]) == pytest.approx(100 * (1 - down / known), abs=0.002)


@pytest.mark.parametrize("month", [FULL, QUIET])
def test_availability_of_plant(past, month):
    report = past.report(month)
    units = by(report["availability-cooling"], "Name")
    for z in "abcd" if month == FULL else "abc":
        down, outages = seconds(past, month, f"cool-{z}", "cooling-fails")
        planned, _ = seconds(past, month, f"cool-{z}", "cooling-test")
        row = units[f"cool-{z}"]
        assert number(row["Unplanned down, s"]) == pytest.approx(down, abs=1)
        assert number(row["Planned down, s"]) == pytest.approx(planned, abs=1)
        assert int(row["Outages"]) == outages
    others = by(report["availability-devices"], "Name")
    down, outages = seconds(past, month, "switch-1", "switch-down")
    assert number(others["switch-1"]["Unplanned down, s"]) == pytest.approx(down, abs=12 * outages)


@pytest.mark.parametrize("month", [FULL, GAP, QUIET])
def test_incidents(past, month):
    """All that opened in the month or stood in it, as told."""
    _, m = past.month(month)
    rows = past.report(month)["incidents-all"] if month != QUIET else []
    if month == QUIET:
        assert not past.report(month).get("incidents-all")
    true = [i for i in past.truth["incidents"] if i["opened_ms"] < m["to_s"] * 1000 and
            not 0 < i["closed_ms"] <= m["from_s"] * 1000]
    assert {int(r["No."]) for r in rows} == {i["id"] for i in true}
    found = by(rows, "No.")
    for i in true:
        row = found[str(i["id"])]
        assert row["Object"] == i["node"]
        assert row["Severity"].lower() == i["severity"]
        assert int(row["Alerts"]) == i["alerts"]
        if 0 < i["closed_ms"] <= m["to_s"] * 1000:
            lasted = (i["closed_ms"] - i["opened_ms"]) / 1000
            assert number(row["Lasted, s"]) == pytest.approx(lasted, abs=1)
        assert bool(row["Acknowledged"]) == (0 < i["ack_ms"] < m["to_s"] * 1000)


def inlets(past, zone):
    """The probes of a zone's inlets."""
    return [k for k in past.fields
            if (k[1] == "thermal" and k[2] == "inlet" or k[2] == "rack_inlet" or "nlet-T" in k[1])
            and next(n["zone"] for n in past.truth["nodes"] if n["name"] == k[0]) == zone]


@pytest.mark.parametrize("month", [FULL, GAP, NEW, QUIET])
def test_air_at_the_inlets(past, month):
    """Mean and p95 of all rows of all probes, extremes of the finest rows that there are."""
    i, m = past.month(month)
    step = 300 if month == FULL else 3600
    rows = by(past.report(month)["environment-inlets"], "Zone")
    for zone in "ABCD":
        if zone == "D" and month in (QUIET, GAP):
            assert "Zone D" not in rows or number(rows["Zone D"]["Mean, °C"]) is None
            continue
        true = [past.fields[k][i][str(step)] for k in inlets(past, zone)]
        true = [t for t in true if t["known_s"] > 0]
        row = rows[f"Zone {zone}"]
        mean = sum(t["mean"] * t["known_s"] for t in true) / sum(t["known_s"] for t in true)
        assert number(row["Mean, °C"]) == pytest.approx(mean, rel=1e-6)
        assert number(row["Minimum, °C"]) == pytest.approx(min(t["min"] for t in true), rel=1e-9)
        assert number(row["Maximum, °C"]) == pytest.approx(max(t["max"] for t in true), rel=1e-9)
        values = sorted(v for k in inlets(past, zone)
                        for _, v in past.rows(*k, "AVERAGE", step, m["from_s"], m["to_s"]))
        p95 = values[-(-95 * len(values) // 100) - 1]
        assert number(row["95 %, °C"]) == pytest.approx(p95, rel=1e-6)


@pytest.mark.parametrize("month", [FULL, GAP, NEW, QUIET])
def test_energy(past, month):
    """The integral of each meter's power over its known rows, gaps not filled."""
    i, _ = past.month(month)
    step = 300 if month == FULL else 3600
    rows = by(past.report(month)["power-meters"], "Meter")
    for z in "abcd":
        true = past.fields[f"pdu-{z}", "pdu-1", "power"][i][str(step)]
        row = rows[f"pdu-{z}"]
        assert row["Series"] == "pdu-1:power"
        if true["known_s"] == 0:
            assert not number(row["Energy, kWh"])
            continue
        kwh = true["integral"] / 3.6e6
        assert number(row["Energy, kWh"]) == pytest.approx(kwh, rel=1e-9)
        # Its own counter went on through the gap; it is from the first to the last row's mean.
        counter = past.fields[f"pdu-{z}", "pdu-1", "energy"][i][str(step)]
        assert number(row["By its own counter, kWh"]) == pytest.approx(
            counter["max"] - counter["min"], abs=2 * true["max"] * step / 3.6e6)


@pytest.mark.parametrize("month", [FULL, QUIET])
def test_transfers(past, month):
    rows = by(past.report(month)["power-transfers"], "UPS")
    for ups in ("ups-1", "ups-2"):
        on, n = seconds(past, month, ups, "battery")
        _, tests = seconds(past, month, ups, "battery-test")
        assert int(rows[ups]["Transfers to battery"]) == n
        assert number(rows[ups]["On battery, s"]) == pytest.approx(on, abs=1)
        assert int(rows[ups]["Planned"]) == tests


@pytest.mark.parametrize("month", [FULL, GAP, QUIET])
def test_run_hours(past, month):
    i, _ = past.month(month)
    step = 300 if month == FULL else 3600
    rows = by(past.report(month)["cooling-running"], "Unit")
    for z in "ab":
        known = past.fields[f"cool-{z}", "cooling", "mode"][i][str(step)]["known_s"]
        stood, _ = seconds(past, month, f"cool-{z}", "cooling-fails", "cooling-test")
        # An hour that was half silent is known, and stands for the whole of it.
        assert number(rows[f"cool-{z}"]["Ran, h"]) == pytest.approx(
            (known - stood) / 3600, abs=0.06 if month == FULL else 0.6)


@pytest.mark.parametrize("month", [FULL, GAP, QUIET])
def test_completeness(past, month):
    """Samples expected, received and late, as the ledger has them."""
    _, m = past.month(month)
    rows = by(past.report(month)["completeness-all"], "Node")
    for node, true in m["nodes"].items():
        if true["expected"] == 0 or node not in rows:
            continue
        row = rows[node]
        for head, word in (("Expected", "expected"), ("Received", "received"),
                           ("of them late", "late")):
            assert number(row[head]) == pytest.approx(true[word], abs=400), (node, head)
    assert len(rows) >= 25


def test_gaps_are_told_with_their_reason(past):
    gaps = past.report(FULL)["completeness-gaps-all"]
    gap = past.events(FULL, "gap")[0]
    lasted = gap["to_s"] - gap["from_s"]
    assert any(number(g["Duration, s"]) == lasted and "collector was away" in g["Reason"]
               for g in gaps)


def test_a_step_of_the_clock_is_no_downtime(past):
    step = past.events(FULL, "clock-step")[0]
    row = by(past.report(FULL)["availability-servers"], "Name")[step["node"]]
    _, m = past.month(FULL)
    assert number(row["No data, s"]) >= m["nodes"][step["node"]]["gap_s"] - 20
    assert step["to_s"] - step["from_s"] == 2700


def test_a_dead_probe_is_named(past):
    sensors = past.report(FULL)["completeness-sensors"]
    assert any("11.2" in s["Series"] for s in sensors), sensors


# --- capacity, changes ---------------------------------------------------------------------------

def days_of(past, node, series, field, end, p95):
    """A value a local day of 180, of those that are known for half, from rows of an hour."""
    start = end - 180 * 86400
    rows = {}
    for t, v in past.rows(node, series, field, "AVERAGE", 3600, start, end):
        rows.setdefault((t - start) // 86400, []).append(v)
    return {d: sorted(v)[math.ceil(0.95 * len(v)) - 1] if p95 else sum(v) / len(v)
            for d, v in rows.items() if len(v) >= 12}


@pytest.mark.parametrize("month", [FULL, GAP])
def test_capacity_is_recomputed(past, month):
    """The trend is Theil's and Sen's of the days that rrdtool gives; the day of 100 % follows."""
    _, m = past.month(month)
    rows = {(r["Of what"], r["Kind"]): r for r in past.report(month)["capacity-all"]}
    grow = 0
    for n in [n["name"] for n in past.truth["nodes"] if n["kind"] == "server"]:
        for series, field, what, kind, p95 in (
                ("filesystem-var", "used_percent", f"{n}, /var", "File system", False),
                ("memory", "used_percent", n, "Memory", False),
                ("cpu-total", "busy", n, "Processor, p95", True)):
            days = days_of(past, n, series, field, m["to_s"], p95)
            if not days:
                assert (what, kind) not in rows
                continue
            row, order = rows[what, kind], sorted(days)
            now = statistics.median(days[d] for d in order[-7:])
            assert near(number(row["Now, %"]), now, 1e-6)
            if len(order) < 14:
                assert row["Reaches 100 %"] == "not enough data"
                continue
            slope = statistics.median((days[b] - days[a]) / (b - a)
                                      for i, a in enumerate(order) for b in order[i + 1:])
            assert number(row["Trend, month, %"]) == pytest.approx(30 * slope, rel=1e-6, abs=1e-9)
            if row["Reaches 100 %"][:2] == "20":
                grow += 1
                at = datetime.datetime.fromtimestamp(
                    m["to_s"] + (100 - now) / slope * 86400, zoneinfo.ZoneInfo("Asia/Baku"))
                assert row["Reaches 100 %"] == at.strftime("%Y-%m-%d")
                early, late = row["100 %, from – to"].split(" – ")
                assert early <= row["Reaches 100 %"]
                assert late == "after 5 years" or row["Reaches 100 %"] <= late
    assert grow >= 1


@pytest.mark.parametrize("month", [FULL, QUIET])
def test_restarts_are_seen(past, month):
    """A server that was down, or had works done, began anew at their end, and no other did."""
    _, m = past.month(month)
    true = sorted((e["to_s"], e["node"]) for e in past.events(month, "server-down", "maintenance")
                  if e["to_s"] < m["to_s"])
    report = past.report(month)
    rows = report.get("restarts-all") or report.get("restarts") or []
    baku = zoneinfo.ZoneInfo("Asia/Baku")
    found = [(datetime.datetime.fromisoformat(r["When"]).replace(tzinfo=baku).timestamp(),
              r["Machine"]) for r in rows]
    assert [n for _, n in found] == [n for _, n in true]
    for (at, node), (then, _) in zip(found, true):
        assert at == pytest.approx(then, abs=900), node
