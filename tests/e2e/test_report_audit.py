# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as an auditor reads it: its figures again, from the words of its definitions only, by
plain rrdtool and SQL; parts against sums; print against sheets; and the same bytes whoever asks."""

import collections
import re
import shutil
import sqlite3
import statistics
import subprocess
import zipfile

import pytest

from pastrig import END, Past
from test_report_truth import by, near, number

FULL = "2026-10"     # rows of 5 min
RUNNING = "2026-11"  # its data end on the 22nd
MUTED = 0x02 | 0x04 | 0x08
CONSEQUENCE, LATE = 0x40, 0x80


@pytest.fixture(scope="module")
def past(tmp_path_factory):
    return Past(tmp_path_factory.mktemp("audit"), "85d", servers=4)


def sql(past, query, *values):
    with sqlite3.connect(f"file:{past.dir}/state/history.db?mode=ro", uri=True) as db:
        return db.execute(query, values).fetchall()


def times(past, month):
    _, m = past.month(month)
    return m["from_s"], m["to_s"], min(m["to_s"], END)


# --- air ----------------------------------------------------------------------------------------

def inlets(past, zone):
    zones = {n["name"]: n["zone"] for n in past.truth["nodes"]}
    return [k for k in past.fields if zones[k[0]] == zone and
            (k[1] == "thermal" and k[2] == "inlet" or k[2] == "rack_inlet" or "nlet-T" in k[1])]


@pytest.mark.parametrize("zone", "ABCD")
def test_ranges_indices_and_rise(past, zone):
    start, end, _ = times(past, FULL)
    rows = [dict(past.rows(*k, "AVERAGE", 300, start, end)) for k in inlets(past, zone)]
    values = [v for r in rows for v in r.values()]
    report = past.report(FULL)
    row = by(report["environment-ranges"], "Zone")[f"Zone {zone}"]
    n = len(values)
    within = sum(18 <= v <= 27 for v in values)
    beyond = sum(v < 15 or v > 32 for v in values)
    assert near(number(row["18–27 °C, recommended, %"]), 100 * within / n)
    assert near(number(row["Outside, %"]), 100 * beyond / n)
    assert near(number(row["15–32 °C, allowable, %"]), 100 * (n - within - beyond) / n)
    assert near(number(row["Known, %"]), 100 * n * 300 / (end - start) / len(rows))
    any_warm = {t for r in rows for t, v in r.items() if not 18 <= v <= 27}
    any_hot = {t for r in rows for t, v in r.items() if not 15 <= v <= 32}
    assert number(row["Any inlet beyond recommended, s"]) == 300 * len(any_warm)
    assert number(row["Any inlet beyond allowable, s"]) == 300 * len(any_hot)
    index = by(report["environment-indices"], "Zone")[f"Zone {zone}"]
    assert near(number(index["RCI high, %"]), 100 * (1 - sum(max(0, v - 27) for v in values) / n / 5))
    assert near(number(index["RCI low, %"]), 100 * (1 - sum(max(0, 18 - v) for v in values) / n / 3))
    rise = max(r[t + 900] - v for r in rows for t, v in r.items() if t + 900 in r)
    head = next(k for k in index if k.startswith("Fastest rise"))
    assert number(index[head]) == pytest.approx(rise, rel=1e-6)


# --- alarms and incidents -------------------------------------------------------------------------

def load(past, start, end):
    """What people were told of: (time, rule, severity)."""
    return [(t, rule, sev) for t, rule, sev, at_first, since in
            sql(past, "SELECT fired_ms, rule, severity, fired_flags, flags FROM alerts"
                      " WHERE fired_ms >= ? AND fired_ms < ? ORDER BY fired_ms",
                start * 1000, end * 1000)
            if not at_first & (MUTED | CONSEQUENCE) and not since & LATE]


def floods(alarms):
    """A flood begins with more than 10 alarms in 10 minutes, and ends with fewer than 5."""
    windows = collections.Counter(t // 600000 for t, _, _ in alarms)
    begun = inside = 0
    flood = False
    for w in range(min(windows), max(windows) + 2):
        if not flood and windows[w] > 10:
            begun += 1
        flood = windows[w] >= 5 if flood else windows[w] > 10
        inside += flood
    return begun, inside, max(windows.values())


@pytest.mark.parametrize("month", [FULL, RUNNING])
def test_alarms(past, month):
    start, end, known = times(past, month)
    alarms = load(past, start, end)
    report = past.report(month)
    rows = by(report["alarms"], "Figure")
    told = rows["Alarms of which people were told"]
    assert int(told["Value"]) == len(alarms) > 5
    if month == RUNNING:
        assert int(told["Before"]) == len(load(past, times(past, FULL)[0], start))
    assert near(number(rows["Alarms a day, mean"]["Value"]), len(alarms) / (known - start) * 86400)
    days = collections.Counter((t // 1000 + 4 * 3600) // 86400 for t, _, _ in alarms)
    assert int(rows["Alarms on the worst day"]["Value"]) == max(days.values())
    begun, inside, most = floods(alarms)
    assert int(rows["Floods"]["Value"]) == begun
    assert int(rows["Most in 10 minutes"]["Value"]) == most
    assert near(number(rows["Time in floods, %"]["Value"]), 100 * inside * 600 / (known - start))
    severities = collections.Counter(s for _, _, s in alarms)
    for i, word in enumerate(("Information", "Warning", "Critical")):
        assert int(by(report["alarms-severity"], "Severity")[word]["Alarms"]) == severities[i]


def test_before_counts_every_rule(past):
    """Also those that were none of the ten most frequent ones."""
    start, end, _ = times(past, RUNNING)
    first = times(past, FULL)[0]
    titles = dict(sql(past, "SELECT rule, title FROM alerts"))
    then = collections.Counter(titles[rule] for _, rule, _ in load(past, first, start))
    assert len(then) > 10
    for row in past.report(RUNNING)["alarms-rules"]:
        assert int(row["Before"]) == then[row["Alarm"]], row


@pytest.mark.parametrize("month", [FULL, RUNNING])
def test_how_soon_and_how_long(past, month):
    start, end, _ = times(past, month)
    told = {i for i, at_first, since in
            sql(past, "SELECT incident, fired_flags, flags FROM alerts")
            if not at_first & MUTED and not since & LATE}
    mine = [i for i in sql(past, "SELECT id, opened_ms, first_ack_ms, closed_ms FROM incidents"
                                 " WHERE opened_ms >= ? AND opened_ms < ?",
                           start * 1000, end * 1000) if i[0] in told]
    rows = by(past.report(month)["incidents-times"], "Time")
    for word, at in (("To acknowledge (MTTA)", 2), ("To restore (MTTR)", 3)):
        took = [(i[at] - i[1]) / 1000 for i in mine if 0 < i[at] < end * 1000]
        row = rows[word]
        assert int(row["Of incidents"]) == len(took) > 0
        assert int(row["Left out"]) == len(mine) - len(took)
        assert near(number(row["Mean, s"]), statistics.fmean(took))
        assert near(number(row["Median, s"]), statistics.median(took))
        assert near(number(row["Longest, s"]), max(took))


# --- parts and sums -------------------------------------------------------------------------------

KINDS = {"Zones": "zones", "Servers": "servers", "Cooling units": "cooling", "UPS": "ups",
         "Communication links": "links", "Other devices": "devices"}


@pytest.mark.parametrize("month", [FULL, RUNNING])
def test_each_second_is_in_one_state(past, month):
    start, _, known = times(past, month)
    report = past.report(month)
    for kind, word in KINDS.items():
        rows = report[f"availability-{word}-all"]
        for r in rows:
            states = [number(r[f"{c}, s"]) for c in
                      ("Up", "Unplanned down", "Planned down", "No data", "Not yet there",
                       "Down by a shared cause")]
            assert sum(states) == pytest.approx(known - start, abs=3), r
            if states[3] > sum(states[:3]):
                assert number(r["Availability, %"]) is None
            elif states[0] + states[1] > 0:
                part = 100 * states[0] / (states[0] + states[1])
                assert number(r["Availability, %"]) == pytest.approx(part, abs=1e-4)
        up, down = (sum(number(r[f"{c}, s"]) for r in rows) for c in ("Up", "Unplanned down"))
        row = by(report["availability"], "Kind")[kind]
        assert number(row["Availability, %"]) == pytest.approx(100 * up / (up + down), abs=1e-4)
        assert int(row["Number"]) == len(rows)


@pytest.mark.parametrize("month", [FULL, RUNNING])
def test_zones_and_days_add_up(past, month):
    start, end, known = times(past, month)
    report = past.report(month)
    kwh = sum(sum(v for _, v in past.rows(f"pdu-{z}", "pdu-1", "power", "AVERAGE", 300, start, end))
              * 300 / 3.6e6 for z in "abcd")
    it = by(report["power-energy"], "Use")["IT"]
    assert near(number(it["Energy, kWh"]), kwh)
    zones = [number(r["IT energy, kWh"]) for r in report["power-zones"] if r["Zone"] != "All"]
    assert sum(zones) == pytest.approx(kwh, rel=1e-9)
    assert sum(number(r["IT, kWh"]) or 0 for r in report["power-days"]) == pytest.approx(kwh)
    # What is not yet is not missing.
    rows = past.rows("pdu-a", "pdu-1", "power", "AVERAGE", 300, start, end)
    zone_a = by(report["power-zones"], "Zone")["Zone A"]
    assert near(number(zone_a["Known, %"]), 100 * len(rows) * 300 / (known - start))


def test_a_zone_by_itself_says_the_same(past):
    whole, zone = past.report(FULL), past.report(FULL, "-z", "B")
    for table, head in (("environment-inlets", "Zone"), ("environment-ranges", "Zone"),
                        ("availability-servers-all", "Node"), ("availability-zones-all", "Node")):
        of_all, rows = by(whole[table], head), by(zone[table], head)
        common = [k for k in rows if k in of_all and k != "All"]
        assert common
        for k in common:
            assert rows[k] == of_all[k], (table, k)


def test_meters_that_cannot_be(past):
    """A site that draws less than its servers: no PUE, no rest, no shares of it."""
    conf = past.dir / "doubted.conf"
    conf.write_text(past.conf.read_text() +
                    'measures = ( { name = "site-power"; source = "pdu"; field = "power";'
                    ' nodes = [ "pdu-a" ]; } );\n')
    stem = past.dir / "doubted"
    past.run("zonewatch-report", "-c", str(conf), "-p", FULL, "-l", "en", "-o", str(stem))
    with zipfile.ZipFile(f"{stem}.en.csv.zip") as z:
        lines = z.read("power-energy.csv").decode("utf-8-sig").splitlines()
    assert any(line.startswith('"Whole site"') for line in lines)
    assert not any("-" in c for line in lines[1:] for c in line.split(";")[1:2])
    print_ = subprocess.check_output(["pdftotext", "-layout", f"{stem}.en.pdf", "-"], text=True)
    assert "meter error?" in print_ and not re.search(r"PUE (is|was) \d", print_)


# --- print and sheets, bytes ----------------------------------------------------------------------

def test_numbers_in_print_are_in_the_sheets(past):
    """Each decimal fraction of the PDF is a value of the CSV, rounded."""
    past.report(FULL)
    stem = past.dir / f"report-{FULL}"
    text = subprocess.check_output(["pdftotext", "-layout", f"{stem}.en.pdf", "-"], text=True)
    values = set()
    with zipfile.ZipFile(f"{stem}.en.csv.zip") as z:
        for name in z.namelist():
            for v in re.findall(r"\d+(?:\.\d+)?", z.read(name).decode("utf-8-sig")):
                f = float(v)
                values |= {round(f * k, d) for d in (1, 2, 3) for k in (1, 1e-3, 1e3)}
                values |= {int(f * 10 ** d) / 10 ** d for d in (1, 2, 3)}  # never rounded up
    # A date, a version, a number of a section is none.
    found = re.findall(r"(?<![\w.:–-])(\d+\.\d{1,3})(?![\w.:-])", text[text.index("\f"):])
    body = [v for v in found if not re.match(r"^1?\d\.\d$", v) or float(v) in values]
    assert len(body) > 300
    missing = sorted({v for v in body if round(float(v), 3) not in values})
    # What the month before had is told as a change in the tables.
    assert len(missing) <= 2, missing


def files(stem):
    return {e: (stem.parent / f"{stem.name}.{e}").read_bytes()
            for e in ("en.pdf", "en.html", "en.csv.zip")}


def test_same_bytes_whoever_asks(past, monkeypatch, tmp_path):
    """Again; in another place, language and zone; of a copy elsewhere."""
    past.report(FULL)
    made = files(past.dir / f"report-{FULL}")
    words = ["-p", FULL, "-l", "en", "-o"]
    for name, value in (("TZ", "America/New_York"), ("LC_ALL", "C"), ("HOME", "/nonexistent")):
        monkeypatch.setenv(name, value)
    past.run("zonewatch-report", "-c", str(past.conf), *words, str(past.dir / "again"))
    assert files(past.dir / "again") == made
    copy = tmp_path / "copy"
    shutil.copytree(past.dir, copy)
    past.run("zonewatch-report", "-c", str(copy / "collector.conf"), *words, str(tmp_path / "moved"))
    assert files(tmp_path / "moved") == made
