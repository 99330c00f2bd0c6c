# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that are set: the collector's, agents', both, by an hour and a day, again and again, and
across the second at which 32 bits end. The wall clocks of running daemons are set by a library that
is loaded before them (tests/e2e/wallclock.c); what measures lengths of time goes on.

What must be true each time: while it lasts every node is seen (no alert that one is silent), and that
a clock is wrong is an alert and a mail; afterwards every series goes on in its RRD, and the alerts
end by themselves."""

import subprocess
import threading
import time

import wire
from campaign import campaign, dice
from conftest import BUILD, Rig, wait_for

HOUR, DAY = 3600, 86400
RULES = """
 { name = "silent"; kind = "no-data"; title = "No data"; severity = "critical"; },
 { name = "clock-off"; kind = "threshold"; title = "Clock is wrong"; source = "agent";
   field = "clock_offset"; above = 2.0; below = -2.0; deadband = 0.5; for = "2s"; clear_for = "2s";
   topic = "monitor"; severity = "warning"; },
 { name = "cool"; kind = "threshold"; title = "Never"; source = "load"; field = "load1";
   above = 100000.0; severity = "critical"; }
"""
PING_S = 10  # how often an agent and the collector compare their clocks


class Wall:
    """The wall clock of some daemons."""

    def __init__(self, rig, name):
        self.file = rig.dir / f"{name}.clock"
        first = ""
        if "sanitize" in str(BUILD) or (BUILD / "CMakeCache.txt").exists() and \
                "ZW_SANITIZE:BOOL=ON" in (BUILD / "CMakeCache.txt").read_text():
            first = subprocess.run(["gcc", "-print-file-name=libasan.so"], text=True, check=True,
                                   capture_output=True).stdout.strip() + " "
        self.env = {"LD_PRELOAD": f"{first}{BUILD}/libwallclock.so", "WALLCLOCK": str(self.file)}
        self.set(0)

    def set(self, ahead):
        """So many seconds ahead of the real one, from now on."""
        self.ahead = ahead
        # In place, for the daemons keep it open; all at once, at the same length.
        with open(self.file, "r+b" if self.file.exists() else "wb", buffering=0) as f:
            f.write(f"{round(ahead):<20}".encode())


class Room:
    """A collector and real agents, each with a wall clock of its own."""

    def __init__(self, rig, names, ahead=0):
        self.rig, self.names = rig, names
        rig.node(*names)
        rig.rules = RULES
        rig.mail = f'transport = "maildir:{rig.dir}/mail"; from = "zw@test.example";'
        rig.more_conf = ('recipients = ( { address = "duty@test.example"; } );\n'
                         'notify = { group_wait = "0s"; };')
        rig.store = 'flush = "1s"; checkpoint = "1s";'
        self.wall = Wall(rig, "collector")
        self.wall.set(ahead)
        self.walls = {n: Wall(rig, n) for n in names}
        self.start()
        for n in names:
            self.walls[n].set(ahead)
            rig.agent(n, sources='off = [ "disk", "network", "filesystem", "vmstat", "swap" ];',
                      env=self.walls[n].env)
        wait_for("all connected", 30, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]
                                                  if n["name"] in names))
        wait_for("values of all", 20, lambda: len(self.rrds()) >= 5 * len(names))

    def start(self):
        rig = self.rig
        rig.write_conf()
        rig.c = rig.start("collector", BUILD / "zonewatch-collector", "-f", "-c",
                          rig.dir / "collector.conf", env=self.wall.env)
        rig.wait_collector()

    def restart(self):
        assert self.rig.c.stop() == 0
        self.rig.daemons.remove(self.rig.c)
        self.start()

    def rrds(self):
        all_ = (self.rig.dir / "state" / "rrd").glob("*/*.rrd")
        return sorted(p for p in all_ if p.parent.name != "liar")

    def last(self, path):
        """librrd's time of the last update; asked again while the store has the file locked."""
        for _ in range(50):
            p = subprocess.run(["rrdtool", "last", str(path)], text=True, capture_output=True)
            if p.returncode == 0:
                return int(p.stdout)
            time.sleep(0.02)
        raise AssertionError(p.stderr)

    def firing(self, rule):
        return {a["node"] for a in self.rig.api("alerts")["alerts"]
                if a["rule"] == rule and a["state"] == "firing"}

    def go_on(self, seconds):
        """All RRDs take samples of now again: how long that took, at most so many seconds."""
        began, left = time.monotonic(), set(self.rrds())
        since = time.time()
        while left:
            self.rig.flush()
            # librrd's own time of the last update, and not one of the future
            left = {p for p in left if not since < self.last(p) < time.time() + 60}
            if time.monotonic() - began > seconds:
                told = {f"{p.parent.name}/{p.stem}": self.last(p) - round(time.time())
                        for p in sorted(left)}
                raise AssertionError(f"series that do not go on, s from now: {told}")
            time.sleep(0.3)
        return time.monotonic() - began

    def silent_ever(self):
        return [a["node"] for a in self.rig.api("alerts")["alerts"] if a["rule"] == "silent" and a["node"] in self.names]

    def mailed(self):
        return [m["Subject"] for m in self.rig.mails()]


def seen_meanwhile(room, seconds, wrong):
    """So many seconds of wrong clocks: nobody is taken for silent, and that the clocks of these are
    wrong is told. How long that took."""
    began, told = time.monotonic(), None
    while time.monotonic() - began < seconds or told is None:
        assert not room.silent_ever(), f"taken for silent: {room.silent_ever()}"
        if told is None and room.firing("clock-off") >= wrong:
            told = time.monotonic() - began
        assert told is not None or time.monotonic() - began < max(seconds, 4 * PING_S), \
            f"only {room.firing('clock-off')} are known to be wrong, not {wrong}"
        time.sleep(0.3)
    return told


def well_again(room, seconds=60):
    """All series go on, no clock is wrong, nobody was silent: how long the series took."""
    took = room.go_on(seconds)
    wait_for("end of the alerts", 40, lambda: not room.firing("clock-off"))
    assert not room.silent_ever(), f"taken for silent: {room.silent_ever()}"
    return took


class Backwards(threading.Thread):
    """A clock that goes a second back each second, and so stands still."""

    def __init__(self, wall):
        super().__init__(daemon=True)
        self.wall, self.ends = wall, threading.Event()
        self.start()

    def run(self):
        while not self.ends.wait(1):
            self.wall.set(self.wall.ahead - 1)

    def end(self):
        self.ends.set()
        self.join()
        self.wall.set(0)


def liars(rig, node):
    """Samples of 1970 and 2100 among good ones of an agent whose clock is right: they are refused,
    the others stored."""
    a = wire.Agent(rig, node)
    a.send(wire.define(1, "probe"))
    t0, seq = int(time.time()) - 10, 0
    for i, t in enumerate([t0, 4102444800, t0 + 1, 5, t0 + 2, 2**40, t0 + 3]):
        seq += 1
        a.send(wire.batch(seq, t, 1, [float(i)]))
    answers = []
    while not answers or answers[-1] != (wire.ACK, wire.varint(seq)):
        answers.append(wait_for("answer", 10, a.receive))
    time.sleep(1)
    a.close()
    rig.flush()
    rows = rig.fetch(node, "probe", t0 - 1, t0 + 5)
    assert rows == {t0 + i: {"v": 2.0 * i} for i in range(4)}, rows
    assert len([k for k, _ in answers if k == wire.ERROR]) == 3


@campaign("clock-agents", short=14, long=60, seconds=(110, 900))
def clock_agents(rig, seconds):
    """Agents' clocks go wrong while they run: an hour and a day ahead and behind, 10 minutes, a
    second back each second; one sends samples of 1970 and 2100."""
    wrong = {"ahead1h": HOUR, "behind1h": -HOUR, "ahead1d": DAY, "behind1d": -DAY, "off10m": 600}
    rig.node("liar")
    room = Room(rig, [*wrong, "stands", "right"])
    for n, s in wrong.items():
        room.walls[n].set(s)
    back = Backwards(room.walls["stands"])
    liars(rig, "liar")
    told = seen_meanwhile(room, seconds, set(wrong))
    assert "right" not in room.firing("clock-off")
    mails = room.mailed()
    assert mails and len(mails) <= 12, f"{len(mails)} mails: {mails}"
    back.end()
    for n in wrong:
        room.walls[n].set(0)
    took = well_again(room)
    return (f"6 wrong clocks for {seconds} s, told after {told:.0f} s in {len(mails)} mails, nobody "
            f"silent; all {len(room.rrds())} series go on {took:.0f} s after")


def collector_step(rig, k, names, ahead, seconds, both):
    """The collector's clock (both: and all agents') goes so far wrong and comes back: (s until told,
    s until all series went on). Each in a room of its own: an alert that came and went some times
    within minutes is held until it is steady, as it should be."""
    path = rig.dir / f"step{k}"
    path.mkdir()
    part = Rig(path)
    part.daemons = rig.daemons  # whoever ends all, ends these
    room = Room(part, names)
    number = with_silence(room)
    room.wall.set(ahead)
    for n in names if both else []:
        room.walls[n].set(ahead)
    told = seen_meanwhile(room, seconds, set() if both else set(names))
    room.wall.set(0)
    for n in names:
        room.walls[n].set(0)
    took = well_again(room)
    silence_stands(room, number)
    part.end()
    return told, took


def said(steps, seconds, out):
    return "; ".join(f"{s:+d} s for {seconds} s: told after {told:.0f} s, all series go on "
                     f"{took:.0f} s after" for s, (told, took) in zip(steps, out))


def with_silence(room):
    """A silence of an hour that begins now; its number."""
    room.rig.ctl("silence", "add", "--node", room.names[0], "--for", "1h", "--reason", "test")
    return room.rig.api("silences")["silences"][0]["id"]


def silence_stands(room, number):
    """It neither ended early nor will it last for ever."""
    s = next(x for x in room.rig.api("silences")["silences"] if x["id"] == number)
    left = s["ends_ms"] / 1000 - time.time()
    assert HOUR - 600 < left <= HOUR, f"the silence of an hour has {left:.0f} s left: {s}"


@campaign("clock-collector", short=1, long=4, seconds=(110, 1200))
def clock_collector(rig, count, seed):
    """The collector's clock goes wrong by an hour or a day and comes back: nothing is refused for
    it, every agent says that the clocks differ."""
    steps = dice(seed, "clock-collector").sample([-HOUR, HOUR, -DAY, DAY], count)
    names, seconds = ["n1", "n2", "n3"], 12
    out = [collector_step(rig, k, names, s, seconds, False) for k, s in enumerate(steps)]
    return f"{said(steps, seconds, out)}; nobody silent"


@campaign("clock-both", short=1, long=4, seconds=(110, 1200))
def clock_both(rig, count, seed):
    """All clocks go wrong together and come back: what was stored under times to come does not keep
    out what comes after."""
    steps = dice(seed, "clock-both").sample([-HOUR, HOUR, -DAY, DAY], count)
    names, seconds = ["n1", "n2"], 8
    out = [collector_step(rig, k, names, s, seconds, True) for k, s in enumerate(steps)]
    return f"{said(steps, seconds, out)}; nobody silent"


@campaign("year-2038", short=10, long=60, seconds=(90, 300))
def year_2038(rig, seconds):
    """Across 2038-01-19T03:14:07Z: samples, RRDs, alerts, a restart after it."""
    end = 2**31
    lead = 14
    room = Room(rig, ["n1", "n2"], ahead=end - lead - time.time())
    now = lambda: time.time() + room.wall.ahead  # noqa: E731
    wait_for("2038", lead + 5, lambda: now() > end + 1)
    time.sleep(seconds / 2)
    room.restart()
    time.sleep(seconds / 2)
    rig.flush()
    for n in room.names:
        rows = rig.fetch(n, "memory", end - 4, end + int(seconds) // 2 - 2)
        want = set(range(end - 3, end + int(seconds) // 2 - 2))
        assert want <= set(rows), f"{n}: {sorted(want - set(rows))} are missing"
    assert not room.silent_ever() and not room.firing("clock-off")
    late = [p for p in room.rrds() if p.parent.name != "site" and room.last(p) < now() - 8]
    assert not late, late
    return f"{seconds} s after it all {len(room.rrds())} RRDs hold every second, before and after"
