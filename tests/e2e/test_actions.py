# SPDX-License-Identifier: GPL-3.0-or-later
"""What was decided to be done: by command and API, over a kill -9, in the audit, and in the report."""

import csv
import datetime
import http.client
import io
import json
import sqlite3
import subprocess
import urllib.parse
import zipfile
import zoneinfo

from conftest import BUILD, wait_for


def test_actions(rig):
    rig.node("srv-1")
    rig.collector()
    rig.agent("srv-1")
    due = (datetime.date.today() + datetime.timedelta(days=10)).isoformat()
    assert "No action is open." in rig.ctl("action", "list").stdout
    rig.ctl("action", "add", "UPS-in batareyasını dəyişmək", "--owner", "Aydan", "--due", due,
            "--zone", "A", "--advice", "battery:ups-1", "--author", "rauf")
    made = json.loads(rig.ctl("action", "add", "Free space on srv-1", "--author", "rauf", "--json").stdout)
    assert made == {"done": "added", "id": 2}
    rig.ctl("action", "close", 2, "--note", "200 GiB more", "--author", "aydan")

    # What was answered is on disk: the collector is killed at once.
    rig.c.kill()
    rig.collector()
    one, two = rig.api("actions")["actions"]
    assert (one["id"], one["state"], one["owner"], one["zone"]) == (1, "open", "Aydan", "A")
    assert one["text"] == "UPS-in batareyasını dəyişmək" and one["advice"] == "battery:ups-1"
    assert one["due"] == due
    baku = zoneinfo.ZoneInfo("Asia/Baku")  # the collector's
    assert datetime.datetime.fromtimestamp(one["due_ms"] / 1000, baku).isoformat()[:16] == f"{due}T00:00"
    assert (two["state"], two["note"], two["closed_by"]) == ("done", "200 GiB more", "aydan")
    listed = rig.ctl("action", "list").stdout
    assert "Aydan" in listed and due in listed
    kinds = [(a["kind"], a["what"]) for a in rig.api("audit")["acts"]]
    assert ("action", "action 1") in kinds and ("action-close", "action 2") in kinds

    # Numbers go on; what makes no sense is refused and says why.
    assert json.loads(rig.ctl("action", "add", "third", "--author", "x", "--json").stdout)["id"] == 3
    for words, why in (
            (("close", 2), "there is no open action 2"), (("close", 99), "no open action 99"),
            (("add", " "), "text= is missing"), (("add", "x", "--due", "2026-13-45"), "due= is no day"),
            (("add", "x", "--zone", "nowhere"), "there is no zone nowhere"),
            (("close", "x"), "needs the action's number"), (("add",), "needs one text")):
        p = rig.ctl("action", *words, "--author", "x", check=False)
        assert p.returncode != 0 and why in p.stderr, (words, p.stderr)
    # Who may only look decides nothing.
    assert rig.request("/api/v1/actions", "POST", token="wrong")[0] == 401

    # The page has the open ones, with forms; nobody's text becomes markup.
    def post(path, **form):
        c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=20)
        own = f"http://127.0.0.1:{rig.web_port}"
        c.request("POST", path, urllib.parse.urlencode(form), {
            "Cookie": rig.session(), "Origin": own, "Content-Type": "application/x-www-form-urlencoded"})
        a = c.getresponse()
        a.read()
        c.close()
        return a.status, a.headers["Location"]

    assert post("/actions", text="<b>four</b>", zone="site", author="web", due=due) == (303, "/reports")
    page = rig.request("/reports")[2].decode()
    assert "UPS-in batareyasını dəyişmək" in page and "&lt;b&gt;four" in page and "<b>four" not in page
    assert post("/action/4/close", note="", author="web") == (303, "/reports")
    assert "four" not in rig.request("/reports")[2].decode()

    # The month's report has them: open, and done with what came of it.
    month = datetime.datetime.now(baku).strftime("%Y-%m")
    wait_for("a sample", 20, lambda: rig.api("series?node=srv-1")["series"])
    rig.flush()
    p = subprocess.run([BUILD / "zonewatch-report", "-c", rig.dir / "collector.conf", "-p", month, "-l",
                        "en", "-o", rig.dir / "report"], env=rig.env, text=True, capture_output=True)
    assert p.returncode == 0, p.stderr
    with zipfile.ZipFile(rig.dir / "report.en.csv.zip") as z:
        name = next(n for n in z.namelist() if n == "actions.csv" or n.endswith("/actions.csv"))
        rows = list(csv.reader(io.StringIO(z.read(name).decode("utf-8-sig")), delimiter=";"))
    assert [r[:3] for r in rows[1:]] == [
        ["1", "To do", "UPS-in batareyasını dəyişmək"], ["2", "Done", "Free space on srv-1 – 200 GiB more"],
        ["3", "To do", "third"], ["4", "Done", "<b>four</b>"]]
    db = sqlite3.connect(rig.dir / "state" / "history.db")
    assert db.execute("SELECT count(*) FROM actions WHERE closed_ms=0").fetchone() == (2,)
