# SPDX-License-Identifier: GPL-3.0-or-later
"""Who attacks the alerts: an agent with a good certificate that makes as many as it can, a foreign
page, a person with a token and too much time, a collector that lies to its own command."""

import concurrent.futures
import http.client
import http.server
import json
import os
import socket
import sqlite3
import threading
import time
import urllib.parse

import pytest

import wire
from conftest import wait_for

RULES = """
  { name = "high"; kind = "threshold"; title = "Too high"; source = "evil"; field = "*"; above = 10.0;
    clear = 9.0; severity = "warning"; },
  { name = "held"; kind = "threshold"; title = "High for long"; source = "evil"; field = "*"; above = 10.0;
    clear = 9.0; for = "30s"; severity = "warning"; },
  { name = "warm"; kind = "threshold"; title = "Warm"; source = "good"; field = "v"; above = 10.0; clear = 9.0;
    severity = "critical"; }
"""
NSERIES, NFIELDS = 100, 64


def rss_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) // 1024 for line in f if line.startswith("VmRSS"))


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def slowest_answer(rig, seconds, path="health"):
    slowest, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        rig.api(path)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.02)
    return slowest


class Flood(threading.Thread):
    """An agent that lets all values of all its series cross the limit and come back, each second
    of the time stamps, as fast as it may."""

    def __init__(self, rig, node, flags=0, step=1):
        super().__init__(daemon=True)
        self.agent, self.ending, self.flags, self.step = wire.Agent(rig, node), False, flags, step
        self.frames, self.seq, self.pause = 0, 0, 0.0
        fields = [wire.field(f"f{i}") for i in range(NFIELDS)]
        for s in range(1, NSERIES + 1):
            self.agent.send(wire.define(s, "evil", f"i{s}", fields=fields))
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.start()

    def read(self):
        self.agent.s.settimeout(None)
        while self.agent.receive():
            pass

    def run(self):
        high = True
        last = int(time.time())
        while not self.ending:
            now = int(time.time())
            if now == last and not self.flags:
                time.sleep(0.01)
                continue
            last = now
            for s in range(1, NSERIES + 1):
                if self.ending:
                    break
                self.seq += 1
                try:
                    self.agent.send(wire.batch(self.seq, now, s, [20.0 if high else 1.0] * NFIELDS,
                                               self.flags))
                except OSError:
                    return
                self.frames += 1
            high = not high

    def stop(self):
        self.ending = True
        self.join(10)
        self.agent.close()


def history_bytes(rig):
    return sum(p.stat().st_size for p in (rig.dir / "state").glob("history.db*"))


@pytest.fixture
def site(rig):
    """A collector with rules and a maildir; the node good has been heard."""
    rig.node("good", "evil")
    rig.rules = RULES
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";
        recipients = ( {{ address = "it@ministry.example"; }} );"""
    rig.collector()
    rig.good = wire.Agent(rig, "good", timeout=60)
    rig.good.send(wire.define(1, "good"))
    rig.good_seq = 0
    yield rig
    rig.good.close()


def say(rig, value):
    rig.good_seq += 1
    rig.good.send(wire.batch(rig.good_seq, int(time.time()), 1, [value]))


# --- an agent that makes alerts -------------------------------------------------------------------

def test_flood_of_alerts(site):
    """All of 6400 values cross their limits, each second again: the others' alarm comes all the
    same, and neither memory nor disk fill up."""
    f = Flood(site, "evil")
    try:
        wait_for("frames", 60, lambda: f.frames > 3 * NSERIES)
        say(site, 20.0)
        wait_for("mail", 30, lambda: any("Warm" in m["Subject"] for m in site.mails()))
        assert slowest_answer(site, 3) < 5
        alerts = site.api("alerts?node=evil")["alerts"]
        assert len([a for a in alerts if not a["resolved_ms"]]) <= 2048
        time.sleep(5)
        size = history_bytes(site)
        time.sleep(8)
        assert size < 12 << 20 and history_bytes(site) - size < 2 << 20
        assert rss_mib(site.c.pid) < 900  # with the sanitizer's
        assert site.c.text().count("no more are made") == 1
        assert len(site.mails()) < 10
    finally:
        f.stop()


def test_flood_of_late_alerts(site):
    """Conditions of the past, one after the other: so many are kept, and no more."""
    a = wire.Agent(site, "evil", timeout=60)
    a.send(wire.define(1, "evil", fields=[wire.field(f"f{i}") for i in range(NFIELDS)]))
    at, seq = int(time.time()) - 100000, 0
    for _ in range(200):
        for value in (20.0, 1.0):
            seq, at = seq + 1, at + 100
            a.send(wire.batch(seq, at, 1, [value] * NFIELDS))
    while True:
        kind, payload = a.receive()
        if kind == wire.ACK and payload == wire.varint(seq):
            break
    wait_for("the limit", 20, lambda: "no more are kept" in site.c.text())
    say(site, 20.0)
    wait_for("mail", 20, lambda: any("Warm" in m["Subject"] for m in site.mails()))
    with sqlite3.connect(site.dir / "state" / "history.db") as db:
        rows = db.execute("SELECT count(*) FROM alerts WHERE node='evil'").fetchone()[0]
    db.close()
    assert 2048 <= rows <= 2 * 2048 + 64
    a.close()


def test_live_frames(site):
    """Small frames beside the order, as many as go: nobody waits for them."""
    a = wire.Agent(site, "evil", timeout=60)
    a.send(wire.define(1, "evil"))
    ending, sent = threading.Event(), [0]

    def flood():
        while not ending.is_set():
            now = int(time.time())
            data = b"".join(wire.batch(i + 1, now - i % 2, 1, [20.0 * (i % 2)], wire.LIVE)
                            for i in range(500))
            try:
                a.send(data)
            except OSError:
                return
            sent[0] += 500

    t = threading.Thread(target=flood, daemon=True)
    t.start()
    try:
        slowest = slowest_answer(site, 5)
        say(site, 20.0)
        began = time.monotonic()
        wait_for("mail", 20, lambda: any("Warm" in m["Subject"] for m in site.mails()))
        took = time.monotonic() - began
    finally:
        ending.set()
        a.close()
        t.join(10)
    assert sent[0] > 500
    assert slowest < 2 and took < 5, (slowest, took, sent[0])


@pytest.mark.parametrize("kind", [
    'kind = "threshold"; above = 10.0; clear = 9.0;',
    'kind = "rate"; above = 1.0; over = "10s";',
    'kind = "forecast"; limit = 90.0; within = "1h"; over = "2min";',
    'kind = "plausibility"; least = -40.0; most = 90.0; jump = 5.0; flat = "1min"; moved = 0.1; off = 3.0;',
    'kind = "deviation"; least = 3.0;',
    'kind = "comparison"; other_source = "evil"; other_field = "f1"; above = 1.0;',
])
def test_values_that_are_none(rig, kind):
    """No number breaks a rule: it neither ends the collector nor shows up as a number that is
    none."""
    rig.node("evil")
    rig.rules = f'{{ name = "r"; source = "evil"; field = "f0"; severity = "warning"; {kind} }}, ' \
                f'{{ name = "z"; source = "evil"; field = "f0"; severity = "warning"; ' \
                f'scope = "zone"; aggregate = "average"; {kind} }}'
    rig.collector()
    a = wire.Agent(rig, "evil", timeout=30)
    a.send(wire.define(1, "evil", fields=[wire.field(f"f{i}") for i in range(2)]))
    odd = [float("nan"), float("inf"), float("-inf"), 5e-324, 1e308, -1e308, 1.7976931348623157e308,
           -0.0, 2.0**63, 1e-300, 11.0]
    now = int(time.time()) - 2 * len(odd) ** 2
    seq = 0
    for x in odd:
        for y in odd:
            seq += 1
            a.send(wire.batch(seq, now + 2 * seq, 1, [x, y]))
            if seq % 10 == 0:
                a.send(wire.batch(seq, now + 2 * seq, 1, [x, y], wire.LIVE))
    wait_for("all", 20, lambda: (v := rig.api("last?node=evil")["values"]) and len(v) == 2)
    time.sleep(2)
    for path in ("alerts", "incidents", "last?node=evil", "zones"):
        body = rig.request(f"/api/v1/{path}")[2]
        assert b"nan" not in body.lower().replace(b"vulnan", b"") and b"inf" not in \
            body.lower().replace(b"\"info\"", b"").replace(b"inform", b""), body[:600]
    a.close()


# --- pages, forms, people -------------------------------------------------------------------------

POSTS = ("/incident/1/acknowledge", "/incident/1/unacknowledge", "/incident/1/comment", "/silences",
         "/silence/1/end", "/api/v1/incidents/1/acknowledge", "/api/v1/incidents/1/unacknowledge",
         "/api/v1/incidents/1/comment", "/api/v1/alerts/1/acknowledge", "/api/v1/silences",
         "/api/v1/silences/1/end", "/api/v1/flush")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def raw(rig, lines, body=b"", timeout=10):
    """The answer to a request as it stands; b"" if there is none."""
    with socket.create_connection(("127.0.0.1", rig.web_port), timeout) as s:
        s.sendall("\r\n".join(lines + ["", ""]).encode("latin-1") + body)
        out = b""
        try:
            while data := s.recv(65536):
                out += data
        except (TimeoutError, ConnectionError):
            pass
        return out


def post(rig, path, form, headers=None, cookie=False):
    """The status and the text of the answer to a form."""
    h = dict(FORM) | (headers or {})
    if cookie:
        h["Cookie"] = rig.session()
    else:
        h["Authorization"] = f"Bearer {rig.token}"
    data = form if isinstance(form, bytes) else urllib.parse.urlencode(form).encode()
    c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=20)
    try:
        c.request("POST", path, data, h)
        a = c.getresponse()
        return a.status, a.read().decode()
    finally:
        c.close()


def test_foreign_pages(site):
    """A page that is not ours changes nothing, whatever it calls itself: only the exact Origin of
    this server does, beside a session's cookie."""
    own = f"127.0.0.1:{site.web_port}"
    silence = {"node": "good", "for": "1h", "author": "x", "reason": "y"}
    foreign = [None, "", "null", "http://evil.example", f"http://127.0.0.1:{site.web_port + 1}",
               "http://127.0.0.1", f"http://{own}@evil.example", f"http://evil.example#{own}",
               f"http://evil.example/{own}", f"http://{own}.evil.example", f"http://{own}/",
               f"http://x@{own}", f"ftp://{own}", f"//{own}", own, f"http://[::1]:{site.web_port}",
               f"http://localhost:{site.web_port}", f"http://{own}, http://evil.example",
               f"http://evil.example http://{own}", f"javascript://{own}", f"http://{own}\t",
               f"http://0x7f000001:{site.web_port}", f"http://127.0.0.1.:{site.web_port}"]
    for path in POSTS:
        for origin in foreign:
            h = {} if origin is None else {"Origin": origin}
            status = post(site, path, silence, h, cookie=True)[0]
            if origin == f"http://{own}\t":
                assert status != 403  # blanks at the end of a header are none of it
                continue
            assert status == 403, (path, origin, status)
        assert post(site, path, silence, {"Cookie": "zonewatch="})[0] != 403  # the token itself
        assert raw(site, [f"POST {path} HTTP/1.1", f"Host: {own}", f"Origin: http://{own}",
                          "Content-Length: 0", "Connection: close"]).startswith(b"HTTP/1.1 401")
        assert site.request(path, "GET")[0] in (200, 404, 405)
    before = len(site.api("silences")["silences"])
    assert before == 4  # by the token itself and with a blank behind the right Origin, above
    # As a foreign name that leads here.
    for host in ("evil.example", "evil.example:80", f"{own}.evil.example", "", "[::2]", "a@127.0.0.1"):
        assert post(site, "/silences", silence, {"Host": host, "Origin": f"http://{host}"},
                    cookie=True)[0] in (400, 421), host
    assert post(site, "/silences", silence, {"Origin": f"http://{own}"}, cookie=True)[0] == 303
    assert len(site.api("silences")["silences"]) == before + 1
    # Whatever the answer is, no foreign script may read it.
    for method in ("OPTIONS", "GET"):
        answer = raw(site, [f"{method} /api/v1/silences HTTP/1.1", f"Host: {own}",
                            "Origin: http://evil.example", f"Cookie: {site.session()}",
                            "Access-Control-Request-Method: POST", "Connection: close"])
        assert b"access-control" not in answer.lower()


def test_roles(site):
    """Without the token nobody sees or changes anything, on any row of the API's list."""
    for row in json.loads(site.request("/api/v1")[2])["routes"]:
        path = row["path"].replace("{}", "1")
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "},
                        {"Cookie": "zonewatch=wrong"}, {"Cookie": "zonewatch="},
                        {"Authorization": f"Basic {site.token}"}):
            lines = [f"{row['method']} {path} HTTP/1.1", f"Host: 127.0.0.1:{site.web_port}",
                     "Content-Length: 0", "Connection: close"]
            lines += [f"{k}: {v}" for k, v in headers.items()]
            status = raw(site, lines).split(b" ")[1]
            assert status == b"401" or row["role"] == "nobody", (row, headers, status)


def test_malformed_forms(site):
    """What cannot be a form is refused and does nothing."""
    bad = [b"%", b"author=%0", b"author=%zz&reason=x", b"author=%00a", b"author=a%0d%0ab",
           b"author=%ff", b"author=%c0%af", b"author=%ed%a0%80", b"author=%c2%9b31m", b"%00=1",
           b"&".join(b"a=b" for _ in range(33)), b"author=" + b"a" * 9000, b"author=" + b"a" * 64,
           b"=&" * 40, b"node=good&for=1h&author=%20%20&reason=x", b"node=good&for=1h&reason=x",
           b"node=good&for=1h&author=a&reason=%20", b"node=good&author=a&reason=x",
           b"node=good&for=-1h&author=a&reason=x", b"node=good&for=99999999d&author=a&reason=x",
           b"node=good&for=1h&author=a&reason=x&kind=none", b"for=1h&author=a&reason=x",
           b"node=%3cscript%3e&for=1h&author=a&reason=x", b"zone=Z&for=1h&author=a&reason=x",
           b"node=good&until=1&author=a&reason=x", b"node=good&until=4102444800&author=a&reason=x",
           b"node=good&starts=9999999999999999999&for=1h&author=a&reason=x",
           b"node=good&window=Mon%2099:00-100:00&author=a&reason=x",
           b"node=" + b"*" * 128 + b"&for=1h&author=a&reason=x"]
    for body in bad:
        status, text = post(site, "/api/v1/silences", body)
        assert status == 400, (body[:80], status, text)
    assert site.api("silences")["silences"] == []
    assert raw(site, ["POST /api/v1/silences HTTP/1.1", f"Host: 127.0.0.1:{site.web_port}",
                      f"Authorization: Bearer {site.token}", "Content-Length: 20000",
                      "Connection: close"], b"a" * 20000).split(b" ")[1:2] != [b"200"]
    for number in ("0", "-1", "18446744073709551616", "1e3", "0x1", "1%00", "%31%2f", "٣"):
        status = post(site, f"/api/v1/incidents/{urllib.parse.quote(number, safe='%')}/acknowledge",
                      {"author": "x"})[0]
        assert status in (400, 404), number


def test_words_of_people(site):
    """Names and remarks of people are shown as they are, harmlessly, wherever they come up."""
    say(site, 20.0)
    i = wait_for("incident", 15, lambda: site.api("incidents")["incidents"])[0]["id"]
    evil = "<script>alert(1)</script>\"'&\u202e\u2066{{x}}%n%s"
    assert post(site, f"/api/v1/incidents/{i}/acknowledge", {"author": "  ", "comment": ""})[0] == 400
    assert post(site, f"/api/v1/incidents/{i}/acknowledge", {"author": "\u202ename<b>", "comment": evil,
                                                             "for": "1h"})[0] == 200
    assert post(site, f"/api/v1/incidents/{i}/comment", {"author": "\u202eadmin<i>", "comment": evil})[0] == 200
    assert post(site, "/api/v1/silences", {"node": "evil*", "for": "1h", "author": "<u>me",
                                           "reason": evil})[0] == 200
    assert post(site, f"/api/v1/incidents/{i}/unacknowledge", {"author": "\u202egone<p>"})[0] == 200
    for path in (f"/incident/{i}", "/incidents", "/silences", "/"):
        page = site.request(path)[2].decode()
        for word in ("<script>alert", "name<b>", "<u>me", "admin<i>", "<p>gone", "\u202e", "\u2066"):
            assert word not in page, (path, word)
    for path in (f"incidents/{i}", "audit", "silences", "incidents", "alerts"):
        text = site.request(f"/api/v1/{path}")[2].decode()
        assert "\u202e" not in text and "\u2066" not in text, path
    assert "\u202e" not in site.c.text()


def test_many_silences(site):
    """A thousand hold; what was ended is not kept for ever, and an alert still finds its way."""
    def one(i):
        return post(site, "/api/v1/silences", {"node": f"x{i}*", "for": "1h", "author": "a",
                                               "reason": "r"})[0]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(one, range(1100)))
        assert codes.count(200) == 1024 and codes.count(400) == 76
        ids = [s["id"] for s in site.api("silences")["silences"]]
        list(pool.map(lambda n: post(site, f"/api/v1/silences/{n}/end", {"author": "a"}), ids))
        assert set(pool.map(one, range(1024))) == {200}
        ids = [s["id"] for s in site.api("silences")["silences"] if not s["ended_by"]]
        list(pool.map(lambda n: post(site, f"/api/v1/silences/{n}/end", {"author": "a"}), ids))
        assert set(pool.map(one, range(1024))) == {200}
    assert len(site.api("silences")["silences"]) <= 2048
    say(site, 20.0)
    wait_for("mail", 15, lambda: any("Warm" in m["Subject"] for m in site.mails()))
    assert slowest_answer(site, 2) < 2


def test_author_remembered(site):
    """Who typed a name into a form finds it in the next one, as text only; a broken cookie is none."""
    own, evil = f"127.0.0.1:{site.web_port}", 'Ə"><b>;x'
    form = urllib.parse.urlencode({"node": "x*", "for": "1h", "author": evil, "reason": "r"})
    answer = raw(site, ["POST /silences HTTP/1.1", f"Host: {own}", f"Origin: http://{own}",
                        f"Cookie: {site.session()}", f"Content-Length: {len(form)}",
                        "Connection: close"], form.encode()).decode()
    cookie = next(l.split(": ", 1)[1] for l in answer.splitlines() if l.startswith("Set-Cookie: "))
    assert cookie.startswith("zw_author=") and "HttpOnly; SameSite=Strict" in cookie
    value = cookie.split(";")[0]
    assert urllib.parse.unquote(value.split("=", 1)[1]) == evil

    def page(cookies):
        return raw(site, ["GET /silences HTTP/1.1", f"Host: {own}", "Connection: close",
                          f"Cookie: {site.session()}; {cookies}"]).decode()

    assert 'value="Ə&quot;&gt;&lt;b&gt;;x"' in page(value)
    for broken in ("zw_author=%zz", "zw_author=%00", "zw_author=%ff", "zw_author=" + "a" * 193):
        text = page(broken)
        assert " 200 " in text.split("\r\n", 1)[0] and 'name="author" type="text" value=""' in text


def test_many_questions(site):
    """Questions about the past, of which the askers leave: the loop goes on, and whoever stays is
    answered or told that there are too many."""
    say(site, 20.0)
    wait_for("incident", 15, lambda: site.api("incidents")["incidents"])
    lines = ["GET /api/v1/stats?from=1&to=4102444800 HTTP/1.1", f"Host: 127.0.0.1:{site.web_port}",
             f"Authorization: Bearer {site.token}", "", ""]
    for _ in range(3):
        crowd = []
        for _ in range(100):
            s = socket.create_connection(("127.0.0.1", site.web_port), 10)
            s.sendall("\r\n".join(lines).encode())
            crowd.append(s)
        for s in crowd[::2]:
            s.close()
        codes = []
        for s in crowd[1::2]:
            s.settimeout(20)
            codes.append(s.recv(65536).split(b" ")[1])
            s.close()
        assert set(codes) <= {b"200", b"503"} and b"200" in codes, codes
    # Acts whose authors leave before they are answered.
    body = "node=q*&for=1h&author=a&reason=r"
    for _ in range(50):
        s = socket.create_connection(("127.0.0.1", site.web_port), 10)
        s.sendall(("\r\n".join(["POST /api/v1/silences HTTP/1.1", *lines[1:3],
                                "Content-Type: application/x-www-form-urlencoded",
                                f"Content-Length: {len(body)}", "", ""]) + body).encode())
        s.close()
    assert slowest_answer(site, 2) < 2
    wide = "from=1&to=4102444800&limit=10000"
    for path in ("past", "ledger", "audit", "stats"):
        assert site.request(f"/api/v1/{path}?{wide}")[0] in (200, 404)


# --- a collector that lies ------------------------------------------------------------------------

ESCAPES = "\u009b31mred\u202e\u001b]0;title\u0007\u007f"


@pytest.mark.parametrize("answer", [
    lambda t: {"alerts": [{k: t for k in ("title", "node", "zone", "rule", "state", "severity",
                                          "reason", "value_state", "unit")}] * 2,
               "nodes": [t, None, 5, {"name": t}], "total": 2, "silences": [{"author": t, "reason": t}],
               "incidents": [{"zone": t, "cause": t, "id": t}], "zones": [{"name": t, "title": t}],
               "series": [{"name": t, "fields": [{"name": t}]}], "events": [{"text": t, "node": t}],
               "values": [{"node": t, "field": t, "state": t}], "acts": [{"author": t, "text": t}],
               "mails": [{"subject": t, "to": t, "deliveries": [{"to": t, "reply": t}]}],
               "timeline": [{"text": t, "subject": t, "author": t, "kind": t, "note": t}],
               "zone": t, "cause": t, "node": t, "version": t, "site": t, "severity": t,
               "rules": [{"name": t, "alerts": 1, "share": 1}], "top": [{"rule": t, "alerts": 1}]},
    lambda t: [], lambda t: None, lambda t: 5, lambda t: t,
    lambda t: {"error": {"message": t}},
    lambda t: {k: 5 for k in ("alerts", "nodes", "incidents", "silences", "zones", "mails", "acts")},
])
def test_collector_that_lies(rig, answer):
    """What zonewatchctl is answered reaches the terminal as text only, and ends it by no fault."""
    body = json.dumps(answer(ESCAPES), ensure_ascii=False).encode()
    status = [200]

    class Liar(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", rig.web_port), Liar)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    commands = ("status", "zones", "nodes", "series", "alerts", "incidents", "incident 1", "ledger",
                "audit", "stats", "silences", "silence preview --zone A", "events", "last x",
                "ack 1", "silence end 1", "disk", "health")
    env = {"LC_ALL": "C.UTF-8"}
    try:
        for status[0] in (200, 409):
            for words in commands:
                for extra in ([], ["--json"]):
                    p = rig.ctl(*words.split(), *extra, check=False, env=env)
                    assert p.returncode in (0, 1, 3, 64), (words, p.returncode, p.stderr)
                    for c in ("\u009b", "\x1b", "\x07", "\x7f", "\u202e"):
                        assert c not in p.stdout + p.stderr, (words, extra, c, p.stdout[:300])
                    assert "(null)" not in p.stdout, (words, p.stdout)
    finally:
        server.shutdown()
        server.server_close()
