# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports around the program that makes them: when they come, who gets them, how they are asked for,
what becomes of one that fails, and that nobody gets at other files by them."""

import calendar
import hashlib
import http.client
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time
import zipfile

import pytest

from conftest import BUILD, wait_for
from test_scenarios_state import Clock

BAKU = 4 * 3600
RULES = """
  { name = "report-failed"; kind = "threshold"; title = "A report could not be made";
    source = "collector"; field = "reports_failed"; nodes = [ "site" ]; above = 0.5; clear = 0.4;
    topic = "monitor"; severity = "warning"; }
"""
REPORT = """
report = { organisation = "Test"; recipients = (
  { address = "head@test.example"; language = "az"; },
  { address = "deputy@test.example"; language = "az"; },
  { address = "zone-b@test.example"; language = "ru"; zone = "B"; } ); };
"""


def month_before(year, month, n=1):
    month -= n
    while month < 1:
        year, month = year - 1, month + 12
    return year, month


def this_month(at=None):
    t = time.gmtime((time.time() if at is None else at) + BAKU)
    return t.tm_year, t.tm_mon


def name_of(month):
    return "%04d-%02d" % month


def first_at_six(month):
    """06:00 local of the first of a month, as seconds since 1970."""
    return calendar.timegm((*month, 1, 6, 0, 0)) - BAKU


def reports_of(mails):
    return [m for m in mails if m["Message-ID"].startswith("<report-")]


def check_pdf(path):
    done = subprocess.run(["qpdf", "--check", str(path)], text=True, capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def site(rig):
    rig.node("srv1", zone="A")
    rig.rules = RULES
    rig.mail = f'transport = "maildir:{rig.dir}/mail"; from = "zw@test.example";'
    rig.more_conf = REPORT
    return rig


def state_of(rig, name):
    status, _, body = rig.request(f"/api/v1/reports/{name}")
    return json.loads(body) if status == 200 else {"state": None, "job": None}


def ready(rig, name, seconds=40):
    return wait_for(f"report {name}", seconds, lambda: (lambda r: r["state"] == "ready" and r)(
        state_of(rig, name)))


def post(rig, form, **headers):
    c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=20)
    c.request("POST", "/api/v1/reports", form,
              {"Authorization": f"Bearer {rig.token}",
               "Content-Type": "application/x-www-form-urlencoded", **headers})
    r = c.getresponse()
    body = r.read()
    c.close()
    return r.status, json.loads(body)


def test_first_of_the_month(site):
    """06:00 comes: the report fails, is told of and tried again after a minute; then it is mailed,
    once, and the alert ends."""
    rig = site
    year, month = this_month()
    coming = (year + 1, 1) if month == 12 else (year, month + 1)
    made = name_of((year, month))
    clock = Clock(rig)
    clock.set(int(first_at_six(coming) - time.time()) - 25)
    rig.collector()
    wait_for("plan", 10, lambda: rig.api("reports")["scheduled"]["monthly"])
    scheduled = rig.api("reports")["scheduled"]
    assert scheduled["monthly"] == {"period": made, "at_ms": first_at_six(coming) * 1000}
    assert scheduled["weekly"] is None
    assert rig.api("reports")["reports"] == []
    making = rig.dir / "state" / "reports" / "making"
    wait_for("list", 10, (rig.dir / "state" / "reports").is_dir)
    making.write_text("in the way")
    wait_for("values", 20, lambda: rig.api("last?node=site")["values"])
    rig.flush()
    clock.set(clock.ahead + 30)
    job = wait_for("failure", 20, lambda: (state_of(rig, made)["job"] or {}).get("reason") and
                   state_of(rig, made)["job"])
    assert "making" in job["reason"] and job["scheduled"] and job["tries"] == 1
    assert 0 < job["again_ms"] / 1000 - clock.now() <= 61
    wait_for("alert", 30, lambda: clock.set(clock.ahead + 2) or [
        a for a in rig.api("alerts")["alerts"]
        if a["rule"] == "report-failed" and a["state"] == "firing"])
    assert not reports_of(rig.mails())
    making.unlink()
    clock.set(clock.ahead + 62)
    report = ready(rig, made)
    assert report["languages"] == ["en", "az", "ru"] and len(report["files"]) == 9
    mails = wait_for("mails", 20, lambda: (lambda r: len(r) == 2 and r)(reports_of(rig.mails())))
    check_mails(rig, mails, made)
    wait_for("end", 30, lambda: clock.set(clock.ahead + 2) or [
        a for a in rig.api("alerts")["alerts"]
        if a["rule"] == "report-failed" and a["state"] == "resolved"])
    assert [m["kind"] for m in rig.api("ledger")["mails"]].count("report") == 2
    assert rig.api("reports")["scheduled"]["monthly"]["period"] == name_of(coming)
    rig.c.kill()  # libfaketime hangs in the end of its programs
    rig.daemons.remove(rig.c)


def check_mails(rig, mails, made):
    """The site's in Azerbaijani to two, zone B's in Russian to one: summary, PDF, its checksum."""
    by = {m["To"]: m for m in mails}
    assert set(by) == {"head@test.example, deputy@test.example", "zone-b@test.example"}
    for to, m in by.items():
        name = made + ("_B" if "zone-b" in to else "")
        lang = "ru" if "zone-b" in to else "az"
        assert m.get_content_type() == "multipart/mixed"
        pdf, = m.iter_attachments()
        assert pdf.get_content_type() == "application/pdf"
        assert pdf.get_filename() == f"{name}.{lang}.pdf"
        data = pdf.get_content()
        (rig.dir / "mailed.pdf").write_bytes(data)
        check_pdf(rig.dir / "mailed.pdf")
        assert data == (rig.dir / "state" / "reports" / pdf.get_filename()).read_bytes()
        text = m.get_body(("plain",)).get_content()
        assert hashlib.sha256(data).hexdigest() in text
        url = f"http://127.0.0.1:{rig.web_port}/api/v1/reports/{name}/{name}.{lang}"
        assert url + ".html" in text and url + ".csv.zip" in text
        assert ("Aylıq hesabat" if lang == "az" else "Ежемесячный отчёт") in m["Subject"]
        for sentence in state_of(rig, name)["summary"].get(lang, "").splitlines():
            assert sentence in text.replace("\n", " ") or sentence[:40] in text


def note(rig, key, value):
    with sqlite3.connect(rig.dir / "state" / "history.db") as db:
        db.execute("INSERT OR REPLACE INTO notes VALUES(?, ?)", (key, value))
    db.close()


def test_away_on_the_first(site):
    """Missed months come late, the oldest first; killed in the middle they come anew, and their
    mails once."""
    rig = site
    rig.collector()
    rig.agent("srv1")
    wait_for("values", 20, lambda: rig.api("last?node=srv1")["values"])
    rig.flush()
    rig.c.stop()
    year, month = this_month()
    last, older = (name_of(month_before(year, month, n)) for n in (1, 2))
    note(rig, "report.monthly", name_of(month_before(year, month, 3)))
    rig.collector()
    ready(rig, older)
    rig.c.kill()
    rig.daemons.remove(rig.c)
    rig.collector()
    for n in (older, older + "_B", last, last + "_B"):
        ready(rig, n)
    wait_for("mails", 20, lambda: len(reports_of(rig.mails())) >= 4)
    ids = [m["Message-ID"].split("-zw")[0] for m in reports_of(rig.mails())]
    assert len(set(ids)) == len(ids) == 4
    rig.c.stop()
    files = sorted(p.stat().st_mtime_ns for p in (rig.dir / "state" / "reports").glob("*.pdf"))
    rig.collector()
    wait_for("list", 10, lambda: len(rig.api("reports")["reports"]) == 4)
    time.sleep(2.5)  # two looks at the calendar
    assert files == sorted(
        p.stat().st_mtime_ns for p in (rig.dir / "state" / "reports").glob("*.pdf"))


def test_by_hand(site, tmp_path):
    """The CLI fetches each form; the list; wrong usage; a zone's; any days."""
    rig = site
    rig.collector()
    rig.agent("srv1")
    wait_for("values", 20, lambda: rig.api("last?node=srv1")["values"])
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + BAKU))
    assert "no report yet" in rig.ctl("report", "--list").stdout
    out = rig.ctl("report", "--from", today, "--to", today, "--lang", "ru", "-o", "day.pdf").stdout
    check_pdf(rig.dir / "day.pdf")
    assert hashlib.sha256((rig.dir / "day.pdf").read_bytes()).hexdigest() in out
    rig.ctl("report", "--from", today, "--to", today, "--lang", "az", "-o", "day.csv.zip")
    assert zipfile.ZipFile(rig.dir / "day.csv.zip").testzip() is None
    rig.ctl("report", "--zone", "B", env={"LC_ALL": "", "LANG": "az_AZ.UTF-8"})
    last = name_of(month_before(*this_month()))
    check_pdf(rig.dir / f"zonewatch-{last}_B.az.pdf")
    rows = {r["name"]: r for r in json.loads(rig.ctl("report", "--list", "--json").stdout)["reports"]}
    assert set(rows) == {f"{today}_{today}", f"{last}_B"}
    # What it was made in before it is made in again.
    assert rows[f"{today}_{today}"]["languages"] == ["az", "ru"]
    for words, why in ((("-o", "x.doc"), "must end in .pdf"), (("--month", "2026-1", "--week", "x"),
                       "only one"), (("--from", today), "belong together"),
                       (("--lang", "de"), "az, ru or en"), (("--list", "--zone", "B"), "--json")):
        p = rig.ctl("report", *words, check=False)
        assert p.returncode == 64 and why in p.stderr, p.stderr
    for words, why in ((("--month", "2026-13"), "2026-13"), (("--month", "2199-01"), "not begun"),
                       (("--zone", "Q"), 'no zone "Q"')):
        p = rig.ctl("report", *words, check=False)
        assert p.returncode == 1 and why in p.stderr, p.stderr
    assert [a["what"] for a in rig.api("audit")["acts"] if a["kind"] == "report"].count(
        f"{today}_{today}") == 2
    page(rig, today)
    api_as_described(rig, f"{last}_B")
    tricks(rig, last)


def page(rig, today):
    _, _, body = rig.request("/reports", headers={"Accept-Language": "az"})
    text = body.decode()
    name = f"{today}_{today}"
    assert f'href="/api/v1/reports/{name}/{name}.ru.pdf"' in text
    assert 'name="month"' in text and 'action="/reports"' in text and 'href="/quality"' in text


def api_as_described(rig, name):
    """Files with their types, and nothing that a page could do; the JSON by its own description."""
    jsonschema = pytest.importorskip("jsonschema")
    from test_api import checker
    doc = rig.api("openapi.json")
    checker(doc, "Reports").validate(json.loads(rig.request("/api/v1/reports")[2]))
    one = json.loads(rig.request(f"/api/v1/reports/{name}")[2])
    checker(doc, "ReportWhole").validate(one)
    assert jsonschema and len(one["files"]) == 3
    for f in one["files"]:
        status, headers, body = rig.request(f["path"])
        assert status == 200 and len(body) == f["bytes"]
        assert hashlib.sha256(body).hexdigest() == f["sha256"]
        wanted = {"pdf": "application/pdf", "html": "text/html; charset=utf-8",
                  "csv": "application/zip"}[f["format"]]
        assert headers["Content-Type"] == wanted
        how = "attachment" if f["format"] == "csv" else "inline"
        assert headers["Content-Disposition"].startswith(f'{how}; filename="zonewatch-{name}')
        if f["format"] == "html":
            assert "sandbox" in headers["Content-Security-Policy"]
            assert "script-src" not in headers["Content-Security-Policy"]
    status, said = post(rig, f"month={name[:7]}&zone=B&lang=az&author=Leyla")
    assert status == 202 and said["path"] == f"/api/v1/reports/{name}"
    checker(doc, "ReportAsked").validate(said)
    assert post(rig, "lang=az&author=x")[0] == 400
    assert post(rig, "month=2026-10&week=2026-W40&author=x")[0] == 400
    assert post(rig, "month=2026-10&lang=de&author=x")[0] == 400
    ready(rig, name)


def tricks(rig, last):
    """Nothing but the files of the list can be had."""
    state = rig.dir / "state"
    (state / "reports" / "secret.az.pdf").write_text("secret")
    for path in (f"{last}_B/../../../token", f"{last}_B/%2e%2e%2f%2e%2e%2fhistory.db",
                 f"..%2f..%2ftoken/x", f"{last}_B/{last}_B.json", "secret/secret.az.pdf",
                 f"{last}_B/secret.az.pdf", f"{last}/{last}_B.az.pdf", "%2e%2e/token",
                 f"{last}_B/{last}_B.az.pdf%00", "making/1"):
        c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=20)
        c.putrequest("GET", f"/api/v1/reports/{path}", skip_accept_encoding=True)
        c.putheader("Authorization", f"Bearer {rig.token}")
        c.endheaders()
        r = c.getresponse()
        assert r.status in (400, 404), (path, r.status)
        assert b"secret" not in r.read()
        c.close()
    assert rig.request(f"/api/v1/reports/{last}_B/{last}_B.az.pdf", token="wrong")[0] == 401


def test_only_one_at_a_time(site):
    """Many at once wait their turn, as long as there is room; a program that hangs, fails or talks
    nonsense is the reason that is told."""
    rig = site
    bin_dir = rig.dir / "bin"
    bin_dir.mkdir()
    for p in BUILD.iterdir():
        if p.name != "zonewatch-report" and p.name != "zonewatch-collector":
            (bin_dir / p.name).symlink_to(p)
    (bin_dir / "zonewatch-collector").write_bytes((BUILD / "zonewatch-collector").read_bytes())
    (bin_dir / "zonewatch-collector").chmod(0o755)
    stand_in = bin_dir / "zonewatch-report"

    def becomes(script):
        new = stand_in.with_suffix(".new")
        new.write_text("#!/bin/sh\n" + script)
        new.chmod(0o755)
        new.rename(stand_in)

    becomes("echo 40 charts; echo $$ >>pids; while [ ! -e go ]; do sleep 0.1; done; exit 3")
    rig.write_conf()
    rig.c = rig.start("collector", bin_dir / "zonewatch-collector", "-f", "-c",
                      rig.dir / "collector.conf")
    rig.wait_collector()
    y = this_month()[0]
    for week in range(1, 18):
        status, said = post(rig, f"week={y - 1}-W{week:02d}&lang=en&author=x")
        assert status == 202, said
    first = wait_for("work", 10, lambda: (lambda r: r["state"] == "making" and
                     r["job"]["percent"] == 40 and r)(state_of(rig, f"{y - 1}-W01")))
    assert first["job"]["doing"] == "charts"
    states = [r["state"] for r in rig.api("reports")["reports"]]
    assert states.count("making") == 1 and states.count("waiting") == 16
    status, said = post(rig, f"week={y - 1}-W18&lang=en&author=x")
    assert status == 503 and "wait to be made" in said["error"]["message"]
    assert len((rig.dir / "pids").read_text().split()) == 1
    (rig.dir / "go").write_text("")
    failed = wait_for("failure", 10, lambda: (lambda r: r["state"] == "failed" and r)(
        state_of(rig, f"{y - 1}-W01")))
    assert failed["job"]["reason"] == "zonewatch-report ended with exit code 3"
    assert failed["job"]["again_ms"] is None
    wait_for("end of all", 20, lambda: {r["state"] for r in rig.api("reports")["reports"]} ==
             {"failed"})
    assert len(rig.api("reports")["reports"]) == 8  # of those that failed the latest are kept
    becomes("echo nonsense; echo 'srv1: the RRD is damaged' >&2; exit 1")
    p = rig.ctl("report", "--week", f"{y - 1}-W30", check=False)
    assert p.returncode == 1 and "srv1: the RRD is damaged" in p.stderr
    becomes("exit 0")
    p = rig.ctl("report", "--week", f"{y - 1}-W31", check=False)
    assert p.returncode == 1 and f"{y - 1}-W31" in p.stderr
    assert list((rig.dir / "state" / "reports").glob("*.json")) == []
