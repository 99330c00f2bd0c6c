# SPDX-License-Identifier: GPL-3.0-or-later
"""Mails against a real SMTP server that is down, slow, picky or lying: history, notify and libcurl
in tests/bench/maildrv.c, which stands for the collector."""

import asyncio
import email
import email.policy
import json
import os
import socket
import sqlite3
import ssl
import subprocess
import threading
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from conftest import BUILD, free_port, wait_for

DRIVER = BUILD / "bench" / "maildrv"
RECIPIENTS = """
  { address = "it@ministry.example"; },
  { address = "duty@ministry.example"; },
  { address = "chief@ministry.example"; severity = "critical"; },
  { address = "zone-a@ministry.example"; zones = [ "a" ]; }
"""


class Relay:
    """An aiosmtpd server whose answers a test sets; keeps what it took."""

    def __init__(self, port, context=None, implicit=False, **options):
        self.port, self.taken, self.tried, self.rcpt, self.data = port, [], [], {}, []
        self.mail_answer = None
        self.delay = 0
        relay = self

        class Handler:
            async def handle_MAIL(self, server, session, envelope, address, options):
                relay.tried.append(address)
                if relay.mail_answer:
                    return relay.mail_answer
                envelope.mail_from = address
                return "250 OK"

            async def handle_RCPT(self, server, session, envelope, address, options):
                answer = relay.rcpt.get(address, "250 OK")
                if answer.startswith("2"):
                    envelope.rcpt_tos.append(address)
                return answer

            async def handle_DATA(self, server, session, envelope):
                if relay.delay:
                    await asyncio.sleep(relay.delay)
                answer = relay.data.pop(0) if relay.data else "250 queued"
                if answer == "drop":
                    server.transport.abort()
                elif answer.startswith("2"):
                    relay.taken.append((envelope.rcpt_tos, envelope.original_content, time.monotonic()))
                return answer

        if implicit:
            self.controller = Controller(Handler(), "127.0.0.1", port, ssl_context=context, **options)
        else:
            self.controller = Controller(Handler(), "127.0.0.1", port, tls_context=context, **options)
        self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def mails(self):
        return [email.message_from_bytes(c, policy=email.policy.default) for _, c, _ in self.taken]


class Driver:
    """maildrv with its configuration."""

    def __init__(self, directory, mail, recipients=RECIPIENTS, env=None):
        self.dir = directory
        conf = directory / "collector.conf"
        conf.write_text(f"""site = "Data centre <1>"; timezone = "Asia/Baku";
store = {{ dir = "{directory}/state"; }};
web = {{ url = "https://zw.example/"; }};
notify = {{ group_wait = "0s"; }};
zones = ( {{ name = "a"; }}, {{ name = "b"; title = "Zone B"; }} );
nodes = ( {{ name = "srv1"; zone = "b"; title = "Əsas server"; rack = "R2"; unit = 14; }} );
mail = {{ from = "zonewatch@dc.example"; {mail}
  recipients = ( {recipients} ); }};
""")
        self.log = directory / "maildrv.log"
        self.process = subprocess.Popen(
            [str(DRIVER), str(conf), str(directory / "state")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=open(self.log, "ab"), text=True, bufsize=1,
            env={**os.environ, "LC_ALL": "C", **(env or {})})

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stats(self):
        self.say("stats")
        return json.loads(self.process.stdout.readline())

    def text(self):
        return self.log.read_text(errors="replace")

    def end(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        assert code == 0, self.text()
        assert "Sanitizer" not in self.text()

    def kill(self):
        self.process.kill()
        self.process.wait(10)


@pytest.fixture
def rig(tmp_path):
    """Makes drivers and relays, and ends them all."""
    class Rig:
        made = []
        port = free_port()

        def driver(self, mail="", **options):
            mail = mail or f'transport = "smtp://127.0.0.1:{self.port}"; starttls = "never";'
            d = Driver(tmp_path, mail, **options)
            self.made.append(d)
            return d

        def relay(self, *args, **options):
            r = Relay(self.port, *args, **options)
            self.made.append(r)
            return r

    r = Rig()
    r.made = []
    r.dir = tmp_path
    yield r
    for m in reversed(r.made):
        if isinstance(m, Relay):
            m.stop()
        elif m.process.poll() is None:
            m.kill()


def certificates(directory, name="127.0.0.1"):
    """A CA and a server's certificate: an SSL context, and the CA's path."""
    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, cwd=directory, capture_output=True)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test CA", "-days", "2")
    openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "relay.key", "-out", "relay.csr", "-subj", "/CN=relay")
    (directory / "san").write_text(f"subjectAltName=IP:{name}\n")
    openssl("x509", "-req", "-in", "relay.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "2",
            "-CAcreateserial", "-extfile", "san", "-out", "relay.crt")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "relay.crt", directory / "relay.key")
    return context, directory / "ca.crt"


def hasten(rig):
    """Between two runs of the driver: what waits for its next try is due."""
    with sqlite3.connect(rig.dir / "state" / "history.db") as c:
        c.execute("UPDATE outbox SET next_ms=0")
    c.close()


def taken(relay, n, seconds=10):
    return wait_for(f"{n} mails", seconds, lambda: len(relay.taken) >= n and relay.mails())


def test_open_and_close_are_a_thread(rig):
    relay, d = rig.relay(), rig.driver()
    d.say("open 7 b warning")
    (m,) = taken(relay, 1)
    assert relay.taken[0][0] == ["it@ministry.example", "duty@ministry.example"]
    assert m["Subject"] == "[WARNING] Zone B: Inlet air too warm, 33.4 °C (limit 32) — srv1"
    assert m["From"] == "Zonewatch <zonewatch@dc.example>"
    assert m["To"] == "it@ministry.example, duty@ministry.example"
    assert m["X-Zonewatch-Zone"] == "b" and m["X-Zonewatch-Severity"] == "WARNING"
    assert m["X-Zonewatch-Incident"] == "7" and m["Auto-Submitted"] == "auto-generated"
    assert m["Date"].endswith("+0400") and abs(m["Date"].datetime.timestamp() - time.time()) < 30
    text = m.get_body(("plain",)).get_content()
    for word in ("Data centre <1>", "Zone B", "srv1 (Əsas server)", "rack R2, unit 14", "33.4 °C",
                 "32 °C", "+04:00", "cooling unit", "https://zw.example/"):
        assert word in text, text
    html = m.get_body(("html",)).get_content()
    assert "Data centre &lt;1&gt;" in html
    pictures = [p for p in m.walk() if p.get_content_type() == "image/png"]
    assert [p["Content-ID"][1:4] for p in pictures] == ["gra", "map"]
    for png in pictures:
        assert f'src="cid:{png["Content-ID"][1:-1]}"' in html
        assert len(png.get_payload(decode=True)) == 20000
    assert sorted(m.keys()) == sorted(
        ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "X-Zonewatch-Zone",
         "X-Zonewatch-Severity", "X-Zonewatch-Incident", "MIME-Version", "Content-Type"])
    assert all(len(line) <= 78 for line in relay.taken[0][1].split(b"\r\n"))
    d.say("close 7")
    _, c = taken(relay, 2)
    assert c["Subject"].startswith("[RESOLVED] Zone B: Inlet air too warm — srv1, lasted ")
    assert c["References"] == c["In-Reply-To"] == m["Message-ID"] != c["Message-ID"]
    assert d.stats()["sent"] == 2
    d.end()


def test_severity_that_grows_tells_those_who_want_it(rig):
    relay, d = rig.relay(), rig.driver()
    d.say("open 1 b warning")
    taken(relay, 1)
    d.say("fired 1 warning")
    d.say("fired 1 critical")
    d.say("fired 1 critical")
    mails = taken(relay, 3)
    # That it got critical: for those who know of it an update, for the chief the opening.
    both = {tuple(t[0]): m for t, m in zip(relay.taken[1:], mails[1:])}
    chief = both[("chief@ministry.example",)]
    others = both[("it@ministry.example", "duty@ministry.example")]
    assert ".open." in chief["Message-ID"] and chief["References"] is None
    assert ".update-1." in others["Message-ID"] and others["References"] == mails[0]["Message-ID"]
    d.say("open 2 a critical")
    taken(relay, 6)
    time.sleep(0.3)
    assert sorted(len(t[0]) for t in relay.taken[3:]) == [1, 1, 2]
    d.end()


def test_relay_that_is_down_gets_what_still_holds(rig):
    """What was over meanwhile is one mail, also over a restart; what lasts has its own."""
    d = rig.driver()
    for i in range(1, 8):
        d.say(f"open {i} b warning")
    wait_for("tries", 10, lambda: d.stats()["retries"] >= 7)
    for i in range(1, 7):
        d.say(f"close {i}")
    stats = wait_for("one for all", 10, lambda: (s := d.stats())["waiting"] == 2 and s)
    assert stats["oldest_ms"] > 0 and "onnect" in stats["last_error"]
    wait_for("stored", 10, lambda: d.stats()["unstored"] == 0)
    time.sleep(0.5)
    d.kill()
    hasten(rig)
    relay, d = rig.relay(), rig.driver()
    taken(relay, 2, 20)
    by_kind = {m["Message-ID"].split(".")[0].split("-")[0]: m for m in relay.mails()}
    assert by_kind["<incident"]["X-Zonewatch-Incident"] == "7"
    text = by_kind["<digest"].get_body(("plain",)).get_content()
    assert text.count("Inlet air too warm") == 6 and "7" not in by_kind["<digest"]["Subject"]
    wait_for("all gone", 10, lambda: d.stats()["waiting"] == 0)
    d.end()
    d = rig.driver()
    time.sleep(0.5)
    assert len(relay.taken) == 2 and d.stats()["sent"] == 0
    d.end()


def test_one_refused_recipient_does_not_fail_the_others(rig):
    relay, d = rig.relay(), rig.driver()
    relay.rcpt["duty@ministry.example"] = "550 no such user"
    d.say("open 1 b warning")
    taken(relay, 1)
    assert relay.taken[0][0] == ["it@ministry.example"]
    stats = wait_for("end", 5, lambda: (s := d.stats())["sent"] == 1 and s)
    assert stats["refused"] == 1 and stats["waiting"] == 0
    assert "duty@ministry.example is refused for good: 550 no such user" in d.text()
    d.end()


def test_a_recipient_told_later_is_tried_alone(rig):
    relay, d = rig.relay(), rig.driver()
    relay.rcpt["duty@ministry.example"] = "451 greylisted"
    d.say("open 1 b warning")
    taken(relay, 1)
    wait_for("retry", 5, lambda: d.stats()["retries"] == 1)
    d.kill()
    relay.rcpt.clear()
    hasten(rig)
    d = rig.driver()
    taken(relay, 2)
    assert relay.taken[1][0] == ["duty@ministry.example"]
    assert relay.mails()[1]["Message-ID"] == relay.mails()[0]["Message-ID"]
    assert relay.mails()[1]["To"] == "it@ministry.example, duty@ministry.example"
    d.end()


@pytest.mark.parametrize("where", ["mail", "rcpt", "data"])
def test_refusal_for_good_is_said_and_the_end_still_goes(rig, where):
    relay, d = rig.relay(), rig.driver()
    if where == "mail":
        relay.mail_answer = "550 not you"
    elif where == "rcpt":
        relay.rcpt = {a: "554 no" for a in ("it@ministry.example", "duty@ministry.example")}
    else:
        relay.data = ["554 not this"]
    d.say("open 1 b warning")
    stats = wait_for("failure", 10, lambda: (s := d.stats())["failed"] == 1 and s)
    assert stats["last_error"][:3] in ("550", "554") and stats["refused"] == 2
    relay.mail_answer, relay.rcpt = None, {}
    d.say("close 1")
    taken(relay, 1)
    d.end()


def test_drop_after_data_is_tried_again_under_the_same_id(rig):
    relay, d = rig.relay(), rig.driver()
    relay.data = ["drop"]
    d.say("open 1 b warning")
    wait_for("retry", 10, lambda: d.stats()["retries"] == 1)
    taken(relay, 1, 30)
    d.end()


def test_slow_relay_delays_neither_loop_nor_others(rig):
    relay, d = rig.relay(), rig.driver()
    relay.delay = 1.5
    d.say("open 1 b warning")
    wait_for("session", 5, lambda: relay.tried)
    time.sleep(0.3)
    relay.delay = 0
    d.stats()
    began = time.monotonic()
    d.say("open 2 b warning")
    taken(relay, 1, 3)
    assert time.monotonic() - began < 0.8
    assert relay.mails()[0]["X-Zonewatch-Incident"] == "2"
    taken(relay, 2)
    assert d.stats()["gap_ms"] < 100
    d.end()


@pytest.mark.parametrize("manner", ["hang", "fail"])
def test_no_graph_no_matter(rig, manner):
    relay, d = rig.relay(), rig.driver(env={"MAILDRV_GRAPH": manner})
    d.say("open 1 b warning")
    (m,) = taken(relay, 1, 8)
    assert [p.get_content_type() for p in m.walk()] == [
        "multipart/alternative", "text/plain", "text/html"]
    assert "cid:" not in m.get_body(("html",)).get_content()
    assert "goes without its graph" in d.text()
    time.sleep(1.5 if manner == "hang" else 0)
    d.end()


def test_starttls_with_the_right_and_the_wrong_ca(rig):
    (rig.dir / "other").mkdir()
    context, ca = certificates(rig.dir)
    _, wrong = certificates(rig.dir / "other")
    relay = rig.relay(context, require_starttls=True)
    url = f'transport = "smtp://127.0.0.1:{rig.port}";'
    d = rig.driver(f'{url} ca = "{wrong}";')
    d.say("open 1 b warning")
    stats = wait_for("retry", 10, lambda: (s := d.stats())["retries"] == 1 and s)
    assert "certificate" in stats["last_error"] and not relay.taken and not relay.tried
    d.end()
    hasten(rig)
    d = rig.driver(f'{url} ca = "{ca}";')
    taken(relay, 1)
    d.end()


def test_starttls_that_is_not_offered(rig):
    relay, d = rig.relay(), rig.driver(f'transport = "smtp://127.0.0.1:{rig.port}";')
    d.say("open 1 b warning")
    wait_for("retry", 10, lambda: d.stats()["retries"] == 1)
    assert not relay.tried
    d.end()
    hasten(rig)
    d = rig.driver(f'transport = "smtp://127.0.0.1:{rig.port}"; starttls = "offered";')
    taken(relay, 1)
    d.end()


def login(directory):
    (directory / "password").write_text("s3cret\n")
    (directory / "password").chmod(0o600)
    return f'user = "zw@dc"; password_file = "{directory}/password";'


def authenticator(server, session, envelope, mechanism, data):
    right = data.login == b"zw@dc" and data.password == b"s3cret"
    return AuthResult(success=right, handled=False)


def test_login_and_implicit_tls(rig):
    context, ca = certificates(rig.dir)
    relay = rig.relay(context, implicit=True, authenticator=authenticator, auth_required=True,
                      auth_require_tls=False)
    d = rig.driver(f'transport = "smtps://127.0.0.1:{rig.port}"; ca = "{ca}"; {login(rig.dir)}')
    d.say("open 1 b warning")
    taken(relay, 1)
    d.end()
    (rig.dir / "password").write_text("wrong\n")
    d = rig.driver(f'transport = "smtps://127.0.0.1:{rig.port}"; ca = "{ca}"; '
                   f'user = "zw@dc"; password_file = "{rig.dir}/password";')
    d.say("open 2 b warning")
    stats = wait_for("retry", 10, lambda: (s := d.stats())["retries"] == 1 and s)
    assert stats["failed"] == 0 and "wrong" not in d.text()
    d.end()


@pytest.mark.parametrize("starttls", ["offered", "never"])
def test_password_never_goes_in_the_clear(rig, starttls):
    heard = []
    relay = rig.relay(authenticator=lambda *a: heard.append(a) or AuthResult(success=True),
                      auth_require_tls=False)
    d = rig.driver(f'transport = "smtp://127.0.0.1:{rig.port}"; starttls = "{starttls}"; '
                   + login(rig.dir))
    if starttls == "never":
        assert d.process.wait(10) == 1 and "in the clear" in d.text()
        return
    d.say("open 1 b warning")
    wait_for("retry", 10, lambda: d.stats()["retries"] == 1)
    assert not heard and not relay.tried
    d.end()


class Mute(threading.Thread):
    """A relay that stops answering from a command on."""

    def __init__(self, port, mute_at):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.mute_at, self.open = mute_at, []
        self.start()

    def run(self):
        while True:
            c, _ = self.listener.accept()
            self.open.append(c)
            threading.Thread(target=self.serve, args=(c,), daemon=True).start()

    def serve(self, c):
        f = c.makefile("rwb", 0)
        if self.mute_at == "greeting":
            return
        f.write(b"220 mute\r\n")
        data = False
        while line := f.readline():
            word = line.strip().upper()[:4].decode()
            if data:
                if line == b".\r\n":
                    data = False
                    word = "DOT"
                else:
                    continue
            if word == self.mute_at:
                return
            if word == "DATA":
                data = True
                f.write(b"354 go\r\n")
            elif word == "RCPT" and self.mute_at == "QUIT":
                f.write(b"550 nobody\r\n")
            else:
                f.write(b"250 ok\r\n")


@pytest.mark.alone
@pytest.mark.parametrize("where", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "DOT", "QUIT"])
def test_relay_that_falls_silent(rig, where):
    """Each silence ends with the timeout and never stops the loop; not even one after QUIT, where
    libcurl waits for the answer."""
    mute = Mute(rig.port, where)
    d = rig.driver(f'transport = "smtp://127.0.0.1:{rig.port}"; starttls = "never"; timeout = "1s";')
    d.say("open 1 b warning")
    done = "failed" if where == "QUIT" else "retries"
    stats = wait_for("outcome", 10, lambda: (s := d.stats())[done] == 1 and s)
    assert stats["gap_ms"] < 100, stats
    began = time.monotonic()
    d.end()
    assert time.monotonic() - began < 2
    assert mute.open


def test_silence_after_quit_at_the_end(rig):
    """A kept connection is closed at the program's end, with a QUIT that nobody answers."""
    mute = Mute(rig.port, "quit-never-answered")

    def serve(c):
        f = c.makefile("rwb", 0)
        f.write(b"220 mute\r\n")
        data = False
        while line := f.readline():
            if data:
                if line == b".\r\n":
                    data = False
                    f.write(b"250 ok\r\n")
                continue
            if line.startswith(b"QUIT"):
                time.sleep(30)
            data = line.startswith(b"DATA")
            f.write(b"354 go\r\n" if data else b"250 ok\r\n")
    mute.serve = serve
    d = rig.driver()
    d.say("open 1 b warning")
    wait_for("mail", 10, lambda: d.stats()["sent"] == 1)
    began = time.monotonic()
    d.end()
    assert time.monotonic() - began < 2


def test_kept_connection_that_died_is_replaced_at_once(rig):
    relay, d = rig.relay(), rig.driver()
    d.say("open 1 b warning")
    taken(relay, 1)
    relay.stop()
    time.sleep(0.2)
    again = rig.relay()
    d.say("open 2 b warning")
    taken(again, 1, 5)
    d.end()


def test_given_up(rig):
    d = rig.driver(f'transport = "smtp://127.0.0.1:{rig.port}"; starttls = "never"; give_up = "1min";')
    d.say("open 1 b warning")
    wait_for("retry", 5, lambda: d.stats()["retries"] == 1)
    d.kill()
    with sqlite3.connect(rig.dir / "state" / "history.db") as c:
        c.execute("UPDATE outbox SET created_ms=created_ms-60000, next_ms=0")
    c.close()
    d = rig.driver(f'transport = "smtp://127.0.0.1:{rig.port}"; starttls = "never"; give_up = "1min";')
    wait_for("end", 5, lambda: d.stats()["failed"] == 1)
    assert "failed for good" in d.text()
    d.end()


def test_maildir_carries_the_same(rig):
    d = rig.driver(f'transport = "maildir:{rig.dir}/mail";')
    d.say("open 1 b critical")
    d.say("close 1")
    box = rig.dir / "mail" / "new"
    files = wait_for("files", 5, lambda: box.exists() and len(f := sorted(box.iterdir())) == 4 and f)
    first, *_, last = [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]
    assert first["Subject"].startswith("[CRITICAL]") and last["Subject"].startswith("[RESOLVED]")
    assert not list((rig.dir / "mail" / "tmp").iterdir())
    assert all(b"\n" not in f.read_bytes().replace(b"\r\n", b"") for f in files)
    d.end()


def test_maildir_that_cannot_be_written(rig):
    (rig.dir / "mail").write_text("a file")
    d = rig.driver(f'transport = "maildir:{rig.dir}/mail";')
    d.say("open 1 b warning")
    wait_for("retry", 5, lambda: d.stats()["retries"] == 1)
    (rig.dir / "mail").unlink()
    wait_for("mail", 30, lambda: d.stats()["sent"] == 1)
    d.end()


def test_killed_at_any_moment_loses_none(rig):
    relay = rig.relay()
    relay.delay = 0.02
    d = rig.driver()
    for i in range(1, 21):
        d.say(f"open {i} b warning")
        time.sleep(0.013 * (i % 7))
        if i % 4 == 0:
            wait_for("stored", 5, lambda: d.stats()["unstored"] == 0)
            d.kill()
            d = rig.driver()
    wait_for("all", 30, lambda: {m["X-Zonewatch-Incident"] for m in relay.mails()}
             == {str(i) for i in range(1, 21)})
    assert len({m["Message-ID"] for m in relay.mails()}) == 20
    d.end()
