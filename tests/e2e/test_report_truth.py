# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated past: whether its files are what librrd would have made, whether its figures are what
rrdtool and SQL find in them, and whether the report says the same."""

import shutil
import sqlite3
import subprocess

import pytest

from pastrig import END, STEP, Past

FULL = "2026-10"  # has one of everything, in rows of 5 min
GAP = "2026-06"  # 26 hours are missing, zone D is new; rows of 1 h
QUIET = "2026-05"  # nothing happened


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    return Past(tmp_path_factory.mktemp("past"), "230d")


def near(a, b, part=1e-9):
    return a == pytest.approx(b, rel=part, abs=1e-6)


# --- the files ----------------------------------------------------------------------------------

SAMPLE = [
    ("sim01", "thermal", "inlet"), ("sim05", "thermal", "inlet"), ("sim09", "thermal", "inlet"),
    ("sim02", "filesystem-var", "used_percent"), ("sim03", "uptime", "uptime"),
    ("pdu-b", "pdu-1", "power"), ("pdu-d", "pdu-1", "energy"), ("cool-b", "cooling", "mode"),
    ("link-03", "icmp", "up"), ("link-05", "icmp", "rtt"), ("ups-1", "ups", "output_source"),
    ("zone.B", "air", "inlet_max"), ("site", "site_it_power", "value"),
    ("env-1.zone-c", "temperature-Temperature.Value-11.2", "value"),
]


@pytest.mark.parametrize("month", [FULL, GAP, QUIET, "2026-08"])
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
        p = Past(tmp_path / name, "4d", seed=seed, servers=2)
        files = sorted((p.dir / "state" / "rrd").rglob("*.rrd"))
        made.append({str(f.relative_to(p.dir)): f.read_bytes() for f in files})
        made[-1]["truth"] = (p.dir / "truth.json").read_bytes()
    assert len(made[0]) > 60
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_end_between_rows(tmp_path):
    """A past that ends in the middle of an hour goes through librrd from the last whole one on."""
    p = Past(tmp_path, "4d", servers=2, end=END + 25 * 60 + 20)
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
        for node in ("sim01", "cool-b", "link-03", "sim10"):
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
