# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports under attack: files that somebody replaced, a program gone mad, a clock that was ahead,
texts of hostile people and machines."""

import csv
import html.parser
import http.client
import io
import json
import os
import re
import subprocess
import time
import zipfile
from urllib.parse import urlencode

import wire
from conftest import wait_for
from test_report_service import (BAKU, becomes, collector, name_of, month_before, note, post, ready,
                                 site, stand_in, state_of, this_month)

assert site


def loop_turns(rig):
    """(turns in all, turns of at most 5 ms)."""
    text = rig.request("/metrics")[2].decode()
    turns = {m[1]: float(m[2]) for m in re.finditer(
        r'zonewatch_loop_turn_seconds_bucket\{[^}]*le="([^"]+)"\} (\S+)', text)}
    return turns["+Inf"], turns["0.005"]


def test_replaced_files(site):
    """What lies in a report's place is not answered with unless it is what was made; a FIFO there
    holds nobody."""
    rig = stand_in(site)
    collector(rig)
    last = name_of(month_before(*this_month()))
    assert post(rig, f"month={last}&lang=en&author=x")[0] == 202
    ready(rig, last)
    file = rig.dir / "state" / "reports" / f"{last}.en.pdf"
    whole = file.read_bytes()
    path = f"/api/v1/reports/{last}/{last}.en.pdf"

    def replaced(how):
        file.unlink()
        how()
        began = time.monotonic()
        status, _, body = rig.request(path, timeout=5)
        assert status == 500 and b"no-file" in body, (status, body[:80])
        assert time.monotonic() - began < 2
        file.rmdir() if file.is_dir() else file.unlink()
        file.write_bytes(whole)

    replaced(lambda: os.mkfifo(file))
    replaced(file.mkdir)
    replaced(lambda: file.symlink_to(rig.dir / "token"))
    replaced(lambda: file.write_bytes(whole[:-1]))
    replaced(lambda: file.write_bytes(whole * 1000))
    replaced(lambda: None or file.symlink_to("/dev/zero"))
    assert rig.request(path)[2] == whole
    # A list with such files is read at the next start, and is honest about it.
    rig.c.stop()
    file.unlink()
    os.mkfifo(file)
    os.mkfifo(rig.dir / "state" / "reports" / "2026-01.json")
    collector(rig)
    wait_for("list", 10, lambda: "left out of the list" in rig.c.text())
    assert rig.api("reports")["reports"] == []


def test_a_program_gone_mad(site):
    """It talks without end or nonsense, or is killed: that is told, the log is not filled, and
    everybody else is served."""
    rig = stand_in(site)
    collector(rig)
    y = this_month()[0]
    before = len(rig.c.text())
    for week, (script, why) in enumerate((
            ("exec yes '50 charts'", "said more than 1024 KiB"),
            ("exec yes 'the disk is full' >&2", "said more than 1024 KiB: the disk is full"),
            ("exec cat /dev/zero", "said more than 1024 KiB"),
            ("printf '50 \\377\\033[2J<script>\\n\\377\\n' >&2; exit 1", "?"),
            ("kill -KILL $$", "signal 9"))):
        becomes(rig, script)
        name = f"{y - 1}-W{week + 1:02d}"
        assert post(rig, f"week={name}&lang=en&author=x")[0] == 202
        job = wait_for(name, 20, lambda n=name: (lambda j: j and j.get("reason") and j)(
            state_of(rig, n)["job"]))
        assert why in job["reason"], job
        assert rig.request("/reports")[0] == 200
    assert len(rig.c.text()) - before < 20000
    assert "\033" not in rig.c.text() and "\033" not in json.dumps(rig.api("reports"))


def test_a_clock_that_was_ahead(site):
    """A month that is to come is noted as made: that is said, and the reports go on."""
    rig = stand_in(site)
    collector(rig)
    wait_for("plan", 10, lambda: rig.api("reports")["scheduled"]["monthly"])
    rig.c.stop()
    note(rig, "report.monthly", "2150-03")
    collector(rig)
    now = name_of(this_month())
    wait_for("plan", 10, lambda: (rig.api("reports")["scheduled"]["monthly"] or {}).get("period")
             == now)
    assert "2150-03 is noted as made, but has not begun" in rig.c.text()


class Tags(html.parser.HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, text):
        super().__init__()
        self.bad = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "img", "iframe", "object", "embed", "link", "form", "base"):
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "xlink:href", "action") and
                                         not (value or "").startswith("#")):
                self.bad.append(f"{tag} {name}={value}")


EVIL = ["<script>alert(1)</script><img src=//evil.example onerror=alert(1)>",
        "</text></svg><svg onload=alert(1)>", "<span foreground='red'>&amp;<b>",
        "=cmd|'/C calc'!A1", "@SUM(1)", "+1-2", ") Tj ET endstream endobj", "\U0001f4a9\U00010348",
        "a\u202eb\u2066c", "%s%n%1$s {zone}", "' onmouseover='x\" style=\"y"]


def test_texts(rig):
    """Words of hostile operators and of an agent with a good certificate are words in PDF, page and
    tables, whichever they are."""
    rig.node("evil", "good")
    rig.rules = """
  { name = "far"; kind = "threshold"; title = "Too much"; source = "*"; field = "v*";
    above = 5; clear = 4; severity = "critical"; }
"""
    rig.collector()
    a = wire.Agent(rig, "evil")
    labels = EVIL + ["x" * 79]
    fields = [wire.field(f"v{i}", unit="Cel", label=t[:79]) for i, t in enumerate(labels[:12])]
    a.send(wire.define(1, "thermal", fields=fields))
    huge = [1e308, -1e308, 5e-324, 6, 5.5, 1e18, -0.0, 40, 1e300, 7, 8, 9]
    now = int(time.time())
    for i in range(30):
        a.send(wire.batch(i + 1, now - 30 + i, 1, huge[:len(fields)]))
    wait_for("alert", 20, lambda: rig.api("alerts")["alerts"])
    one = rig.api("incidents")["incidents"][0]["id"]
    for i, text in enumerate(EVIL):
        for path, form in (("actions", {"text": text, "owner": text[:40], "advice": text}),
                           (f"incidents/{one}/comment", {"comment": text}),
                           ("silences", {"zone": "B", "for": "1h", "reason": text})):
            c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=20)
            c.request("POST", f"/api/v1/{path}", urlencode({**form, "author": text[:40]}),
                      {"Authorization": f"Bearer {rig.token}",
                       "Content-Type": "application/x-www-form-urlencoded"})
            status = c.getresponse().status
            assert status in (200, 201, 202, 303), (path, i, status)
            c.close()
    for bad in ("a\nb", "\x01", "a" * 100000):
        assert rig.request("/api/v1/actions?" + urlencode({"text": bad, "author": "x"}),
                           method="POST")[0] in (400, 413, 414, 431)
    rig.flush()
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + BAKU))
    name = f"{today}_{today}"
    assert post(rig, f"from={today}&to={today}&lang=az,ru,en&author=x")[0] == 202
    ready(rig, name, 60)
    for lang in ("az", "ru", "en"):
        read_all(rig, name, lang)
    a.close()
    for path in ("/reports", "/quality", "/graph"):
        status, headers, body = rig.request(path)
        assert status == 200 and b"<script>alert" not in body and b"<img src=//" not in body
        assert "unsafe" not in headers["Content-Security-Policy"].split("script-src")[-1]


def read_all(rig, name, lang):
    """The report's files in a language, as their readers take them."""
    path = f"/api/v1/reports/{name}/{name}.{lang}"
    _, headers, body = rig.request(path + ".html")
    page = body.decode()
    assert Tags(page).bad == []
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "&lt;script&gt;alert(1)" in page and not set(page) & set("\u202e\u2066\x01\x1b")
    (rig.dir / "r.pdf").write_bytes(rig.request(path + ".pdf")[2])
    done = subprocess.run(["qpdf", "--check", rig.dir / "r.pdf"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    text = subprocess.run(["pdftotext", "-raw", rig.dir / "r.pdf", "-"], capture_output=True,
                          check=True).stdout.decode()
    assert "=cmd" in text and "alert(1)" in text and "&lt;" not in text
    raw = subprocess.run(["qpdf", "--qdf", "--object-streams=disable", rig.dir / "r.pdf", "-"],
                         capture_output=True).stdout
    assert not re.search(rb"/(JavaScript|JS|Launch|URI|SubmitForm|OpenAction)\b", raw)
    sheets = zipfile.ZipFile(io.BytesIO(rig.request(path + ".csv.zip")[2]))
    cells = [c for n in sheets.namelist() if n.endswith(".csv") for row in
             csv.reader(io.StringIO(sheets.read(n).decode("utf-8-sig"), newline=""), delimiter=";")
             for c in row]
    assert "'=cmd|'/C calc'!A1" in cells
    assert not [c for c in cells if c[:1] in "=@+\t\r" and c]
    assert not [c for c in cells if c[:1] == "-" and not re.fullmatch(r"-[\d.e+-]+", c)]
