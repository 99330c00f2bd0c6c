# SPDX-License-Identifier: GPL-3.0-or-later
"""Values for graphs: what /api/v1/values says is what rrdtool reads, from an hour to five years;
tables for other programs; pictures of every kind."""

import csv
import io
import math
import re
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from conftest import wait_for

YEAR = 366 * 86400
DAY = 86400


def get(rig, path, lang="en"):
    """Status, headers and body of an answer."""
    rq = urllib.request.Request(f"http://127.0.0.1:{rig.web_port}{path}", headers={
        "Authorization": f"Bearer {rig.token}", "Accept-Language": lang})
    try:
        with urllib.request.urlopen(rq, timeout=20) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as e:
        return e.code, e.headers, e.read()


def rrd(*words):
    """What rrdtool says."""
    return subprocess.run(["rrdtool", *map(str, words)], check=True, capture_output=True,
                          text=True).stdout


def fill(path, names, end, base):
    """A file of five years whose numbers are known: a day's wave and a slow rise."""
    path.unlink()
    rrd("create", path, "--start", end - 5 * YEAR, "--step", base,
        *[f"DS:{n}:GAUGE:7200:U:U" for n in names],
        f"RRA:AVERAGE:0.5:{60 // base}:2880",
        *[f"RRA:{cf}:0.5:{k * 60 // base}:{n}" for cf in ("AVERAGE", "MIN", "MAX")
          for k, n in ((10, 4032), (60, 9000), (1440, 1900))])
    lines, t = [], end - 5 * YEAR + 3600
    while t <= end:
        v = 20 + 5 * math.sin(t * 2 * math.pi / DAY) + (t - end) / YEAR
        lines.append(f"{t}:" + ":".join(f"{v + i:.6f}" for i in range(len(names))))
        t += 60 if end - t < 2 * DAY else 3600
    for i in range(0, len(lines), 2000):
        rrd("update", path, *lines[i:i + 2000])


def fetched(path, cf, step, start, end):
    """Rows of rrdtool by their time."""
    rows = {}
    for line in rrd("fetch", path, cf, "-r", step, "-s", start, "-e", end).splitlines():
        found = re.match(r"(\d+): (.*)", line)
        if found:
            rows[int(found[1])] = [float(x) for x in found[2].split()]
    return rows


@pytest.fixture
def filled(rig):
    """A collector with a series of five years; no agent runs."""
    rig.node("srv-01")
    rig.store += ' scrub = "31d";'
    rig.collector()
    agent = rig.agent("srv-01")
    path = rig.dir / "state" / "rrd" / "srv-01" / "load.rrd"
    wait_for("RRD", 30, path.exists)
    agent.stop()
    rig.api("flush", "POST")
    rig.c.stop()
    rig.collector()
    rig.api("flush", "POST")  # then its recovery is over, which may take files away
    wait_for("the scrub", 30, lambda: rig.api("status")["store"]["scrubbed_ms"])
    # The store takes only files that it has made; nothing of this one arrives any more.
    names = re.findall(r"ds\[(\w+)\]\.index", rrd("info", path))
    end = int(time.time()) // 3600 * 3600
    fill(path, names, end, int(re.search(r"^step = (\d+)", rrd("info", path), re.M)[1]))
    return rig, path, names, end


def same(ours, theirs):
    """Whether two numbers are one; ours has seven digits."""
    if ours is None or math.isnan(theirs):
        return ours is None and math.isnan(theirs)
    return abs(ours - theirs) <= 2e-6 * max(1, abs(theirs))


def test_as_rrdtool(filled):
    """From an hour to five years: no more rows than wanted, and each as rrdtool has it."""
    rig, path, names, end = filled
    for span in (3600, 6 * 3600, DAY, 7 * DAY, 30 * DAY, YEAR, 5 * YEAR):
        for points in (100, 1200):
            start = end - span
            v = rig.api(f"values?series=srv-01/load&from={start}&to={end}&points={points}")
            step = v["archive"]["step_s"]
            assert v["rows"] <= points + 1, (span, points, v["step_s"])
            assert v["step_s"] % step == 0
            assert [f["field"] for f in v["fields"]] == names
            assert v["end_s"] == v["start_s"] + (v["rows"] - 1) * v["step_s"]
            for cf, key in (("AVERAGE", "average"), ("MIN", "min"), ("MAX", "max")):
                if step == 60:
                    cf = "AVERAGE"
                theirs = fetched(path, cf, step, v["start_s"] - v["step_s"], v["end_s"])
                merged = v["archive"]["merged"]
                known = 0
                for i in range(v["rows"]):
                    t = v["start_s"] + i * v["step_s"]
                    group = [theirs.get(t - k * step, [math.nan] * len(names))[0]
                             for k in range(merged)]
                    group = [x for x in group if not math.isnan(x)]
                    want = math.nan if not group else (
                        sum(group) / len(group) if key == "average" else
                        min(group) if key == "min" else max(group))
                    assert same(v[key][0][i], want), (span, points, key, t, v[key][0][i], want)
                    known += not math.isnan(want)
                assert known >= v["rows"] // 3, (span, points, key, known)


def test_csv(filled):
    """RFC 4180, the same numbers, local time of the site."""
    rig, _, names, end = filled
    status, headers, body = get(
        rig, f"/api/v1/values?series=srv-01/load&from={end - DAY}&to={end}&points=50&format=csv")
    assert status == 200 and headers["Content-Type"].startswith("text/csv")
    text = body.decode()
    assert text.count("\r\n") == text.count("\n")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    v = rig.api(f"values?series=srv-01/load&from={end - DAY}&to={end}&points=50")
    assert len(rows) == v["rows"] + 1
    assert len(rows[0]) == 2 + 3 * len(names) and all(len(r) == len(rows[0]) for r in rows)
    assert rows[1][1].endswith("+04:00") and rows[1][1][:10] == rows[1][0][:10]
    for i, row in enumerate(rows[1:]):
        ours = v["average"][0][i]
        assert row[2] == "" if ours is None else float(row[2]) == ours


def test_refusals(filled):
    """What is malformed is 400, what is not there 404."""
    rig, *_ = filled
    good = "series=srv-01/load"
    for query, status in (("", 400), ("series=", 404), ("series=nobody/load", 404),
                          ("series=srv-01/load:no", 404), (f"{good}&points=0", 400),
                          (f"{good}&points=1e3", 400), (f"{good}&points=20001", 400),
                          (f"{good}&from=5&to=4", 400), (f"{good}&from=-1", 400),
                          (f"{good}&last=x", 400), (f"{good}&last=9999d", 400),
                          (f"{good}&cf=sum", 400), (f"{good}&format=xml", 400),
                          (f"{good}&step=-1", 400), ("&".join([good] * 9), 400),
                          (f"{good}&from=99999999999999999999", 400)):
        assert get(rig, f"/api/v1/values?{query}")[0] == status, query
    for query, status in (("", 400), ("node=nobody", 404), ("node=srv-01&from=x", 400)):
        assert get(rig, f"/api/v1/marks?{query}")[0] == status, query


def test_pictures_and_pages(filled):
    """PDF that opens, PNG, SVG; the pages in three languages, and an address that holds it all."""
    rig, _, _, end = filled
    where = f"series=srv-01/load&from={end - DAY}&to={end}"
    status, headers, pdf = get(rig, f"/api/v1/graph?{where}&format=pdf")
    assert status == 200 and headers["Content-Type"] == "application/pdf"
    assert pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-64:]
    assert get(rig, f"/api/v1/graph?{where}&format=png")[2].startswith(b"\x89PNG")
    assert b"<svg" in get(rig, f"/api/v1/graph?{where}&format=svg")[2]
    for lang, word in (("en", "Graph"), ("az", "Qrafik"), ("ru", "График")):
        status, _, page = get(
            rig, f"/graph?s=srv-01/load:load1&from={end - DAY}&to={end}&compare=week", lang)
        text = page.decode()
        assert status == 200 and f"<h1>{word}</h1>" in text
        assert f'data-from="{end - DAY}"' in text and 'data-compare="week"' in text
        assert 'data-s="srv-01/load:load1"' in text and "<noscript><img" in text
        assert 'style="' not in text
    status, _, page = get(rig, "/graph?s=%3Cscript%3E/x&s=srv-01/load", "en")
    assert status == 200 and b"<script>/x" not in page and b"&lt;script&gt;/x" in page
    status, _, page = get(rig, "/node/srv-01")
    assert status == 200 and b'data-s="srv-01/load:' in page
    status, headers, body = get(rig, "/api/v1/nodes/srv-01/latest")
    assert status == 200 and b'"load","' in body


def test_find(filled):
    """All words must be there; the answer is bounded."""
    rig, *_ = filled
    found = rig.api("series/find?q=srv-01%20load")["found"]
    assert found and all("srv-01/load" in f["id"] for f in found)
    assert rig.api("series/find?q=nothing-such")["found"] == []
    assert len(rig.api("series/find")["found"]) <= 50
