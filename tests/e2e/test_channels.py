# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels beside mail against real receivers: HTTP servers that are down, slow, picky or mute,
a real Alertmanager, snmptrapd, a socket that stands for /dev/log. tests/bench/chandrv.c stands for
the collector."""

import contextlib
import http.server
import json
import os
import re
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
import urllib.request

import pytest

from conftest import BUILD, ROOT, free_port, wait_for
from test_mail import Relay, certificates

DRIVER = BUILD / "bench" / "chandrv"
MIB = ROOT / "conf" / "ZONEWATCH-MIB.txt"
MIBS = ROOT / "tests" / "data" / "mibs"


class Hook:
    """An HTTP server whose answers a test sets; keeps what it got: (path, headers, JSON)."""

    def __init__(self, port, context=None):
        self.port, self.got, self.answers, self.delay, self.mute = port, [], [], 0, False
        self.body = b"thanks"
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append((self.path, dict(self.headers), json.loads(data)))
                if hook.mute:
                    time.sleep(30)
                time.sleep(hook.delay)
                status = hook.answers.pop(0) if hook.answers else 200
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    if status // 100 == 3:
                        self.send_header("Location", f"http://127.0.0.1:{port}/elsewhere")
                    self.send_header("Content-Length", str(len(hook.body)))
                    self.end_headers()
                    self.wfile.write(hook.body)

            do_GET = do_POST

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *args: None
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def bodies(self):
        return [b for _, _, b in self.got]


class Driver:
    """chandrv with its configuration."""

    def __init__(self, directory, recipients, notify="", more=""):
        self.dir = directory
        link = DRIVER.parent / "zonewatch-trap"
        if not link.exists():
            with contextlib.suppress(FileExistsError):
                link.symlink_to(BUILD / "zonewatch-trap")
        conf = directory / "collector.conf"
        conf.write_text(f"""
store = {{ dir = "{directory}/state"; }};
web = {{ url = "https://zw.example/"; }};
zones = ( {{ name = "a"; }}, {{ name = "b"; title = "Zone B"; }} );
nodes = ( {{ name = "srv1"; zone = "b"; }} );
notify = {{ {notify} }};
recipients = ( {", ".join(recipients)} );
{more}
""")
        self.log = directory / "chandrv.log"
        self.process = subprocess.Popen(
            [str(DRIVER), str(conf), str(directory / "state")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=open(self.log, "ab"), text=True, bufsize=1,
            env={**os.environ, "LC_ALL": "C", "http_proxy": "http://127.0.0.1:1",
                 "ASAN_OPTIONS": "detect_leaks=1",
                 "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0"})

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def send(self, incident, kind, via, to, severity="critical", node="srv1"):
        self.say(f"send {incident} {kind} {via} {severity} {node} {to}")

    def stats(self):
        self.say("stats")
        return json.loads(self.process.stdout.readline())

    def wait(self, seconds=10, **want):
        return wait_for(str(want), seconds, lambda: (
            s := self.stats()) and all(s[k] >= v for k, v in want.items()) and s)

    def text(self):
        return self.log.read_text(errors="replace")

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        assert code == 0, self.text()
        assert "Sanitizer" not in self.text(), self.text()

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    stop = kill

    def rows(self, sql):
        with sqlite3.connect(self.dir / "state" / "history.db") as c:
            rows = c.execute(sql).fetchall()
        c.close()
        return rows


def recipient(via, address, more=""):
    return f'{{ via = "{via}"; address = "{address}"; {more} }}'


@pytest.fixture
def rig(tmp_path):
    class Rig:
        def driver(self, recipients, **options):
            return self.keep(Driver(tmp_path, recipients, **options))

        def hook(self, *args, **options):
            return self.keep(Hook(*(args or (free_port(),)), **options))

        def keep(self, thing):
            self.made.append(thing)
            return thing

        def hasten(self):
            """Between two runs of the driver: what waits for its next try is due."""
            with sqlite3.connect(tmp_path / "state" / "history.db") as c:
                c.execute("UPDATE outbox SET next_ms=0")
            c.close()

        def secret(self, name, text):
            path = tmp_path / name
            path.write_text(text + "\n")
            path.chmod(0o600)
            return path

    r = Rig()
    r.made, r.dir = [], tmp_path
    yield r
    for thing in reversed(r.made):
        thing.stop()


# --- webhook --------------------------------------------------------------------------------------

def test_webhook_gets_all_that_is_known(rig):
    hook = rig.hook()
    url = f"http://127.0.0.1:{hook.port}/in?a=1"
    d = rig.driver([recipient("webhook", url)])
    d.send(7, "open", "webhook", url)
    d.wait(sent=1)
    ((path, headers, b),) = hook.got
    assert path == "/in?a=1" and headers["Content-Type"] == "application/json"
    assert headers["Idempotency-Key"] == f'"{b["id"]}"' and b["id"].startswith("<incident-7.open")
    assert b["version"] == 1 and b["kind"] == "open" and b["site"] == "Data centre"
    assert b["subject"] == '[open] Zone B: "too warm", 33,4 °C'
    assert b["text"] == "Zone B is too warm.\nƏsas server: 33,4 °C\n"
    assert b["incident"]["id"] == 7 and b["incident"]["zone_title"] == "Zone B"
    assert b["incident"]["severity"] == "critical" and b["incident"]["closed"] is None
    assert b["alert"]["value"] == 33.4 and b["alert"]["peak"] is None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", b["time"])
    assert b["url"] == "https://zw.example/incident/7"
    d.end()
    ((state, reply),) = d.rows("SELECT state, reply FROM outbox")
    assert state == "sent" and reply == "HTTP 200: thanks"
    ledger = d.rows("SELECT recipient, state, reply FROM deliveries")
    assert ledger == [(url, "accepted", "HTTP 200: thanks")]


def test_webhook_that_is_down_gets_all_once_and_in_order(rig):
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    d = rig.driver([recipient("webhook", url)])
    for i in (1, 2):
        for kind in ("open", "update", "close"):
            d.send(i, kind, "webhook", url)
    s = d.wait(retries=2)
    assert "webhook: " in s["last_error"] and s["sent"] == 0
    d.kill()
    rig.hasten()
    hook = rig.hook(port)
    d = rig.driver([recipient("webhook", url)])
    d.wait(20, sent=6)
    for i in (1, 2):
        assert [b["kind"] for b in hook.bodies() if b["incident"]["id"] == i] == [
            "open", "update", "close"]
    d.end()
    d = rig.driver([recipient("webhook", url)])
    time.sleep(0.5)
    assert len(hook.got) == 6 and d.stats()["sent"] == 0
    d.end()


@pytest.mark.parametrize("status,fate", [(500, "retries"), (429, "retries"), (302, "retries"),
                                         (401, "retries"), (400, "failed"), (422, "failed")])
def test_webhook_that_refuses(rig, status, fate):
    hook = rig.hook()
    url = f"http://127.0.0.1:{hook.port}/"
    hook.answers = [status]
    d = rig.driver([recipient("webhook", url)])
    d.send(1, "open", "webhook", url)
    s = d.wait(**{fate: 1})
    assert f"HTTP {status}: thanks" in s["last_error"]
    assert s["failed" if fate == "retries" else "retries"] == 0
    assert len(hook.got) == 1  # no redirect is followed
    d.end()


def test_webhook_that_hangs_delays_nothing_else(rig):
    mute, hook = rig.hook(), rig.hook()
    mute.mute = True
    bad, good = f"http://127.0.0.1:{mute.port}/", f"http://127.0.0.1:{hook.port}/"
    log = rig.dir / "log"
    s = rig.keep(Log(log))
    d = rig.driver([recipient("webhook", bad), recipient("webhook", good),
                    recipient("syslog", "local3")], notify=f'timeout = "2s"; syslog = "{log}";')
    for i in range(1, 31):
        d.send(i, "open", "webhook", bad)
    d.stats()
    began = time.monotonic()
    d.send(31, "open", "webhook", good)
    d.send(32, "open", "syslog", "local3")
    d.wait(5, sent=2)
    assert time.monotonic() - began < 1
    assert len(hook.got) == 1 and len(s.lines()) == 1
    d.wait(retries=4)
    assert d.stats()["gap_ms"] < 100
    began = time.monotonic()
    d.end()
    assert time.monotonic() - began < 5


def test_webhook_that_never_stops_talking(rig):
    hook = rig.hook()
    hook.body = b"x" * (8 << 20)
    url = f"http://127.0.0.1:{hook.port}/"
    d = rig.driver([recipient("webhook", url)])
    d.send(1, "open", "webhook", url)
    d.wait(sent=1)
    d.end()
    ((reply,),) = d.rows("SELECT reply FROM outbox")
    assert len(reply) < 250


def test_webhook_over_tls_with_the_right_and_the_wrong_ca(rig):
    (rig.dir / "other").mkdir()
    context, ca = certificates(rig.dir)
    _, wrong = certificates(rig.dir / "other")
    hook = rig.hook(free_port(), context=context)
    url = f"https://127.0.0.1:{hook.port}/"
    d = rig.driver([recipient("webhook", url)], notify=f'ca = "{wrong}";')
    d.send(1, "open", "webhook", url)
    assert "certificate" in d.wait(retries=1)["last_error"] and not hook.got
    d.end()
    rig.hasten()
    d = rig.driver([recipient("webhook", url)], notify=f'ca = "{ca}";')
    d.wait(sent=1)
    d.end()


def test_what_is_over_is_withdrawn(rig):
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    d = rig.driver([recipient("webhook", url)])
    d.send(1, "open", "webhook", url)
    d.wait(retries=1)
    d.kill()
    rig.hasten()
    hook = rig.hook(port)
    d = rig.driver([recipient("webhook", url)])
    d.say("over 2")
    d.send(2, "update", "webhook", url)
    d.wait(sent=1)
    wait_for("no more", 5, lambda: d.stats()["waiting"] == 0)
    assert [b["incident"]["id"] for b in hook.bodies()] == [1]
    d.end()
    assert d.rows("SELECT state, reply FROM outbox WHERE incident=2") == [
        ("superseded", "the incident is over")]


def test_two_recipients_of_which_one_is_away(rig):
    hook, port = rig.hook(), free_port()
    urls = [f"http://127.0.0.1:{hook.port}/", f"http://127.0.0.1:{port}/"]
    rows = [recipient("webhook", u) for u in urls]
    d = rig.driver(rows)
    d.send(1, "open", "webhook", ", ".join(urls))
    d.wait(retries=1)
    assert len(hook.got) == 1
    d.kill()
    rig.hasten()
    other = rig.hook(port)
    d = rig.driver(rows)
    d.wait(sent=1)
    assert len(hook.got) == 1 and len(other.got) == 1
    d.end()
    assert [u for (u,) in d.rows("SELECT recipient FROM deliveries ORDER BY id")] == urls


@pytest.mark.parametrize("row,why", [
    (recipient("webhook", "ftp://127.0.0.1/"), "must begin with|no http or https URL"),
    (recipient("webhook", "http://a:b@127.0.0.1/"), "a user in it"),
    (recipient("alertmanager", "nonsense"), "must begin with|no http or https URL"),
    (recipient("syslog", "local9"), "no facility"),
    (recipient("trap", "::1"), "stands in brackets"),
    (recipient("trap", "127.0.0.1:70000"), "no port"),
    (recipient("trap", "127.0.0.1", 'credential = "nobody";'), "no credential|there is"),
    (recipient("mail", "it@ministry.example"), "mail.transport"),
])
def test_address_that_is_none(rig, row, why):
    d = rig.driver([row])
    assert d.process.wait(10) == 1
    assert re.search(why, d.text()), d.text()


# --- Alertmanager ---------------------------------------------------------------------------------

class Alertmanager:
    """A real one on loopback, alone."""

    def __init__(self, directory, port):
        self.port = port
        (directory / "am.yml").write_text(
            "global:\n  resolve_timeout: 1s\nroute:\n  receiver: none\nreceivers:\n  - name: none\n")
        self.process = subprocess.Popen(
            ["prometheus-alertmanager", f"--config.file={directory}/am.yml",
             f"--storage.path={directory}/am", "--cluster.listen-address=",
             f"--web.listen-address=127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL, stderr=open(directory / "am.log", "ab"))
        wait_for("Alertmanager", 20, self.ready)

    def ready(self):
        with contextlib.suppress(OSError):
            return self.alerts() is not None

    def alerts(self):
        """Those that are active."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v2/alerts", timeout=5) as a:
            return json.load(a)

    def stop(self):
        self.process.kill()
        self.process.wait(10)


def test_alertmanager_shows_an_incident_for_as_long_as_it_lasts(rig):
    am = rig.keep(Alertmanager(rig.dir, free_port()))
    url = f"http://127.0.0.1:{am.port}/"
    d = rig.driver([recipient("alertmanager", url)], notify='again = "1s";')
    d.send(7, "open", "alertmanager", url, severity="warning")
    (a,) = wait_for("alert", 5, am.alerts)
    assert a["labels"] == {
        "alertname": "inlet-high", "severity": "warning", "zone": "b", "node": "srv1",
        "instance": "srv1", "topic": "air", "incident": "7", "site": "Data centre"}
    assert a["annotations"]["summary"] == '[open] Zone B: "too warm", 33,4 °C'
    assert a["generatorURL"] == "https://zw.example/incident/7"
    began = a["startsAt"]
    # It is told again each second and would be over after three.
    end = time.monotonic() + 8
    while time.monotonic() < end:
        (b,) = am.alerts()
        assert b["startsAt"] == began and b["labels"] == a["labels"]
        time.sleep(0.2)
    assert d.stats()["sent"] == 1 and d.stats()["waiting"] == 0
    # It gets worse: another label, and yet one alert.
    d.send(7, "update", "alertmanager", url, severity="critical", node="srv2")
    wait_for("worse", 5, lambda: [x["labels"]["severity"] for x in am.alerts()] == ["critical"])
    assert am.alerts()[0]["labels"]["node"] == "srv2"
    d.send(7, "close", "alertmanager", url, severity="critical", node="srv2")
    wait_for("end", 5, lambda: am.alerts() == [])
    assert d.stats()["waiting"] == 0 and d.stats()["sent"] == 3
    d.end()
    assert set(d.rows("SELECT state FROM outbox")) == {("sent",)}


def test_alertmanager_is_told_again_after_a_crash_and_after_its_own(rig):
    port = free_port()
    am = rig.keep(Alertmanager(rig.dir, port))
    url = f"http://127.0.0.1:{port}"
    row = [recipient("alertmanager", url)]
    d = rig.driver(row, notify='again = "1s";')
    d.send(7, "open", "alertmanager", url)
    wait_for("alert", 5, am.alerts)
    d.wait(sent=1)
    time.sleep(0.3)
    d.kill()
    wait_for("lapse", 10, lambda: am.alerts() == [])
    d = rig.driver(row, notify='again = "1s";')
    wait_for("alert again", 5, am.alerts)
    am.stop()
    d.wait(retries=1)
    am = rig.keep(Alertmanager(rig.dir, port))
    wait_for("alert again", 10, am.alerts)
    d.say("over 7")
    wait_for("silence", 10, lambda: am.alerts() == [])
    d.end()
    assert d.rows("SELECT state FROM outbox") == [("sent",)]


# --- SNMP -----------------------------------------------------------------------------------------

class Trapd:
    """snmptrapd: prints each notification as one line of numeric OIDs."""

    ENGINE = "0x8000000001020304"

    def __init__(self, directory, port, conf):
        self.out = directory / "trapd.out"
        (directory / "trapd.conf").write_text(conf)
        (directory / "trapd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            ["snmptrapd", "-f", "-n", "-On", "-Lf", str(directory / "trapd.log"), "-C", "-c",
             str(directory / "trapd.conf"), "-F", "NOTE %a %v\\n", "-m", "", "-Oq",
             f"udp:127.0.0.1:{port}"],
            stdout=open(self.out, "ab"), stderr=open(directory / "trapd.err", "ab"),
            env={**os.environ, "SNMP_PERSISTENT_DIR": str(directory / "trapd"), "MIBS": ""})
        self.log = directory / "trapd.log"
        time.sleep(0.5)

    def notes(self):
        """Each as {number below zwObjects or "trap": value}."""
        notes = []
        for block in self.log.read_text(errors="replace").split("NOTE ")[1:]:
            note = {}
            for oid, value in re.findall(
                    r"\.1\.3\.6\.1\.4\.1\.32473\.7481\.1\.(\d+)\.0 (\"(?:[^\"\\]|\\.)*\"|[^\t\n]*)",
                    block):
                note[int(oid)] = value.strip().strip('"')
            m = re.search(r"\.1\.3\.6\.1\.6\.3\.1\.1\.4\.1\.0 (\S+)", block)
            note["trap"] = m.group(1) if m else None
            notes.append(note)
        return notes

    def stop(self):
        self.process.kill()
        self.process.wait(10)


def credential(rig, **keys):
    rows = {"name": '"noc"', **keys}
    return "trap_credentials = ( { " + " ".join(f"{k} = {v};" for k, v in rows.items()) + " } );"


@pytest.mark.parametrize("inform", ["false", "true"])
def test_v2c(rig, inform):
    port = free_port()
    to = f"127.0.0.1:{port}"
    trapd = rig.keep(Trapd(rig.dir, port, "authCommunity log s3cret\n"))
    community = rig.secret("community", "s3cret")
    d = rig.driver([recipient("trap", to, 'credential = "noc";')],
                   more=credential(rig, version='"v2c"', inform=inform,
                                   community_file=f'"{community}"'))
    d.send(7, "open", "trap", to)
    d.wait(sent=1)
    (n,) = wait_for("note", 5, trapd.notes)
    assert n["trap"] == ".1.3.6.1.4.1.32473.7481.0.1"
    assert n[1] == "7" and n[2] == "1" and n[3].startswith("<incident-7.open") and n[4] == "Data centre"
    assert n[5] == "b" and n[6] == "3" and n[7] == "srv1" and n[8] == "inlet-high" and n[14] == "9"
    d.send(7, "close", "trap", to)
    d.wait(sent=2)
    assert wait_for("two", 5, lambda: trapd.notes()[1:])[0]["trap"].endswith(".0.5")
    assert d.stats()["gap_ms"] < 100
    d.end()
    said = d.rows("SELECT reply FROM outbox WHERE kind='open'")[0][0]
    assert said == ("the inform was answered" if inform == "true" else
                    "sent; a trap is not answered")


def engine(rig):
    """Our engine ID and boots, as store.dir has them."""
    return (rig.dir / "state" / "trap-engine").read_text().split()


V3 = {"version": '"v3"', "user": '"zonewatch"'}


@pytest.mark.parametrize("auth,priv", [("SHA-256", "AES"), ("SHA-512", "AES-256")])
@pytest.mark.parametrize("inform", ["false", "true"])
def test_v3(rig, inform, auth, priv):
    port = free_port()
    to = f"127.0.0.1:{port}"
    keys = {**V3, "inform": inform, "auth": f'"{auth}"', "priv": f'"{priv}"',
            "auth_file": f'"{rig.secret("auth", "authpass123")}"',
            "priv_file": f'"{rig.secret("priv", "privpass123")}"'}
    options = {"more": credential(rig, **keys)}
    row = [recipient("trap", to, 'credential = "noc";')]
    d = rig.driver(row, **options)
    d.stats()
    d.end()
    ours, boots = engine(rig)
    who = "" if inform == "true" else f"-e 0x{ours} "
    trapd = rig.keep(Trapd(rig.dir, port, f"createUser {who}zonewatch {auth} authpass123 {priv} "
                                          "privpass123\nauthUser log zonewatch priv\n"))
    for i in (1, 2):
        d = rig.driver(row, **options)
        d.send(i, "open", "trap", to)
        d.wait(15, sent=1)
        assert engine(rig) == [ours, str(int(boots) + i)]
        wait_for("note", 5, lambda: len(trapd.notes()) == i)
        d.end()
    assert [n[1] for n in trapd.notes()] == ["1", "2"]


def test_v3_with_the_wrong_key_and_then_the_right_one(rig):
    port = free_port()
    to = f"127.0.0.1:{port}"
    trapd = rig.keep(Trapd(rig.dir, port, "createUser zonewatch SHA-256 authpass123 AES privpass123\n"
                                          "authUser log zonewatch priv\n"))
    auth = rig.secret("auth", "wrongpass123")
    keys = {**V3, "auth_file": f'"{auth}"', "priv_file": f'"{rig.secret("priv", "privpass123")}"'}
    d = rig.driver([recipient("trap", to, 'credential = "noc";')], more=credential(rig, **keys))
    d.send(1, "open", "trap", to)
    s = d.wait(30, retries=1)
    assert "wrong authentication password" in s["last_error"] and not trapd.notes()
    assert "wrongpass" not in d.text()
    rig.secret("auth", "authpass123")  # it is read anew each time
    d.send(2, "open", "trap", to)
    d.wait(15, sent=1)
    assert trapd.notes()[0][1] == "2"
    d.end()


def test_trap_receiver_that_is_dead_delays_no_other(rig):
    port, dead = free_port(), free_port()
    to, nobody = f"127.0.0.1:{port}", f"127.0.0.1:{dead}"
    trapd = rig.keep(Trapd(rig.dir, port, "authCommunity log s3cret\n"))
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mute.bind(("127.0.0.1", dead))
    more = credential(rig, version='"v2c"', community_file=f'"{rig.secret("community", "s3cret")}"')
    d = rig.driver([recipient("trap", a, 'credential = "noc";') for a in (nobody, to)], more=more)
    for i in range(1, 4):
        d.send(i, "open", "trap", nobody)
    time.sleep(0.2)
    began = time.monotonic()
    d.send(9, "open", "trap", to)
    d.wait(5, sent=1)
    assert time.monotonic() - began < 2 and trapd.notes()[0][1] == "9"
    s = d.wait(20, retries=1)
    assert "does not answer" in s["last_error"] and s["gap_ms"] < 100
    mute.close()
    d.end()


def test_trap_child_that_is_killed_is_begun_anew(rig):
    port, dead = free_port(), free_port()
    nobody = f"127.0.0.1:{dead}"
    mute = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mute.bind(("127.0.0.1", dead))
    more = credential(rig, version='"v2c"', community_file=f'"{rig.secret("community", "s3cret")}"')
    d = rig.driver([recipient("trap", nobody, 'credential = "noc";')], more=more)
    d.send(1, "open", "trap", nobody)
    child = int(wait_for("child", 5, lambda: subprocess.run(
        ["pgrep", "-P", str(d.process.pid)], capture_output=True, text=True).stdout.split())[0])
    mute.recv(4096)
    os.kill(child, 9)
    s = d.wait(10, retries=1)
    assert "zonewatch-trap ended: signal 9" in s["last_error"]
    mute.close()
    trapd = rig.keep(Trapd(rig.dir, dead, "authCommunity log s3cret\n"))
    d.send(2, "open", "trap", nobody)
    d.wait(15, sent=1)
    assert [n[1] for n in trapd.notes()][0] == "2"
    d.end()


def test_mib_is_clean():
    """RFC 4181 by smilint; and net-snmp finds the names that the code has as numbers."""
    rc = subprocess.run(["sh", "-c", 'c=$(mktemp); echo "path :$1" >"$c"; smilint -c "$c" -l 6 "$2"; '
                                     'rm -f "$c"', "-", str(MIBS), str(MIB)],
                        capture_output=True, text=True)
    assert rc.stdout + rc.stderr == ""

    def number(name):
        return subprocess.run(
            ["snmptranslate", "-M", f"{MIBS}:{MIB.parent}", "-m", "ZONEWATCH-MIB", "-IR", "-On", name],
            capture_output=True, text=True).stdout.strip()

    code = (ROOT / "collector" / "notify" / "trap_main.c").read_text()
    rows = re.findall(r'{ "(\w+)", (\d+), TRAP_\w+ }', code)
    assert len(rows) == 13
    for name, at in rows:
        name = "zw" + name[0].upper() + name[1:].removesuffix("_ms")
        assert number(name) == f".1.3.6.1.4.1.32473.7481.1.{at}", name
    for at, name in enumerate(("IncidentOpened", "IncidentUpdated", "IncidentReminder",
                               "IncidentEscalated", "IncidentClosed", "Digest", "SignOfLife"), 1):
        assert number("zw" + name) == f".1.3.6.1.4.1.32473.7481.0.{at}"


# --- syslog ---------------------------------------------------------------------------------------

class Log:
    """A socket that stands for /dev/log."""

    def __init__(self, path):
        self.path, self.kept = path, []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)

    def lines(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                self.kept.append(self.socket.recv(65536).decode())
        return self.kept

    def stop(self):
        self.socket.close()
        self.path.unlink(missing_ok=True)


def test_syslog_lines_are_of_rfc_5424(rig):
    path = rig.dir / "log"
    log = rig.keep(Log(path))
    d = rig.driver([recipient("syslog", "local3"), recipient("syslog", "daemon")],
                   notify=f'syslog = "{path}";')
    d.send(7, "open", "syslog", "local3", severity="warning")
    d.send(8, "close", "syslog", "daemon")
    d.wait(sent=2)
    one, two = log.lines()
    m = re.fullmatch(
        r"<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) zonewatch (\d+) open "
        r"\[zonewatch@32473((?: \w+=\"(?:[^\"\\\]]|\\.)*\")+)\] (.*)", one)
    assert m, one
    assert int(m[1]) == 19 * 8 + 4 and int(m[4]) == d.process.pid
    assert 'incident="7"' in m[5] and 'zone="b"' in m[5] and 'severity="warning"' in m[5]
    assert m[6].startswith('[open] Zone B: "too warm", 33,4 °C')
    assert two.startswith(f"<{3 * 8 + 5}>1 ")
    d.end()


def test_syslog_that_is_away_full_or_begun_anew(rig):
    path = rig.dir / "log"
    d = rig.driver([recipient("syslog", "local3")], notify=f'syslog = "{path}";')
    d.send(1, "open", "syslog", "local3")
    assert "No such file" in d.wait(retries=1)["last_error"]
    log = rig.keep(Log(path))
    d.send(2, "open", "syslog", "local3")
    d.wait(sent=2)  # the first is tried again since syslog is back
    log.stop()
    log = rig.keep(Log(path))
    d.send(3, "open", "syslog", "local3")
    d.wait(sent=3)
    assert len(log.lines()) == 1
    for i in range(4, 44):
        d.send(i, "open", "syslog", "local3")
    s = d.wait(retries=1)  # nobody reads: it is full
    assert s["gap_ms"] < 100
    d.end()


# --- all of them ----------------------------------------------------------------------------------

def test_killed_again_and_again_nothing_is_lost_and_little_comes_twice(rig):
    hook, path = rig.hook(), rig.dir / "log"
    hook.delay = 0.05
    log = rig.keep(Log(path))
    url = f"http://127.0.0.1:{hook.port}/"
    rows, notify = [recipient("webhook", url), recipient("syslog", "local3")], f'syslog = "{path}";'
    for run in range(5):
        d = rig.driver(rows, notify=notify)
        for i in range(run * 10 + 1, run * 10 + 11):
            d.send(i, "open", "webhook", url)
            d.send(i + 100, "open", "syslog", "local3")
        d.stats()
        time.sleep(0.05 + run * 0.05)
        log.lines()
        stored = {i for (i,) in d.rows("SELECT incident FROM outbox")}
        d.kill()
    d = rig.driver(rows, notify=notify)
    wait_for("all", 20, lambda: d.stats()["waiting"] == 0 and log.lines())
    d.end()
    got = [b["id"] for b in hook.bodies()]
    assert {b["incident"]["id"] for b in hook.bodies()} >= {i for i in stored if i < 100}
    # What was under way at a crash (four to the same recipients), or accepted and not yet stored.
    assert len(got) - len(set(got)) <= 5 * 8
    assert max(got.count(i) for i in set(got)) <= 3
    lines = {int(re.search(r'incident="(\d+)"', x)[1]) for x in log.lines()}
    assert lines >= {i for i in stored if i > 100}


def test_mail_goes_through_while_all_else_is_dead(rig):
    relay = rig.keep(Relay(free_port()))
    dead = f"http://127.0.0.1:{free_port()}/"
    rows = [recipient("mail", "it@ministry.example"), recipient("webhook", dead),
            recipient("alertmanager", dead), recipient("syslog", "daemon")]
    d = rig.driver(rows, notify=f'syslog = "{rig.dir}/nothing";',
                   more=f'mail = {{ transport = "smtp://127.0.0.1:{relay.port}"; starttls = "never"; '
                        'from = "zw@dc.example"; };')
    for via, to in (("webhook", dead), ("alertmanager", dead), ("syslog", "daemon")):
        d.send(1, "open", via, to)
    d.send(1, "open", "mail", "it@ministry.example")
    d.wait(sent=1, retries=3)
    assert relay.mails()[0]["Subject"] == '[open] Zone B: "too warm", 33,4 °C'
    d.end()
