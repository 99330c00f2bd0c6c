# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports around the program that makes them: when they come, who gets them, how they are asked for,
what becomes of one that fails, and that nobody gets at other files by them."""

import calendar
import hashlib
import http.client
import json
import shutil
import sqlite3
import subprocess
import time
import zipfile

import pytest

from conftest import BUILD, wait_for

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
    """So many months before; of less than none, after."""
    year, month = divmod(12 * year + month - 1 - n, 12)
    return year, month + 1


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


# What stands for zonewatch-report where the report itself does not matter: its files are a PDF of
# nothing. With a file "full" in the working directory it fails, without "go" it waits.
STAND_IN = r"""
while getopts c:p:z:l:o: k; do eval "$k=\$OPTARG"; done
echo "40 charts"; echo $$ >>pids
while [ ! -e go ]; do sleep 0.1; done
[ ! -e full ] || { echo "zonewatch-report: the disk is full" >&2; exit 1; }
name=${o##*/}; files=; sum=
for i in $(echo "$l" | tr , " "); do
    sum="$sum${sum:+,}\"$i\":[\"Sentence $i.\"]"
    for f in pdf html csv.zip; do
        cp nothing.pdf "$o.$i.$f"
        files="$files${files:+,}{\"name\":\"$name.$i.$f\",\"bytes\":$(stat -c %s nothing.pdf),\"sha256\":\"$(
            sha256sum <nothing.pdf | cut -c1-64)\"}"
    done
done
zone=null; [ -z "$z" ] || zone="\"$z\""
printf '{"period":"%s","zone":%s,"data_end_s":1793476800,"completeness":99.5,"summary":{%s},"files":[%s]}' \
    "$p" "$zone" "$sum" "$files" >"$o.json"
"""
NOTHING = """%PDF-1.4
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Kids[3 0 R]/Count 1>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>
endobj
"""


def nothing():
    """A PDF of one empty page."""
    at = [NOTHING.index(f"{n} 0 obj") for n in (1, 2, 3)]
    rows = "".join(f"{n:010d} 00000 n \n" for n in at)
    return (NOTHING + f"xref\n0 4\n0000000000 65535 f \n{rows}trailer\n<</Size 4/Root 1 0 R>>\n"
            f"startxref\n{len(NOTHING)}\n%%EOF\n")


def stand_in(rig):
    """A copy of the collector with another zonewatch-report beside it."""
    bin_dir = rig.dir / "bin"
    bin_dir.mkdir()
    for p in BUILD.iterdir():
        if p.name not in ("zonewatch-report", "zonewatch-collector"):
            (bin_dir / p.name).symlink_to(p)
    shutil.copy(BUILD / "zonewatch-collector", bin_dir)
    (rig.dir / "nothing.pdf").write_text(nothing())
    check_pdf(rig.dir / "nothing.pdf")
    becomes(rig, STAND_IN)
    (rig.dir / "go").write_text("")
    return rig


def becomes(rig, script):
    new = rig.dir / "bin" / "new"
    new.write_text("#!/bin/sh\n" + script)
    new.chmod(0o755)
    new.rename(rig.dir / "bin" / "zonewatch-report")


def collector(rig):
    rig.write_conf()
    rig.c = rig.start("collector", rig.dir / "bin" / "zonewatch-collector", "-f", "-c",
                      rig.dir / "collector.conf")
    rig.wait_collector()


def alarm(rig):
    """The states of the alert about reports."""
    return {a["state"] for a in rig.api("alerts")["alerts"] if a["rule"] == "report-failed"}


def test_one_that_fails(site):
    """The month's report is due and fails: it is told of, and tried again; then it is mailed, once,
    and the alert ends."""
    rig = stand_in(site)
    collector(rig)
    year, month = this_month()
    coming = (year + 1, 1) if month == 12 else (year, month + 1)
    wait_for("plan", 10, lambda: rig.api("reports")["scheduled"]["monthly"])
    assert rig.api("reports")["scheduled"] == {
        "monthly": {"period": name_of((year, month)), "at_ms": first_at_six(coming) * 1000},
        "weekly": None}
    rig.c.stop()
    made = name_of(month_before(year, month))
    note(rig, "report.monthly", name_of(month_before(year, month, 2)))
    (rig.dir / "full").write_text("")
    collector(rig)
    job = wait_for("failure", 20, lambda: (lambda j: j.get("reason") and j)(
        state_of(rig, made)["job"] or {}))
    assert job["reason"] == "the disk is full" and job["scheduled"] and job["tries"] == 1
    assert 50 < job["again_ms"] / 1000 - time.time() <= 60.5
    wait_for("alert", 30, lambda: "firing" in alarm(rig))
    assert not reports_of(rig.mails())
    (rig.dir / "full").unlink()
    # Who asks for them does not wait for the minute.
    for zone in ("", "&zone=B"):
        assert post(rig, f"month={made}&lang=az&author=Leyla{zone}")[0] == 202
    report = ready(rig, made)
    assert report["languages"] == ["en", "az", "ru"] and len(report["files"]) == 9
    assert ready(rig, made + "_B")["languages"] == ["az", "ru"]
    mails = wait_for("mails", 20, lambda: (lambda r: len(r) == 2 and r)(reports_of(rig.mails())))
    check_mails(rig, mails, made)
    wait_for("end", 30, lambda: not alarm(rig) & {"pending", "firing", "clearing"})
    assert [m["kind"] for m in rig.api("ledger")["mails"]].count("report") == 2


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


class Calendar:
    """The collector's wall clock (wallclock.c)."""

    def __init__(self, rig):
        self.file, self.rig = rig.dir / "clock", rig
        asan = subprocess.run(["gcc", "-print-file-name=libasan.so"], text=True, check=True,
                              capture_output=True).stdout.strip()
        self.env = {"LD_PRELOAD": f"{asan} {BUILD}/libwallclock.so", "WALLCLOCK": str(self.file)}

    def set(self, at):
        # In place, for the daemons keep it open; all at once, at the same length.
        with open(self.file, "r+b" if self.file.exists() else "wb", buffering=0) as f:
            f.write(f"{round(at - time.time()):<20}".encode())

    def collector(self):
        rig = self.rig
        rig.write_conf()
        rig.c = rig.start("collector", rig.dir / "bin" / "zonewatch-collector", "-f", "-c",
                          rig.dir / "collector.conf", env=self.env)
        rig.wait_collector()


def runs_of(rig):
    path = rig.dir / "pids"
    return len(path.read_text().split()) if path.exists() else 0


def test_the_first_at_six(site):
    """Not before 06:00 on the first, then at once, with a mail to each; a collector that was away
    then makes it when it comes back; a PDF of more than 5 MiB is linked, not attached."""
    rig = stand_in(site)
    # The shell itself is not to be looked at by the sanitizers.
    becomes(rig, '[ -z "$LD_PRELOAD" ] || exec env -u LD_PRELOAD sh "$0" "$@"\n' + STAND_IN)
    wall, month = Calendar(rig), this_month()
    coming, after, last = (month_before(*month, -n) for n in (1, 2, 3))
    six = first_at_six(coming)
    wall.set(six - 10)
    wall.collector()
    wait_for("plan", 10, lambda: rig.api("reports")["scheduled"]["monthly"] ==
             {"period": name_of(month), "at_ms": six * 1000})
    assert runs_of(rig) == 0 or rig.api("status")["now_ms"] >= six * 1000
    assert wait_for("the report", 20, lambda: runs_of(rig)) == 1
    assert rig.api("status")["now_ms"] >= six * 1000
    ready(rig, name_of(month), 20)
    ready(rig, name_of(month) + "_B", 20)
    mails = wait_for("mails", 20, lambda: (lambda r: len(r) == 2 and r)(reports_of(rig.mails())))
    check_mails(rig, mails, name_of(month))
    assert rig.api("reports")["scheduled"]["monthly"]["period"] == name_of(coming)
    rig.c.kill()
    rig.daemons.remove(rig.c)
    (rig.dir / "nothing.pdf").write_text(nothing() + "%" * (5 << 20))
    wall.set(first_at_six(after) + 3 * 86400)
    wall.collector()
    ready(rig, name_of(coming), 20)
    ready(rig, name_of(coming) + "_B", 20)
    mails = wait_for("mails", 20, lambda: (lambda r: len(r) == 4 and r)(reports_of(rig.mails())))
    for m in mails[2:]:
        assert not list(m.iter_attachments())
        text = m.get_body(("plain",)).get_content()
        lang, zone = ("ru", "_B") if "zone-b" in m["To"] else ("az", "")
        name = name_of(coming) + zone
        assert f"/api/v1/reports/{name}/{name}.{lang}.pdf" in text
        pdf = rig.dir / "state" / "reports" / f"{name}.{lang}.pdf"
        assert hashlib.sha256(pdf.read_bytes()).hexdigest() in text
    assert runs_of(rig) == 4
    assert rig.api("reports")["scheduled"]["monthly"]["at_ms"] == first_at_six(last) * 1000


def test_away_on_the_first(site):
    """Missed months come late, the oldest first; killed in the middle they come anew, and their
    mails once."""
    rig = stand_in(site)
    collector(rig)
    wait_for("plan", 10, lambda: rig.api("reports")["scheduled"]["monthly"])
    rig.c.stop()
    year, month = this_month()
    last, older = (name_of(month_before(year, month, n)) for n in (1, 2))
    note(rig, "report.monthly", name_of(month_before(year, month, 3)))
    collector(rig)
    ready(rig, older)
    (rig.dir / "go").unlink()
    rig.c.kill()
    rig.daemons.remove(rig.c)
    collector(rig)
    wait_for("work", 20, lambda: [r for r in rig.api("reports")["reports"]
                                  if r["state"] == "making"])
    rig.c.kill()
    rig.daemons.remove(rig.c)
    (rig.dir / "go").write_text("")
    collector(rig)
    for n in (older, older + "_B", last, last + "_B"):
        ready(rig, n)
    wait_for("mails", 20, lambda: len(reports_of(rig.mails())) >= 4)
    ids = [m["Message-ID"] for m in reports_of(rig.mails())]
    assert len(set(ids)) == len(ids) == 4
    rig.c.stop()
    runs = len((rig.dir / "pids").read_text().split())
    collector(rig)
    wait_for("list", 10, lambda: len(rig.api("reports")["reports"]) == 4)
    time.sleep(2.5)  # two looks at the calendar
    assert len((rig.dir / "pids").read_text().split()) == runs


def test_by_hand(site, tmp_path):
    """The CLI fetches each form; the list; wrong usage; a zone's; any days."""
    rig = site
    rig.collector()
    assert "no report yet" in rig.ctl("report", "--list").stdout
    # Nothing came yet: that is what it says.
    rig.ctl("report", "--zone", "B", env={"LC_ALL": "", "LANG": "az_AZ.UTF-8"})
    last = name_of(month_before(*this_month()))
    assert "heç nə məlum deyil" in state_of(rig, f"{last}_B")["summary"]["az"]
    rig.agent("srv1")
    wait_for("values", 20, lambda: rig.api("last?node=srv1")["values"])
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() + BAKU))
    out = rig.ctl("report", "--from", today, "--to", today, "--lang", "ru", "-o", "day.pdf").stdout
    check_pdf(rig.dir / "day.pdf")
    assert hashlib.sha256((rig.dir / "day.pdf").read_bytes()).hexdigest() in out
    rig.ctl("report", "--from", today, "--to", today, "--lang", "az", "-o", "day.csv.zip")
    assert zipfile.ZipFile(rig.dir / "day.csv.zip").testzip() is None
    check_pdf(rig.dir / f"zonewatch-{last}_B.az.pdf")
    rows = {r["name"]: r for r in json.loads(rig.ctl("report", "--list", "--json").stdout)["reports"]}
    assert set(rows) == {f"{today}_{today}", f"{last}_B"}
    # What it was made in before it is made in again.
    assert rows[f"{today}_{today}"]["languages"] == ["az", "ru"]
    for words, why in ((("-o", "x.doc"), "must end in .pdf"), (("--month", "2026-1", "--week", "x"),
                       "only one"), (("--from", today), "belong together"),
                       (("--lang", "de"), "az, ru or en"), (("--list", "--zone", "B"), "--json"),
                       (("--month", "2026-13"), "2026-13")):
        p = rig.ctl("report", *words, check=False)
        assert p.returncode == 64 and why in p.stderr, p.stderr
    for words, why in ((("--month", "2199-01"), "not begun"), (("--zone", "Q"), 'no zone "Q"')):
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
    rig = stand_in(site)
    (rig.dir / "go").unlink()
    (rig.dir / "full").write_text("")
    collector(rig)
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
    wait_for("end of all", 20, lambda: {r["state"] for r in rig.api("reports")["reports"]} ==
             {"failed"})
    assert len(rig.api("reports")["reports"]) == 8  # of those that failed the latest are kept
    failed = state_of(rig, f"{y - 1}-W17")
    assert failed["job"]["reason"] == "the disk is full" and failed["job"]["again_ms"] is None
    becomes(rig, "exit 3")
    p = rig.ctl("report", "--week", f"{y - 1}-W29", check=False)
    assert p.returncode == 1 and "zonewatch-report ended with exit code 3" in p.stderr
    becomes(rig, "echo nonsense; echo 'srv1: the RRD is damaged' >&2; exit 1")
    p = rig.ctl("report", "--week", f"{y - 1}-W30", check=False)
    assert p.returncode == 1 and "srv1: the RRD is damaged" in p.stderr
    becomes(rig, "exit 0")
    p = rig.ctl("report", "--week", f"{y - 1}-W31", check=False)
    assert p.returncode == 1 and f"{y - 1}-W31" in p.stderr
    assert list((rig.dir / "state" / "reports").glob("*.json")) == []
