# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may: accounts, tokens and sessions against a real collector: every route as everybody, what an
attacker tries, and what survives its death."""

import http.client
import json
import os
import re
import signal
import stat
import statistics
import time
import urllib.parse

import pytest

from conftest import ROOT, wait_for

PASSWORD = "correct horse battery"


class Browser:
    """A client with a cookie jar as browsers have it, which goes nowhere by itself."""

    def __init__(self, rig, address="127.0.0.1"):
        self.rig, self.cookies, self.address = rig, {}, address

    def ask(self, method, path, form=None, headers=None, origin=True):
        c = http.client.HTTPConnection("127.0.0.1", self.rig.web_port, timeout=20,
                                       source_address=(self.address, 0))
        h = dict(headers or {})
        if self.cookies:
            h["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = None
        if method == "POST":
            body = urllib.parse.urlencode(form or {})
            h["Content-Type"] = "application/x-www-form-urlencoded"
            if origin:
                h["Origin"] = f"http://127.0.0.1:{self.rig.web_port}"
        c.request(method, path, body, h)
        a = c.getresponse()
        text = a.read().decode()
        for line in a.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self.headers = a.headers
        c.close()
        return a.status, text

    def sign_in(self, name, password=PASSWORD):
        return self.ask("POST", "/login", {"name": name, "password": password})

    def follow(self, link, password=PASSWORD):
        key = urllib.parse.parse_qs(urllib.parse.urlparse(link).query)["link"][0]
        status, text = self.ask("GET", f"/login?link={key}")
        if status != 200:
            return status, text
        return self.ask("POST", "/login", {"link": key, "password": password, "again": password})


@pytest.fixture
def site(rig):
    rig.node("n1")
    rig.collector()
    return rig


def person(rig, name, role):
    """An account with a password, signed in."""
    link = rig.ctl("user", "add", name, "--role", role).stdout.strip()
    assert link.startswith(f"http://127.0.0.1:{rig.web_port}/login?link="), link
    b = Browser(rig)
    status, text = b.follow(link)
    assert status == 303, text
    return b


def session(b):
    status, text = b.ask("GET", "/api/v1/session")
    return json.loads(text) if status == 200 else None


def routes():
    """(method, pattern, role) of both tables, as they stand in the source."""
    rows = []
    for table in ["api", "pages"]:
        text = (ROOT / "collector" / "web" / table / "routes.c").read_text()
        rows += re.findall(r'\{\s*REQUEST_(GET|POST),\s*"([^"]+)",\s*\w+,\s*WHO_(\w+)', text)
    assert len(rows) > 50
    return rows


def test_every_route_as_everybody(site):
    order = ["NOBODY", "WALL", "VIEWER", "OPERATOR", "ADMIN"]
    people = {"NOBODY": Browser(site)}
    for role in ["VIEWER", "OPERATOR", "ADMIN"]:
        people[role] = person(site, "the-" + role.lower(), role.lower())
    wall = site.ctl("token", "add", "hall", "--role", "wall").stdout.strip()
    people["WALL"] = Browser(site)
    assert people["WALL"].ask("GET", f"/wall?token={wall}")[0] == 200
    tokens = {"WALL": wall}
    for role in ["VIEWER", "OPERATOR", "ADMIN"]:
        tokens[role] = site.ctl("token", "add", "t-" + role.lower(), "--role", role.lower(),
                                "--ends", "1d").stdout.strip()
    wrong = []
    for method, pattern, needs in routes():
        if pattern in ("/api/v1/live", "/logout", "/login", "/wall"):
            continue  # a stream; what ends the session; what judges by itself
        path = pattern.replace("{}", "no-such-thing")
        for role in order:
            may = order.index(role) >= order.index(needs)
            asked = [people[role].ask(method, path, {"x": "1"})[0]]
            if role in tokens:
                asked.append(Browser(site).ask(method, path, {"x": "1"}, origin=False, headers={
                    "Authorization": "Bearer " + tokens[role]})[0])
            for status in asked:
                refused = status in ((401,) if role == "NOBODY" else (401, 403))
                if refused == may or status >= 500:
                    wrong.append((method, path, role, status))
            if method == "POST" and role != "NOBODY":  # by another site's page
                status, text = people[role].ask(method, path, {"x": "1"}, origin=False,
                                                headers={"Origin": "http://evil.example"})
                if status != 403:
                    wrong.append(("foreign " + method, path, role, status))
                status, text = people[role].ask(method, path, {"x": "1"}, origin=False)
                if status != 403:
                    wrong.append(("no origin " + method, path, role, status))
    assert not wrong
    # A token in a query proves nothing, and nobody's stream is open.
    assert Browser(site).ask("GET", f"/api/v1/zones?token={tokens['ADMIN']}")[0] == 401
    assert Browser(site).ask("GET", "/api/v1/live?topic=wall")[0] == 401


def test_sign_in(site):
    b = person(site, "leyla", "operator")
    assert session(b) == {"name": "leyla", "role": "operator", "proof": "session",
                          "language": "en", "theme": "auto"}
    assert b.ask("POST", "/logout")[0] == 303
    assert session(b) is None
    status, text = b.sign_in("leyla", "not that one")
    assert status == 401 and 'role="alert"' in text and 'value="leyla"' in text
    assert "not that one" not in text
    unknown = Browser(site).sign_in("leyli", "not that one")
    assert unknown == (401, text.replace('value="leyla"', 'value="leyli"'))
    assert b.ask("POST", "/login?next=/incidents", {"name": "Leyla ", "password": PASSWORD})[0] == 303
    assert b.headers["Location"] == "/incidents"
    cookies = b.headers.get_all("Set-Cookie")
    own = [c for c in cookies if c.startswith("zonewatch=")][0]
    assert "HttpOnly" in own and "SameSite=Strict" in own and "Path=/" in own
    for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "/login"]:
        b.ask("POST", "/login", {"name": "leyla", "password": PASSWORD, "next": elsewhere})
        assert b.headers["Location"] == "/"
    # Another site cannot sign somebody in.
    assert Browser(site).ask("POST", "/login", {"name": "leyla", "password": PASSWORD}, origin=False,
                             headers={"Origin": "http://evil.example"})[0] == 403
    # From a mail read in a browser: without the strict cookie, once more from here, and no loop.
    strict = b.cookies.pop("zonewatch")
    status, text = b.ask("GET", "/incidents?zone=A&x=1")
    assert status == 200 and 'content="0; url=/incidents?zone=A&amp;x=1"' in text
    assert b.ask("GET", "/incidents?zone=A&x=1")[0] == 401
    b.cookies["zonewatch"] = strict
    assert session(b)["name"] == "leyla"
    # By the token of the file: a session, whose cookie is not the token.
    t = Browser(site)
    assert t.ask("GET", f"/login?token={site.token}")[0] == 303
    assert site.token not in str(t.cookies)
    assert session(t) == {"name": None, "role": "admin", "proof": "session", "language": "en",
                          "theme": "auto"}
    assert Browser(site).ask("GET", "/login?token=0123456789abcdeF")[0] == 401


def test_links_and_passwords(site):
    link = site.ctl("user", "add", "a", "--role", "admin").stdout.strip()
    for bad in ["short", "aaaaaaaaaaaaaa"]:
        status, text = Browser(site).follow(link, bad)
        assert status == 400 and 'role="alert"' in text, text
    a = Browser(site)
    assert a.follow(link)[0] == 303
    assert Browser(site).follow(link)[0] == 401  # once
    old = site.ctl("user", "link", "a").stdout.strip()
    new = site.ctl("user", "link", "a").stdout.strip()
    assert Browser(site).follow(old)[0] == 401  # the latest only
    b = Browser(site)
    assert b.follow(new, "another password")[0] == 303
    assert session(a) is None  # whoever was in by the old password is out
    assert b.ask("POST", "/account/password", {"old": PASSWORD, "password": "and a third one",
                                               "again": "and a third one"})[0] == 400
    assert b.ask("POST", "/account/password", {
        "old": "another password", "password": "and a third one", "again": "and a third one"
    })[0] == 303
    assert session(b)["name"] == "a"
    c = Browser(site)
    assert c.sign_in("a", "and a third one")[0] == 303
    assert c.ask("POST", "/account/sessions", {"all": "1"})[0] == 303
    assert session(b) is None and session(c)["name"] == "a"
    assert c.ask("POST", "/account", {"language": "az", "theme": "dark"})[0] == 303
    status, text = c.ask("GET", "/account")
    assert 'lang="az"' in text and 'data-theme="dark"' in text
    # A session of somebody else is not mine to end.
    d = person(site, "d", "viewer")
    for n in range(1, 20):
        d.ask("POST", "/account/sessions", {"id": str(n)})
    assert session(c)["name"] == "a"


def test_cli(site):
    assert "no account" in site.ctl("user", "list").stdout
    assert site.ctl("user", "add", "x", check=False).returncode == 64
    assert site.ctl("user", "add", "../x", "--role", "admin", check=False).returncode == 64
    assert site.ctl("user", "role", "x", "--role", "king", check=False).returncode == 1
    assert site.ctl("token", "add", "t", "--role", "viewer", check=False).returncode == 64
    assert site.ctl("user", "nonsense", check=False).returncode == 64
    person(site, "x", "admin")
    out = site.ctl("user", "add", "x", "--role", "viewer", check=False)
    assert out.returncode == 1 and "already" in out.stderr
    out = site.ctl("user", "remove", "x", check=False)
    assert out.returncode == 1 and "last admin" in out.stderr
    made = json.loads(site.ctl("token", "add", "t", "--role", "viewer", "--ends", "2h",
                               "--json").stdout)
    (site.dir / "t").write_text(made["token"] + "\n")
    (site.dir / "t").chmod(0o600)
    env = {"ZONEWATCH_TOKEN_FILE": str(site.dir / "t")}
    assert "n1" in site.ctl("nodes", env=env).stdout
    out = site.ctl("user", "list", env=env, check=False)
    assert out.returncode == 1 and "admin" in out.stderr
    rows = json.loads(site.ctl("token", "list", "--json").stdout)["tokens"]
    assert [(t["name"], t["role"]) for t in rows] == [("t", "viewer")]
    assert rows[0]["ends_ms"] / 1000 == pytest.approx(time.time() + 7200, abs=60)
    assert made["token"] not in json.dumps(rows)
    site.ctl("token", "remove", "t")
    assert site.ctl("nodes", env=env, check=False).returncode == 1


def test_audit(site):
    x = person(site, "x", "operator")
    site.ctl("user", "add", "y", "--role", "viewer", "--author", "murad")
    for _ in range(3):
        Browser(site, "127.0.0.9").sign_in("x", "secret typed wrong")
        Browser(site, "127.0.0.9").sign_in("secret in the wrong field", "zzz")
    # The author of an act is who is signed in, whatever the form says.
    assert x.ask("POST", "/silences", {"node": "n1", "for": "1h", "reason": "r", "author": "boss"}
                 )[0] == 303
    x.ask("POST", "/logout")
    acts = json.loads(site.ctl("audit", "--json").stdout)
    rows = [(a["author"], a["kind"], a.get("what") or "") for a in acts["acts"]]
    for row in [("murad", "user-add", "y"), ("x", "password", ""), ("x", "login-failed", ""),
                ("x", "logout", "")]:
        assert row in rows, rows
    assert any(a == "x" and k == "silence" for a, k, _ in rows), rows
    assert not any(a == "boss" for a, _, _ in rows)
    everything = json.dumps(acts) + site.c.text() + (
        site.dir / "state" / "accounts.json").read_text()
    for secret in ["secret typed wrong", "wrong field", PASSWORD, site.token,
                   x.cookies.get("zonewatch", "no cookie")]:
        assert secret not in everything
    mode = (site.dir / "state" / "accounts.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_lock_out(site):
    a = person(site, "a", "admin")
    thief = Browser(site, "127.0.0.66")
    for _ in range(5):
        assert thief.sign_in("a", "guessed it")[0] == 401
    status, text = thief.sign_in("a")
    assert status == 429 and re.search(r"Try again in \d+", text), text
    assert session(a)["name"] == "a"  # who is in stays in
    rows = json.loads(site.ctl("user", "list", "--json").stdout)["users"]
    assert 0 < rows[0]["locked_ms"] <= 30000
    assert "locked" in site.ctl("user", "list").stdout
    assert "locked for" in a.ask("GET", "/users")[1]
    assert any(r["kind"] == "lock-out" for r in
               json.loads(site.ctl("audit", "--json").stdout)["acts"])
    site.ctl("user", "unlock", "a")
    assert Browser(site).sign_in("a")[0] == 303  # from elsewhere
    assert thief.sign_in("a")[0] == 429  # the address still waits
    # Wrong tokens: a stale one that a program shows for ever is one guess; many are many.
    poll = Browser(site, "127.0.0.77")
    stale = {"Authorization": "Bearer stale-token-of-a-program"}
    assert {poll.ask("GET", "/api/v1/zones", headers=stale)[0] for _ in range(100)} == {401}
    got = [poll.ask("GET", "/api/v1/zones", headers={"Authorization": f"Bearer guess{i}"})[0]
           for i in range(40)]
    assert got[0] == 401 and got[-1] == 429
    assert poll.ask("GET", "/api/v1/zones",
                    headers={"Authorization": f"Bearer {site.token}"})[0] == 429
    assert site.api("health")["status"] == "ok"  # from 127.0.0.1


def test_unknown_names_take_as_long(site):
    person(site, "known", "viewer")
    times = {"known": [], "unknown": []}
    for i in range(4):
        for name in times:
            start = time.monotonic()
            Browser(site, f"127.0.1.{10 + i}").sign_in(name, "not that one")
            times[name].append(time.monotonic() - start)
    known, unknown = (statistics.median(t) for t in times.values())
    assert 0.5 < known / unknown < 2, times
    assert known > 0.03


def test_what_survives(site):
    a = person(site, "a", "admin")
    t = Browser(site)
    assert t.ask("GET", f"/login?token={site.token}")[0] == 303
    # Each answered change is on disk: death may come at once.
    for n in range(3):
        site.ctl("user", "add", f"u{n}", "--role", "viewer")
        site.c.kill()
        site.collector()
        names = [u["name"] for u in json.loads(site.ctl("user", "list", "--json").stdout)["users"]]
        assert names == ["a"] + [f"u{i}" for i in range(n + 1)]
        assert session(a)["name"] == "a" and session(t)["role"] == "admin"
    site.ctl("user", "remove", "u0")
    os.kill(site.c.pid, signal.SIGHUP)

    def again():
        try:
            return session(a)
        except OSError:
            return None
    wait_for("sessions after a reload", 20, lambda: (again() or {}).get("name") == "a")
    # A damaged file is put aside, with an alert, and nothing of it is overwritten; the token is the
    # way in, and the file that is put back is as good as it was.
    site.c.stop()
    path = site.dir / "state" / "accounts.json"
    whole = path.read_text()
    path.write_text(whole[:-20])
    site.collector()
    assert "accounts.json" in site.c.text() and "is damaged" in site.c.text()
    aside = list(path.parent.glob("accounts.json.damaged-*"))
    assert len(aside) == 1 and aside[0].read_text() == whole[:-20]
    assert (session(a) or {}).get("name") != "a"
    assert json.loads(site.ctl("user", "list", "--json").stdout)["users"] == []
    site.c.stop()
    path.write_text(whole)
    path.chmod(0o600)
    site.collector()
    assert session(a)["name"] == "a"


def test_sign_ins_do_not_hold_the_loop(site):
    """While passwords are hashed, everybody else is answered at once."""
    import threading
    person(site, "a", "admin")
    threads = [threading.Thread(target=lambda: Browser(site).sign_in("a", "not that one"))
               for _ in range(4)]
    for th in threads:
        th.start()
    slowest = 0
    while any(th.is_alive() for th in threads):
        start = time.monotonic()
        site.api("health")
        slowest = max(slowest, time.monotonic() - start)
    assert slowest < 0.5
