# SPDX-License-Identifier: GPL-3.0-or-later
"""Ready-made graphs: those that are shipped and those of a file that somebody adds, by the API and
by zonewatchctl; in three languages and formats, the same bytes for the same time."""

import json
import os
import re
import subprocess
import time
from xml.etree import ElementTree

import pytest
from conftest import BUILD, ROOT, wait_for

OWN = """
title = "Load: {node}";
title_az = "Yük: {node}";
scope = "node";
panels = (
  { unit = "1"; lines = ( { source = "load"; field = "load1"; label = "one minute"; } );
    limits = ( { value = 1e3; label = "a lot"; critical = true; } ); },
  { kind = "bars"; by = "day"; lines = ( { source = "load"; field = "load*"; each = "field"; } ); },
  { kind = "calendar"; of = [ "server" ]; }
);
"""
BROKEN = 'title = "Broken";\npanels = ( { knd = "lines"; } );\n'


@pytest.fixture
def site(rig):
    """Two servers with half a minute of values, and a directory of graphs."""
    rig.node("srv-1", "srv-2")
    (rig.dir / "graphs").mkdir()
    (rig.dir / "graphs" / "own.conf").write_text(OWN)
    rig.more_conf = f'report = {{ graphs = [ "{ROOT}/conf/graphs", "graphs" ]; }};'
    rig.collector()
    rig.sim()
    wait_for("values", 30, lambda: len(rig.api("series?node=srv-2")["series"]) > 4)
    time.sleep(16)  # a whole row of 10 s, for the calendar
    rig.flush()
    return rig


ABSURD = (
    'scale = 1e308;', 'scale = -1e308; label = "<script>&amp;\\u202e%s%n{step}";', 'scale = 5e-324;',
    'scale = 0.0;', 'band = true; scale = 1e300; with = "sum";')
ABSURD_PANELS = (
    'from = 1e308; to = -1e308;', 'from = -1e308; to = 1e308;', 'from = 5.0; to = 5.0;',
    'from = 1e-320; to = 2e-320;', 'kind = "stacked"; from = 1e18; most = 64;',
    'kind = "bars"; by = "month"; value = "p95";', 'kind = "bars"; by = "day"; value = "energy";',
    'limits = ( { value = 1e308; label = "{value}{value}{value}"; }, { value = -1e308; label = ""; '
    'near = 1e308; }, { value = 5e-324; label = "x"; near = 0.0; } );', 'unit = "<b>&\\"\'%s";')


def absurd(rig):
    """Values that make no sense cost an error at most, not the renderer."""
    for i, words in enumerate(ABSURD + ABSURD_PANELS):
        line, panel = (words, "") if i < len(ABSURD) else ("", words)
        (rig.dir / "graphs" / "absurd.conf").write_text(
            f'title = "{"Ü" * 2000}"; span = "730d";\npanels = ( {{ {panel} lines = ( {{ {line} '
            f'source = "*"; field = "*"; nodes = [ "srv-2" ]; each = "field"; }} ); }} );\n')
        for how in ("last=1min&format=svg&width=100&height=100", "format=pdf",
                    "month=2000-01&format=png&width=1600&height=100"):
            status, _, body = rig.request(f"/api/v1/graphs/absurd?{how}", timeout=60)
            assert status in (200, 400), (words, how, status, body[:300])
            assert b"<script" not in body
    os.remove(rig.dir / "graphs" / "absurd.conf")
    os.mkfifo(rig.dir / "graphs" / "absurd.conf")
    assert rig.request("/api/v1/graphs/absurd", timeout=60)[0] == 400
    assert any(g["error"] for g in rig.api("graphs")["graphs"] if g["name"] == "absurd")
    (rig.dir / "graphs" / "absurd.conf").unlink()
    assert "renderer" not in rig.c.text()


def text_of(pdf):
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, check=True,
                          capture_output=True).stdout.decode()


def get(rig, path, status=200):
    got, headers, body = rig.request("/api/v1/graphs" + path)
    assert got == status, f"{path}: {got} {body[:300]!r}"
    return headers, body


def lists(rig):
    names = {g["name"]: g for g in rig.api("graphs?lang=az")["graphs"]}
    assert {"zone-temperature", "zone-power", "node-overview", "link-latency", "availability",
            "year-p95", "own"} <= set(names)
    assert all(g["error"] is None for g in names.values())
    assert names["own"] == {"name": "own", "title": "Yük: {node}", "scope": "node",
                            "span_s": 86400, "error": None}
    # What there is not is said as it was asked for.
    said = json.loads(get(rig, "/nothing", 404)[1])["error"]["message"]
    assert said == 'there is no graph "nothing"'
    # A file that comes is there at once, and what is wrong with it is said.
    (rig.dir / "graphs" / "broken.conf").write_text(BROKEN)
    broken = [g for g in rig.api("graphs")["graphs"] if g["name"] == "broken"]
    assert "did you mean" in broken[0]["error"] and "broken.conf:2" in broken[0]["error"]
    assert "broken.conf:2" in json.loads(get(rig, "/broken", 400)[1])["error"]["message"]
    # So does the manual's example.
    manual = (ROOT / "man" / "zonewatch-graphs.5.scd").read_text()
    (rig.dir / "graphs" / "humidity.conf").write_text(re.search(r"```\n(.*?)```", manual, re.S)[1])
    example = [g for g in rig.api("graphs?lang=az")["graphs"] if g["name"] == "humidity"]
    assert example[0]["error"] is None and example[0]["title"] == "Rütubət və hava: {zone}"
    assert "Rütubət və hava: Zone A" in text_of(
        get(rig, "/humidity?zone=A&format=pdf&lang=az")[1])
    table = rig.ctl("graph", "--list", "--lang", "ru").stdout
    assert re.search(r"^node-overview +node +Обзор", table, re.M)


def formats(rig):
    headers, body = get(rig, "/node-overview?node=srv-1&last=2min&lang=az&format=pdf")
    assert headers["Content-Type"] == "application/pdf"
    text = text_of(body)
    assert "İcmal: srv-1" in text and "Prosessorlar" in text and "qəbul" in text
    headers, body = get(rig, "/own?node=srv-2&last=2min&lang=en&format=pdf")
    text = text_of(body)
    assert "Load: srv-2" in text and "one minute" not in text.splitlines()[0]
    assert "100 %" in text  # the calendar's legend
    rig.flush()
    now = int(time.time())
    same = f"/node-overview?node=srv-1&from={now - 600}&to={now - 5}"
    for form, head in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")):
        first = get(rig, f"{same}&format={form}")[1]
        assert first.startswith(head)
        assert first == get(rig, f"{same}&format={form}")[1]
    # Its letters are outlines: what it says of itself is in words, for screen readers.
    svg = ElementTree.fromstring(get(rig, f"{same}&format=svg&lang=az")[1])
    named = "{http://www.w3.org/2000/svg}"
    assert svg.get("role") == "img" and svg[0].tag == named + "title" and (
        svg[0].text == "İcmal: srv-1")
    assert svg[1].tag == named + "desc" and "Prosessorlar: məşğul" in svg[1].text
    png = get(rig, f"{same}&format=png&width=640&height=480")[1]
    assert int.from_bytes(png[16:20], "big") == 640 and int.from_bytes(png[20:24], "big") == 480


def refusals(rig):
    for path, status in (("/nosuch", 404), ("/node-overview?node=nobody", 404),
                         ("/zone-temperature?zone=X", 404), ("/node-overview", 400),
                         ("/zone-power?month=2026-13", 400), ("/zone-power?last=1s", 400),
                         ("/zone-power?width=99", 400), ("/zone-power?lang=de", 400),
                         ("/zone-power?from=5&to=4", 400), ("/..%2f..%2fetc%2fpasswd", 400)):
        get(rig, path, status)
    assert rig.request("/api/v1/graphs", token="0" * 48)[0] == 401


def by_ctl(rig):
    rig.ctl("graph", "availability", "--last", "2d", "--zone", "A", "--lang", "az", "-o", "a.pdf")
    text = text_of((rig.dir / "a.pdf").read_bytes())
    assert "Əlçatanlıq" in text and "srv-1" in text
    rig.ctl("graph", "zone-temperature", "--month", "2026-10", "--lang", "ru", "-o", "t.pdf")
    text = text_of((rig.dir / "t.pdf").read_bytes())
    assert "октябрь 2026" in text and "нет данных" in text
    rig.ctl("graph", "srv-1/load", "--last", "10min", "-o", "l.svg")  # as ever
    assert (rig.dir / "l.svg").read_bytes().startswith(b"<?xml")
    for words, told in ((("graph",), "which graph"), (("graph", "own"), "-o FILE.svg"),
                        (("graph", "own", "-o", "x.json"), "-o FILE.svg"),
                        (("graph", "srv-1/load", "--zone", "A", "-o", "x.svg"), "takes no --zone"),
                        (("graph", "own", "--month", "2026-10", "--last", "1d", "-o", "x.svg"),
                         "--last")):
        p = rig.ctl(*words, check=False)
        assert p.returncode == 64 and told in p.stderr, (words, p.stderr)
    p = rig.ctl("graph", "nosuch", "-o", "x.svg", check=False)
    assert p.returncode == 1 and "there is no graph" in p.stderr
    assert not (rig.dir / "x.svg").exists()


def report_of(rig, lang="en"):
    """The report of the last two days as HTML, by the program itself."""
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 4 * 3600))
    p = subprocess.run([BUILD / "zonewatch-report", "-c", rig.dir / "collector.conf", "-p",
                        f"{day}..{day}", "-l", lang, "-o", rig.dir / "r"],
                       check=True, capture_output=True, text=True)
    return (rig.dir / f"r.{lang}.html").read_text(), p.stderr


def section(html, heading):
    """What stands from a section's heading to the next one's."""
    return re.search(f"{heading}</h2>(.*?)(<h2|$)", html, re.S)[1]


def reports(rig):
    """A file adds a chart to a section, and one in the place of a shipped one changes it."""
    (rig.dir / "graphs" / "days.conf").write_text(
        'title = "Days of {zone}"; title_az = "{zone}: günlər"; report = "changes"; span = "31d";'
        ' report_each = "zone"; panels = ( { kind = "calendar"; of = [ "server" ]; },'
        ' { title = "Unknowable"; lines = ( { source = "nosuch"; field = "x"; } ); } );')
    (rig.dir / "graphs" / "availability-kinds.conf").write_text(
        'title = "Calendar of our own"; report = "availability"; scope = "zone";'
        ' panels = ( { kind = "calendar"; of = [ "zone", "server" ]; together = true; } );')
    html, errors = report_of(rig)
    assert "Days of Zone A" in section(html, "Changes and maintenance")
    assert "Days of" not in section(html, "Power and energy")
    assert "Unknowable" not in html  # nothing is known of it
    assert "Calendar of our own" in html and "Availability day by day:" not in html
    assert "broken is left out" in errors and "broken.conf:2" in errors
    assert "Zone A: günlər" in report_of(rig, "az")[0]
    # The same file serves the page.
    assert "Days of Zone A" in text_of(get(rig, "/days?zone=A&format=pdf&lang=en")[1])
    (rig.dir / "graphs" / "availability-kinds.conf").unlink()
    assert "Availability day by day:" in report_of(rig)[0]


def the_page(rig):
    status, _, body = rig.request("/graph")
    assert status == 200
    assert b'id="ready"' in body and b'<option value="A">Zone A</option>' in body
    assert b'<option value="srv-2" label="srv-2">' in body


def test_ready_made_graphs(site):
    lists(site)
    the_page(site)
    formats(site)
    refusals(site)
    by_ctl(site)
    reports(site)
    absurd(site)
