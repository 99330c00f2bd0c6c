# SPDX-License-Identifier: GPL-3.0-or-later
"""What is decided goes on where it was, whatever happens to the collector: two of them get the same
frames, one is left alone, the other is killed or reloaded while alerts are in each of their phases;
in the end both must have told the same."""

import asyncio
import collections
import email
import email.policy
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse

import pytest
from aiosmtpd.controller import Controller

import wire
from conftest import Rig, free_port, wait_for
from truth import gauges, same, settle

LIVE = wire.LIVE


# --- an agent by hand -------------------------------------------------------------------------


def define(number, source, node, step=1):
    return wire.frame(wire.DEFINE, wire.varint(number) + wire.text(node) + wire.text(source) +
                      wire.text("") + wire.varint(step) + b"\1" + wire.field())


def batch(seq, seconds, values, flags=0):
    """values: {number: value}, each series of one field."""
    out, last = wire.varint(seq) + wire.varint(seconds), 0
    for number in sorted(values):
        out += wire.varint(number - last - 1) + wire.varint(1) + b"\x0f"
        out += wire.struct.pack("<d", values[number])
        last = number
    return wire.frame(wire.BATCH, out, flags)


class Feed(threading.Thread):
    """A gateway that speaks for nodes, each with one series "probe"; value(node, k) is that of the
    k-th second from t0 on. What is not acknowledged is kept and sent again after a break."""

    def __init__(self, rig, gateway, nodes, value, t0, offset=lambda: 0):
        super().__init__(daemon=True)
        self.rig, self.gateway, self.nodes, self.value, self.t0 = rig, gateway, nodes, value, t0
        self.stream, self.kept, self.k, self.conn = os.urandom(16), collections.deque(), 0, None
        self.offset, self.running, self.breaks = offset, True, 0
        self.start()

    def connect(self):
        try:
            c = wire.Agent(self.rig, self.gateway, greet=False, timeout=5)
            c.send(wire.hello(self.stream))
            kind, payload = c.receive()
            assert kind == wire.WELCOME
            self.forget(wire.read_varint(payload)[0])
            for i, n in enumerate(self.nodes):
                c.send(define(i + 1, "probe", n))
            for _, frame in self.kept:
                c.send(frame)
            c.s.settimeout(0.05)
            self.conn = c
        except (OSError, TypeError, AssertionError):
            time.sleep(0.1)

    def forget(self, durable):
        while self.kept and self.kept[0][0] <= durable:
            self.kept.popleft()

    def measure(self):
        now = time.time() + self.offset()
        while self.t0 + self.k <= now:
            frame = batch(self.k + 1, self.t0 + self.k,
                          {i + 1: self.value(n, self.k) for i, n in enumerate(self.nodes)})
            self.k += 1
            self.kept.append((self.k, frame))
            if self.conn:
                self.conn.send(frame)

    def listen(self):
        try:
            got = self.conn.receive()
        except TimeoutError:
            return
        if got is None:
            raise OSError("closed")
        if got[0] == wire.ACK:
            self.forget(wire.read_varint(got[1])[0])

    def run(self):
        while self.running:
            try:
                self.measure()
                if self.conn:
                    self.listen()
                else:
                    self.connect()
            except OSError:
                self.conn, self.breaks = None, self.breaks + 1

    def stop(self):
        self.running = False
        self.join(10)
        if self.conn:
            self.conn.close()


# --- a relay that holds ------------------------------------------------------------------------


class Relay:
    """Keeps what it takes at once, and answers to mails of the zones of `slow` only after a while:
    who is killed meanwhile does not know that it was taken."""

    def __init__(self, slow=(), seconds=4):
        self.port, self.mails, self.slow = free_port(), [], set(slow)
        relay = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                m = email.message_from_bytes(envelope.original_content,
                                             policy=email.policy.default)
                relay.mails.append(m)
                if m["X-Zonewatch-Zone"] in relay.slow:
                    await asyncio.sleep(seconds)
                return "250 queued"

        self.handler, self.controller = Handler, None
        self.up()

    def up(self):
        self.controller = Controller(self.handler(), "127.0.0.1", self.port)
        self.controller.start()

    def down(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def of(self, zone):
        return [m for m in self.mails if m["X-Zonewatch-Zone"] == zone]


def key_of(m):
    """The Message-ID without what differs between two installations, and whom it is for."""
    return re.sub(r"\.[0-9a-f]{8}@.*", "", m["Message-ID"]), m["To"]


def mail_conf(relay, recipients, more=""):
    return f"""transport = "smtp://127.0.0.1:{relay.port}"; starttls = "never"; graph = false;
        from = "zonewatch@dc.example"; {more}
        recipients = ( {recipients} );"""


def rule(name, node, severity="warning", more=""):
    return f"""{{ name = "{name}"; kind = "threshold"; title = "{name}"; source = "probe"; field = "v";
        nodes = [ "{node}" ]; above = 10.0; clear = 9.0; severity = "{severity}"; {more} }}"""


def sql(rig, text, *values):
    with sqlite3.connect(rig.dir / "state" / "history.db", timeout=30) as c:
        c.row_factory = sqlite3.Row
        rows = [dict(r) for r in c.execute(text, values)]
    c.close()
    return rows


def post(rig, path, **form):
    status, _, body = rig.request(f"/api/v1/{path}?{urllib.parse.urlencode(form)}", "POST")
    return status, body


def incident_of(rig, zone):
    return wait_for(f"incident of {zone}", 15, lambda: next(
        (i for i in rig.api("incidents")["incidents"] if i["zone"] == zone), None))


@pytest.fixture
def make(tmp_path):
    """Makes rigs that know the same nodes, and ends them all."""
    made = []

    def one(name, nodes, zones, gateway="gw"):
        path = tmp_path / name
        path.mkdir()
        r = Rig(path)
        r.zones = sorted(set(zones.values()) | {"A"})
        r.nodes = {gateway: "A", **{n: zones[n] for n in nodes}}
        if made:
            shutil.rmtree(path / "pki")
            shutil.copytree(made[0].dir / "pki", path / "pki")
        else:
            r.pki("node", gateway, *nodes)
        made.append(r)
        return r

    try:
        yield one
        for r in made:
            r.end()
    finally:
        for r in made:
            for d in r.daemons:
                if d.alive():
                    os.kill(d.pid, signal.SIGKILL)
                    d.process.wait(10)
        for p in filter(str.isdigit, os.listdir("/proc")):  # what hangs in libfaketime
            try:
                if str(tmp_path).encode() in pathlib.Path(f"/proc/{p}/cmdline").read_bytes():
                    os.kill(int(p), signal.SIGKILL)
            except OSError:
                pass


# --- all phases at once ------------------------------------------------------------------------

# From which second to which each node's value is above its limit.
HIGH = {
    "pend": [(6, 45)],           # a clock of 24 s runs
    "fire": [(2, 40)],
    "clear": [(2, 8)],           # is over when that has held for 20 s
    "wait": [(10, 40)],          # group_wait
    "ack": [(2, 40)],            # acknowledged at 8
    "sil": [(4, 41)],            # silenced until 31
    "esc": [(3, 40)],            # nobody acknowledges it
    "chat": [(2, 4), (6, 20), (24, 99)],  # chatters from 6 on
    "turn": [(9, 11), (25, 99)],  # chatters from 25 on, with what was before
    "dig1": [(2, 99)],           # spends the budget
    "dig2": [(3, 99)],           # is held for the digest
    "slow": [(13, 40)],          # its mail is under way at 13.6
    "calm": [],
}
ZONES = {n: "dig" if n.startswith("dig") else n for n in HIGH}
RULES = ",\n".join([
    rule("pend", "pend", more='for = "24s";'), rule("fire", "fire"),
    rule("clear", "clear", more='clear_for = "20s";'), rule("wait", "wait"),
    rule("ack", "ack", "critical"), rule("sil", "sil", "critical"), rule("esc", "esc", "critical"),
    rule("chat", "chat"), rule("turn", "turn"), rule("dig", "dig*"),
    rule("slow", "slow", "critical"), rule("calm", "calm"),
])
RECIPIENTS = """{ address = "all@dc.example"; budget = 1000; },
    { address = "boss@dc.example"; severity = "critical"; after = "22s"; zones = [ "esc" ]; },
    { address = "few@dc.example"; budget = 1; zones = [ "dig" ]; }"""


def high(node, k):
    return 20.0 if any(a <= k < b for a, b in HIGH[node]) else 5.0


def course(rig):
    """What became of each alert and incident, in its order: {(subject, alert, incident): [(kind,
    ms)]}. Numbers count within a zone: which of two agents comes back first is nobody's doing."""
    out = collections.defaultdict(list)
    numbers = collections.defaultdict(dict)

    def number(zone, what, n):
        of = numbers[zone, what]
        return None if n is None else of.setdefault(n, len(of) + 1)
    for t in sql(rig, "SELECT * FROM transitions ORDER BY id"):
        if t["kind"] not in ("no-data", "data"):  # while the agents come back
            zone = t["zone"]
            out[t["subject"], number(zone, "alert", t["alert"]),
                number(zone, "incident", t["incident"])].append((t["kind"], t["time_ms"]))
    return out


def compare_courses(left, killed, gaps):
    a, b = course(left), course(killed)
    assert {k: [x for x, _ in v] for k, v in a.items()} == \
        {k: [x for x, _ in v] for k, v in b.items()}
    late = []
    for key in a:
        for (kind, t), (_, u) in zip(a[key], b[key]):
            end = next((g1 for g0, g1 in gaps if g0 - 1100 <= t <= g1), t)
            assert t - 1600 <= u <= max(t, end) + 2500, f"{key} {kind}: {u - t} ms later"
            late.append(u - t)
    return late


def compare_rows(left, killed):
    for text in (
            "SELECT id,incident,rule,severity,node,state,since_ms,clear_ms,value,bound,reason,flags,"
            "changes,ack_author,ack_comment FROM alerts ORDER BY id",
            "SELECT id,zone,severity,firing,total,muted,topic,root,node,cause,ack_author,ack_comment,"
            "closed_ms>0 FROM incidents ORDER BY id",
            "SELECT incident,recipient,opened_ms>0,severity,updates,reminders,digested,closed "
            "FROM told ORDER BY incident,recipient",
            "SELECT id,kind,zone,author,reason,ended_by FROM silences ORDER BY id"):
        a, b = sql(left, text), sql(killed, text)
        assert a and a == b, f"{text}\nleft alone: {a}\nthe other:  {b}"


def compare_mails(left, killed, crashes):
    """None is lost and none is new; a crash repeats what was under way, under its Message-ID."""
    a = collections.Counter(key_of(m) for m in left.relay.mails)
    b = collections.Counter(key_of(m) for m in killed.relay.mails)
    assert set(a.values()) == {1}
    assert set(a) == set(b), f"lost: {set(a) - set(b)}; new: {set(b) - set(a)}"
    assert max(b.values()) <= 1 + crashes
    subject = {key_of(m): m["Subject"] for m in left.relay.mails}
    for m in killed.relay.mails:
        assert m["Subject"].split(", lasted")[0] == subject[key_of(m)].split(", lasted")[0]
    return sum(b.values()) - len(b)


@pytest.mark.parametrize("manner, moments", [
    ("kill", [13.6]), ("kill", [8.4, 13.6, 27.5, 34.5]), ("reload", [8.4, 13.6, 27.5])])
def test_every_phase_goes_on(make, manner, moments):
    left, other = make("left", list(HIGH), ZONES), make("other", list(HIGH), ZONES)
    for r in (left, other):
        r.rules = RULES
        r.relay = Relay(slow=["slow"])
        r.mail = mail_conf(r.relay, RECIPIENTS)
        r.more_conf = 'notify = { group_wait = "8s"; gather = "0s"; update_every = "10s"; };'
        r.collector()
    t0 = int(time.time()) + 2
    feeds = [Feed(r, "gw", list(HIGH), high, t0) for r in (left, other)]
    gaps = []

    def strike():
        began = int(time.time() * 1000)
        if manner == "kill":
            other.c.kill()
            other.collector()
        else:
            # One more rule of a node that is never above: what is loaded anew is the same otherwise.
            other.rules += ",\n" + rule(f"more{len(gaps)}", "calm")
            other.write_conf()
            pid, age = other.c.pid, started(other)
            os.kill(pid, signal.SIGHUP)
            wait_for("new start", 20, lambda: started(other) not in (None, age))
            assert other.c.pid == pid and other.c.alive()
        gaps.append((began, int(time.time() * 1000)))

    def acknowledge():
        for r in (left, other):
            n = incident_of(r, "ack")["id"]
            assert post(r, f"incidents/{n}/acknowledge", author="Aysel", comment="Mən baxıram")[0] == 200

    def silence():
        for r in (left, other):
            assert post(r, "silences", zone="sil", author="Vüqar", reason="test",
                        until=t0 + 31)[0] == 200

    plan = [(1, silence), (8, acknowledge)] + [(m, strike) for m in moments]
    for at, act in sorted(plan, key=lambda p: p[0]):
        time.sleep(max(0, t0 + at - time.time()))
        act()
    time.sleep(max(0, t0 + 50 - time.time()))
    for f in feeds:
        f.stop()
    assert feeds[0].breaks == 0 and feeds[1].breaks >= len(moments)
    for r in (left, other):
        wait_for("mails", 20, lambda: r.api("status")["mail"]["waiting"] == 0)
        r.c.stop()
    late = compare_courses(left, other, gaps)
    compare_rows(left, other)
    # A reload, too, breaks off what the relay has not answered yet.
    again = compare_mails(left, other, len(moments))
    print(f"{manner}: {len(late)} transitions, at most {max(late)} ms later; {again} mails repeated; "
          f"gaps {[b - a for a, b in gaps]} ms")
    for r in (left, other):
        r.relay.down()


def started(rig):
    try:
        return rig.api("status")["started_ms"]
    except (OSError, AssertionError):
        return None


# --- a clock that can be moved -----------------------------------------------------------------

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class Clock:
    """The collector's clocks, all of them, by libfaketime: as the machine's, and so far ahead as the
    test says, which may change at any moment."""

    def __init__(self, rig):
        self.file, self.ahead = rig.dir / "clock", 0
        asan = subprocess.run(["gcc", "-print-file-name=libasan.so"], text=True, check=True,
                              capture_output=True).stdout.strip()
        self.set(0)
        rig.env.update(LD_PRELOAD=f"{asan} {FAKETIME}", FAKETIME_TIMESTAMP_FILE=str(self.file),
                       FAKETIME_NO_CACHE="1")

    def set(self, ahead):
        new = self.file.with_suffix(".new")
        new.write_text(f"+{ahead}\n")
        new.rename(self.file)
        self.ahead = ahead

    def pass_by(self, seconds, step=300, each=lambda: None, until=lambda: False):
        """Lets so much time pass, in steps that the collector can follow."""
        end = self.ahead + seconds
        while self.ahead < end and not until():
            self.set(min(self.ahead + step, end))
            each()
            time.sleep(0.25)

    def now(self):
        return time.time() + self.ahead


class Speaker:
    """A gateway that says of its nodes, each with a series of a step of 60 s, what it is told to,
    with the moment's time."""

    def __init__(self, rig, clock, nodes, gateway="gw"):
        self.rig, self.clock, self.nodes, self.gateway = rig, clock, nodes, gateway
        self.stream, self.seq, self.last = os.urandom(16), 0, 0
        self.high, self.c = set(), None

    def connect(self):
        self.c = wire.Agent(self.rig, self.gateway, greet=False)
        self.c.send(wire.hello(self.stream))
        assert self.c.receive()[0] == wire.WELCOME
        for i, n in enumerate(self.nodes):
            self.c.send(define(i + 1, "probe", n, 60))
        self.c.s.settimeout(0.01)

    def say(self, *high):
        """These are above their limits, the others are not."""
        self.high = set(high)
        while int(self.clock.now()) <= self.last:
            time.sleep(0.1)
        self.again()

    def again(self):
        now = int(self.clock.now())
        if now <= self.last:
            return
        self.seq, self.last = self.seq + 1, now
        frame = batch(self.seq, now, {i + 1: 20.0 if n in self.high else 5.0
                                      for i, n in enumerate(self.nodes)})
        try:
            self.c.send(frame)
            while self.c.receive():
                pass
            raise OSError("closed")
        except TimeoutError:
            pass
        except OSError:  # the jump of the clock looked like silence
            self.connect()
            self.c.send(frame)


def body(m):
    return m.get_body(("plain",)).get_content()


def test_relay_is_away_for_eight_hours(make):
    """What was over meanwhile is told in one message, what lasts as it is now, once; a kill in the
    middle changes nothing."""
    zones = {"one": "Z1", "two": "Z2", "lasts": "Z3"}
    rig = make("rig", list(zones), zones)
    rig.rules = ",\n".join([rule("one", "one", "critical"), rule("two", "two"),
                            rule("lasts", "lasts", "critical")])
    rig.relay = Relay()
    rig.relay.down()
    rig.mail = mail_conf(rig.relay, '{ address = "all@dc.example"; }')
    clock = Clock(rig)
    rig.collector()
    s = Speaker(rig, clock, list(zones))
    s.connect()
    s.say()
    time.sleep(1.2)
    s.say("one")
    wait_for("retry", 20, lambda: rig.api("status")["mail"]["retries"] >= 1)
    clock.pass_by(600, each=s.again)
    s.say()  # critical, 10 min long, and nobody heard of it
    clock.pass_by(3000, each=s.again)
    s.say("lasts")
    clock.pass_by(7200, each=s.again)
    s.say("lasts", "two")
    clock.pass_by(1800, each=s.again)
    s.say("lasts")
    rig.c.kill()
    rig.collector()
    s.connect()
    clock.pass_by(28800 - clock.ahead, each=s.again)
    assert rig.api("status")["mail"]["sent"] == 0 and not rig.relay.mails
    rig.relay.up()
    clock.pass_by(1200, step=60, each=s.again, until=lambda: len(rig.relay.mails) > 1)
    wait_for("mails", 10, lambda: rig.api("status")["mail"]["waiting"] == 0)
    states = {r["state"] for r in sql(rig, "SELECT * FROM outbox")}
    assert len(rig.relay.mails) == 2
    (opening,) = rig.relay.of("Z3")
    (late,) = [m for m in rig.relay.mails if m is not opening]
    assert opening["Subject"].startswith("[CRITICAL]") and "References" not in opening
    assert "Zone Z1" in body(late) and "Zone Z2" in body(late) and "Zone Z3" not in body(late)
    assert states == {"sent", "superseded"}
    s.say()
    wait_for("end", 20, lambda: len(rig.relay.mails) == 3)
    end = rig.relay.mails[2]
    assert end["Subject"].startswith("[RESOLVED]")
    assert opening["Message-ID"] in end["References"]
    s.c.close()
    rig.c.kill()  # libfaketime 0.9.10 hangs in the end of its programs
    rig.relay.down()


# --- between two writes ------------------------------------------------------------------------


def simple(make, *nodes, severity="critical", more="", conf="", **relay):
    """A rig with a relay, and each node in its zone under a rule."""
    rig = make("rig", list(nodes), {n: n for n in nodes})
    rig.rules = ",\n".join(rule(n, n, severity, more) for n in nodes)
    rig.relay = Relay(**relay)
    rig.mail = mail_conf(rig.relay, '{ address = "all@dc.example"; }')
    rig.more_conf = conf
    return rig


class Lock:
    """The history cannot be written while this is held."""

    def __init__(self, rig):
        self.c = sqlite3.connect(rig.dir / "state" / "history.db", timeout=10, isolation_level=None)
        self.c.execute("BEGIN IMMEDIATE")

    def release(self):
        self.c.execute("ROLLBACK")
        self.c.close()


def test_over_before_it_was_stored(make):
    """A critical alert comes and goes while nothing can be stored, and then the collector is killed:
    what the journal says of it is told, once, and with its times."""
    rig = simple(make, "hot")
    state = {"hot": 5.0}
    rig.collector()
    t0 = int(time.time())
    feed = Feed(rig, "gw", ["hot"], lambda n, k: state[n], t0)
    wait_for("values", 10, lambda: rig.api("nodes/hot")["connected"] or feed.k > 3)
    time.sleep(2.2)
    lock = Lock(rig)
    state["hot"] = 20.0
    time.sleep(1.3)
    state["hot"] = 5.0
    wait_for("end", 5, lambda: (i := rig.api("incidents")["incidents"]) and i[0]["closed_ms"])
    feed.stop()
    rig.c.kill()
    lock.release()
    assert not rig.relay.mails and not sql(rig, "SELECT * FROM incidents")
    rig.collector()
    wait_for("mail", 15, lambda: rig.relay.mails)
    time.sleep(3)
    (m,) = rig.relay.mails
    assert m["Subject"].startswith("[RESOLVED]") and "hot" in body(m)
    (i,) = sql(rig, "SELECT * FROM incidents")
    assert i["opened_ms"] < i["closed_ms"] <= time.time() * 1000 - 3000
    for _ in range(2):
        rig.c.kill()
        rig.collector()
    time.sleep(2)
    assert len(rig.relay.mails) == 1
    rig.relay.down()


def test_acknowledgement_is_durable_when_it_is_answered(make):
    rig = simple(make, *"abcdef")
    rig.collector()
    feed = Feed(rig, "gw", list("abcdef"), lambda n, k: 20.0, int(time.time()))
    wait_for("incidents", 15, lambda: len(rig.api("incidents")["incidents"]) == 6)
    number = {i["zone"]: i["id"] for i in rig.api("incidents")["incidents"]}
    for n in "abcdef":
        if n in "ace":
            assert post(rig, f"incidents/{number[n]}/acknowledge", author="Aysel",
                        comment=f"I look at {n}")[0] == 200
        else:
            assert post(rig, "silences", zone=n, author="Aysel", reason=f"works at {n}",
                        **{"for": "1h"})[0] == 200
        rig.c.kill()
        rig.collector()
    now = {i["zone"]: i for i in rig.api("incidents")["incidents"]}
    rows = {i["zone"]: i for i in sql(rig, "SELECT * FROM incidents")}
    for n in "ace":
        assert rows[n]["ack_author"] == "Aysel" and rows[n]["ack_comment"] == f"I look at {n}"
        assert "Aysel" in str(now[n])
    silences = rig.api("silences")["silences"]
    assert {(s["zone"], s["author"], s["active"]) for s in silences} == {
        (n, "Aysel", True) for n in "bdf"}
    feed.stop()
    rig.relay.down()


def test_what_cannot_be_stored_is_not_called_done(make):
    """503 while the file cannot be written, though it holds; then it is written; and an end of the
    program while somebody waits leaks nothing and ends in time."""
    rig = simple(make, "hot", "cold")
    rig.collector()
    feed = Feed(rig, "gw", ["hot", "cold"], lambda n, k: 20.0, int(time.time()))
    n = incident_of(rig, "hot")["id"]
    time.sleep(1.5)
    lock = Lock(rig)
    status, answer = post(rig, f"incidents/{n}/acknowledge", author="Aysel")
    assert status == 503 and b"not-stored" in answer
    assert "Aysel" in str(rig.api("incidents")["incidents"])
    lock.release()
    wait_for("row", 40, lambda: sql(rig, "SELECT ack_author FROM incidents WHERE id=?", n)[0][
        "ack_author"] == "Aysel")
    assert post(rig, f"incidents/{n}/comment", author="Aysel", comment="yes")[0] == 200

    lock = Lock(rig)
    waiting = []
    for path in (f"incidents/{n}/acknowledge?author=B", f"incidents/{n}/comment?author=B&comment=x",
                 f"silences?zone=hot&author=B&reason=x&for=1h"):
        s = socket.create_connection(("127.0.0.1", rig.web_port))
        s.sendall(f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{rig.web_port}\r\nAuthorization: "
                  f"Bearer {rig.token}\r\nContent-Length: 0\r\n\r\n".encode())
        waiting.append(s)
    time.sleep(0.5)
    for what in ("past", "ledger", "audit", "stats", f"incidents/{n}"):
        s = socket.create_connection(("127.0.0.1", rig.web_port))
        s.sendall(f"GET /api/v1/{what} HTTP/1.1\r\nHost: 127.0.0.1:{rig.web_port}\r\nAuthorization: "
                  f"Bearer {rig.token}\r\n\r\n".encode())
        waiting.append(s)
    rig.c.process.terminate()
    time.sleep(1)
    lock.release()
    assert rig.c.stop(20) == 0
    rig.check_sanitizers()
    for s in waiting:
        s.close()
    rows = sql(rig, "SELECT * FROM acts WHERE author='B' AND kind='comment'")
    assert len(rows) == 1  # it was done at the end, though nobody could be told
    feed.stop()
    rig.relay.down()


def test_dead_relay_and_kill(make):
    rig = simple(make, "hot")
    rig.relay.down()
    rig.collector()
    feed = Feed(rig, "gw", ["hot"], lambda n, k: 20.0, int(time.time()))
    wait_for("retry", 15, lambda: rig.api("status")["mail"]["retries"] >= 1)
    first = sql(rig, "SELECT message_id FROM outbox")[0]["message_id"]
    for _ in range(3):
        rig.c.kill()
        rig.collector()
        assert rig.api("status")["mail"]["waiting"] == 1
    rig.relay.up()
    wait_for("mail", 60, lambda: rig.relay.mails)
    time.sleep(3)
    (m,) = rig.relay.mails
    assert m["Message-ID"] == first and m["Subject"].startswith("[CRITICAL]")
    assert rig.api("status")["mail"]["waiting"] == 0
    feed.stop()
    rig.relay.down()


# --- another configuration ---------------------------------------------------------------------


def reload(rig, right=True):
    """SIGHUP, and until it had its effect; the process stays."""
    pid, age, seen = rig.c.pid, started(rig), len(rig.c.text())
    os.kill(pid, signal.SIGHUP)
    if right:
        wait_for("new start", 30, lambda: started(rig) not in (None, age))
    else:
        wait_for("refusal", 20, lambda: "not reloaded" in rig.c.text()[seen:])
        assert started(rig) == age
    assert rig.c.pid == pid and rig.c.alive()
    return rig.c.text()[seen:]


def test_reload_with_another_configuration(make):
    """A changed limit, a rule that is gone, a new recipient, a broken file: what is open goes on or
    ends as the new configuration says, once; the agents lose nothing."""
    nodes = ["limit", "gone", "stays", "wait"]
    rig = simple(make, *nodes, conf='notify = { group_wait = "0s"; };')
    rig.zones.append("S")
    for n in ("s0", "s1"):
        rig.node(n, zone="S")
    text = {n: rule(n, n, "critical", 'for = "25s";' if n == "wait" else "") for n in nodes}
    rig.rules = ",\n".join(text.values())
    rig.collector()
    gateway = rig.nodes.pop("gw")  # the simulator is to speak for the last two only
    simulated = {n: rig.nodes[n] for n in ("s0", "s1")}
    every, rig.nodes = {"gw": gateway, **rig.nodes}, simulated
    sim = rig.sim()
    rig.nodes = every
    t0 = int(time.time())
    feed = Feed(rig, "gw", nodes, lambda n, k: 20.0, t0)
    wait_for("openings", 20, lambda: len(rig.relay.mails) == 3)
    pending = wait_for("clock", 5, lambda: [a for a in rig.api("alerts")["alerts"]
                                            if a["node"] == "wait"])[0]
    assert pending["state"] == "pending"

    rig.rules = ",\n".join(text.values()) + ', { name = "x"; kind = "threshold"; abvoe = 3; }'
    rig.write_conf()
    line = next(i for i, t in enumerate((rig.dir / "collector.conf").read_text().splitlines(), 1)
                if "abvoe" in t)
    said = reload(rig, right=False)
    assert f"collector.conf:{line}: " in said and "abvoe" in said
    time.sleep(2)
    assert len(rig.relay.mails) == 3 and feed.breaks == 0

    text["limit"] = text["limit"].replace("10.0", "30.0").replace("9.0", "29.0")
    del text["gone"]
    rig.rules = ",\n".join(text.values())
    rig.mail = mail_conf(rig.relay, '{ address = "all@dc.example"; }, '
                         '{ address = "new@dc.example"; language = "az"; }')
    rig.write_conf()
    reload(rig)
    wait_for("ends", 20, lambda: len(rig.relay.of("limit")) >= 2 and len(rig.relay.of("gone")) >= 2)
    wait_for("the clock's end", 30, lambda: rig.relay.of("wait"))
    time.sleep(3)
    told = collections.Counter((m["X-Zonewatch-Zone"], m["To"], m["Subject"].split("]")[0])
                               for m in rig.relay.mails)
    print(told)
    everybody, new = "all@dc.example", "new@dc.example"
    assert {k: n for k, n in told.items() if k[1] == everybody} == {
        ("limit", everybody, "[CRITICAL"): 1, ("gone", everybody, "[CRITICAL"): 1,
        ("stays", everybody, "[CRITICAL"): 1, ("wait", everybody, "[CRITICAL"): 1,
        ("limit", everybody, "[RESOLVED"): 1, ("gone", everybody, "[RESOLVED"): 1}
    mine = collections.Counter(k[0] for k in told.elements() if k[1] == new)
    assert mine["stays"] == mine["wait"] == 1 and mine["gone"] == 0
    (fired,) = [a for a in rig.api("alerts")["alerts"] if a["node"] == "wait"]
    assert fired["id"] == pending["id"] and fired["since_ms"] == pending["since_ms"]
    row = sql(rig, "SELECT * FROM alerts WHERE id=?", fired["id"])[0]
    assert abs(row["fired_ms"] - row["since_ms"] - 25000) < 3500
    feed.stop()
    settle(rig, sim)
    acked, rows = rig.oracle()[0], {}
    assert len(acked) > 100
    for n, _, t, series, values in acked:
        if (n, series) not in rows:
            rows[n, series] = rig.fetch(n, series, t0 - 10, int(time.time()))
        assert same(rows[n, series][t], gauges(series, values)), (n, series, t)
    rig.relay.down()


# --- of long ago -------------------------------------------------------------------------------


def test_agent_returns_after_a_day(make):
    """Its backlog comes in its order beside the live values: nobody is told of what is over, the
    history has it, what lasts is seen to have begun earlier, and the RRD has each value."""
    rig = simple(make, "hot", "late")
    rig.store = 'flush = "2s"; checkpoint = "1s";'
    rig.collector()
    a = wire.Agent(rig, "gw")
    now = int(time.time()) // 10 * 10
    start = now - 86400
    times = list(range(start, now, 10))
    wrong = range(now - 50000, now - 49000)  # was over long ago
    lasts = now - 300

    def value(t):
        return 20.0 if t in wrong or t >= lasts else 5.0 + (t % 70) / 70

    for i, n in enumerate(("hot", "late")):
        a.send(define(i + 1, "probe", n, 10))
    a.send(batch(len(times) + 1, now, {1: 20.0, 2: 5.0}, LIVE))
    (opening,) = wait_for("mail", 10, lambda: rig.relay.mails)
    assert opening["X-Zonewatch-Zone"] == "hot"
    before = rig.api("alerts")["alerts"][0]
    assert before["since_ms"] == now * 1000
    acked, end = 0, time.monotonic() + 60
    sent = 0
    while acked < len(times) and time.monotonic() < end:
        while sent < len(times) and sent - acked < 100:
            t = times[sent]
            a.send(batch(sent + 1, t, {1: value(t), 2: 20.0 if t in wrong else 5.0}))
            sent += 1
        got = a.receive()
        if got[0] == wire.ACK:
            acked = wire.read_varint(got[1])[0]
    assert acked >= len(times)
    a.send(batch(len(times) + 1, now, {1: 20.0, 2: 5.0}))  # the live one in its turn
    t = int(time.time()) // 10 * 10
    a.send(batch(len(times) + 2, max(t, now + 1), {1: 20.0, 2: 5.0}))
    time.sleep(2.5)
    rows = sql(rig, "SELECT node,state,flags,since_ms,resolved_ms,incident,severity FROM alerts "
                    "ORDER BY since_ms")
    late = [r for r in rows if r["flags"] & 0x80]
    assert [(r["node"], r["since_ms"], r["resolved_ms"], r["incident"]) for r in late] == [
        (n, wrong_at * 1000, ended * 1000, None) for n, wrong_at, ended in
        [(n, next(t for t in times if t in wrong), next(t for t in times if t >= wrong.stop))
         for n in ("hot", "late")]]
    (live,) = [r for r in rows if not r["flags"] & 0x80]
    assert live["since_ms"] == lasts * 1000 and live["node"] == "hot"
    assert [m["Message-ID"] for m in rig.relay.mails] == [opening["Message-ID"]]
    rig.flush()
    rrd = rig.fetch("hot", "probe", start - 10, now, 10)
    assert sum(t in rrd for t in times) >= len(times) - 1
    for t in times:
        if t in rrd:
            assert abs(rrd[t]["v"] - value(t)) < 1e-9, t
    # A kill right after it: the past stays told to nobody.
    rig.c.kill()
    rig.collector()
    time.sleep(3)
    assert len(rig.relay.mails) == 1
    assert len(sql(rig, "SELECT id FROM alerts")) == len(rows)
    a.close()
    rig.relay.down()


# --- a full disk -------------------------------------------------------------------------------


def test_full_disk(make):
    """The alert that fires while nothing can be written is mailed all the same; when there is room
    again all is stored, and a kill then repeats nothing."""
    rig = simple(make, "one", "two")
    state = rig.dir / "state"
    state.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "none", state],
                                           capture_output=True).returncode != 0:
        pytest.skip("no file system of limited size can be mounted")
    try:
        rig.collector()
        values = {"one": 5.0, "two": 5.0}
        feed = Feed(rig, "gw", ["one", "two"], lambda n, k: values[n], int(time.time()))
        time.sleep(3)
        with open(state / "ballast", "wb") as f:
            try:
                while f.write(b"x" * 65536):
                    f.flush()
            except OSError:
                pass
        free = os.statvfs(state)
        assert free.f_bavail < 32
        values["one"] = 20.0
        wait_for("mail", 20, lambda: rig.relay.of("one"))
        assert rig.c.alive()
        # The history has a reserve of its own.
        assert post(rig, f"incidents/{incident_of(rig, 'one')['id']}/acknowledge", author="A")[0] == 200
        (state / "ballast").unlink()
        wait_for("row", 70, lambda: (r := sql(rig, "SELECT * FROM incidents")) and r[0]["ack_author"])
        wait_for("sent", 20, lambda: [r for r in sql(rig, "SELECT * FROM outbox WHERE state='sent'")])
        rig.c.kill()
        rig.collector()
        values["two"] = 20.0
        wait_for("mail", 20, lambda: rig.relay.of("two"))
        time.sleep(1)
        assert len(rig.relay.of("one")) == 1
        feed.stop()
        assert rig.c.stop() == 0
    finally:
        for d in rig.daemons:
            if d.alive():
                d.kill()
        subprocess.run(["umount", "-l", state])
    rig.relay.down()
