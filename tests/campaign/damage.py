# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage: files of the collector and of the agents are changed behind their backs.

A state is prepared once (a collector killed amid its work, agents with a spool) and copied for each
case. In a case four files are damaged, three RRDs and one of another kind, either before the
daemons start or while they run. Compared is every row of every RRD with what the simulator's oracle
says was measured: in an undamaged series each acknowledged sample is there with its value; in a
damaged one it may be gone, but no row has another value. What is gone, and what was put aside, is
said: an event that names the file and a mail. Checksums of rows are taken when a checkpoint is made:
what is changed in a running store's rows of the last few seconds is not judged."""

import bisect
import concurrent.futures
import contextlib
import math
import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time

import conftest
from conftest import wait_for
from campaign import campaign, dice

NODES = 4
UNSUMMED = 5  # s: how long a row of a running store may be without a checksum here
HEARTBEAT = 2.5  # steps of 1 s; store.heartbeat
COUNTERS = {"read_ops", "write_ops", "read_bytes", "write_bytes", "rx_bytes", "tx_bytes",
            "rx_errors"}
RULES = """
  { name = "damage"; kind = "state"; title = "A file was found damaged"; source = "collector";
    field = "damaged"; nodes = [ "site" ]; at = "warning"; severity = "warning"; },
  { name = "spool-damage"; kind = "threshold"; title = "A spool was found damaged";
    source = "agent"; field = "damaged"; above = 0.5; clear = 0.4; severity = "warning"; }
"""
ABROAD = pathlib.Path("/etc/passwd")


# --- what is done to a file ----------------------------------------------------------------------

def flip(rng, path, others):
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 1, 8))):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    overwrite(path, data)


def flip_start(rng, path, others):
    """A bit of the first kilobytes, where there are headers."""
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(min(len(data), 2048))] ^= 1 << rng.randrange(8)
    overwrite(path, data)


def overwrite(path, data):
    """In place, as a disk would do it: the same inode."""
    with open(path, "r+b") as f:
        f.write(data)


def cut(rng, path, others):
    os.truncate(path, rng.randrange(path.stat().st_size + 1))


def zero(rng, path, others):
    """A sector or a page of zeros, anywhere."""
    size = rng.choice((512, 4096))
    blocks = max(1, path.stat().st_size // size)
    with open(path, "r+b") as f:
        f.seek(rng.randrange(blocks) * size)
        f.write(bytes(min(size, path.stat().st_size - f.tell())))


def zero_start(rng, path, others):
    size = min(rng.choice((512, 4096)), path.stat().st_size)
    with open(path, "r+b") as f:
        f.write(bytes(size))


def grow(rng, path, others):
    with open(path, "ab") as f:
        f.write(rng.randbytes(rng.choice((1, 512, 4096))))


def missing(rng, path, others):
    path.unlink()


def swap(rng, path, others):
    """Changes places with another file of its kind."""
    if others:
        other = rng.choice(others)
        aside = path.with_name(path.name + ".aside")
        path.rename(aside)
        other.rename(path)
        aside.rename(other)
        return [other]


def double(rng, path, others):
    """Is a copy of another file of its kind."""
    if others:
        overwrite_whole(path, rng.choice(others).read_bytes())


def overwrite_whole(path, data):
    path.unlink()
    path.write_bytes(data)


def directory(rng, path, others):
    path.unlink()
    path.mkdir()
    (path / "full").write_text("x")


def fifo(rng, path, others):
    path.unlink()
    os.mkfifo(path)


def link_abroad(rng, path, others):
    path.unlink()
    path.symlink_to(ABROAD)


def link_other(rng, path, others):
    if others:
        path.unlink()
        path.symlink_to(rng.choice(others))


def link_nowhere(rng, path, others):
    path.unlink()
    path.symlink_to(path.parent / "nowhere")


def mode(rng, path, others):
    path.chmod(rng.choice((0, 0o444, 0o666, 0o777)))
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)


ACTS = [flip, flip, flip_start, flip_start, cut, zero, zero, zero_start, grow, missing, swap, double,
        directory, fifo, link_abroad, link_other, link_nowhere, mode]
# A second copy of a file's rows or bytes under another's name is as whole as the first.


# --- a prepared state ----------------------------------------------------------------------------

class Prepared:
    """A state from which cases begin; made anew when its samples are about to leave the RRDs."""

    def __init__(self, rig, seed):
        self.rig, self.seed, self.lock = rig, seed, threading.Lock()
        self.at, self.generation = 0, 0
        rig.node(*[f"n{i}" for i in range(NODES)])

    def fresh(self):
        with self.lock:
            if time.monotonic() - self.at > 400:
                self.make()
            return self.dir

    def make(self):
        self.generation += 1
        self.dir = self.rig.dir / f"prepared{self.generation}"
        self.dir.mkdir()
        rig = Case(self.rig, self.dir)
        c = rig.collector()
        rig.ctl("user", "add", "op", "--role", "operator")  # an accounts.json
        sim = rig.sim()
        wait_for("samples", 60, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
        time.sleep(6)
        c.kill()
        time.sleep(2.2)  # what is measured now lies in the spools only
        sim.kill()
        self.at = time.monotonic()


class Case(conftest.Rig):
    """A rig with the keys and certificates of another."""

    def __init__(self, rig, path):
        self.pki_of = rig
        super().__init__(path)
        self.nodes = dict(rig.nodes)
        self.store = 'flush = "2s"; checkpoint = "1s"; scrub = "1s";'
        self.rules = RULES
        self.mail = f'transport = "maildir:{path}/mail"; from = "z@example.org"; recipients = ( {{ address = "a@example.org"; }} );'

    def pki(self, *words):
        if not (self.dir / "pki").exists():
            (self.dir / "pki").symlink_to(self.pki_of.dir / "pki")

    def write_conf(self):
        """Small archives: a state is copied for each case."""
        super().write_conf()
        conf = self.dir / "collector.conf"
        conf.write_text(conf.read_text().replace('keep = "2h"', 'keep = "15min"')
                        .replace('keep = "2d"', 'keep = "1h"'))

    def end_all(self):
        with contextlib.suppress(Exception):
            for d in self.daemons:
                if d.alive():
                    d.kill()


# --- what is compared ----------------------------------------------------------------------------

def truth_of(rig):
    """{(node, series): {time: [values]}} of all that was measured, and [(node, series, time)] of
    what was acknowledged."""
    acked, sent = rig.oracle()
    truth = {}
    for node, _, t, series, values in sent:
        gauges = {k: v for k, v in values.items() if k not in COUNTERS}
        truth.setdefault((node, series), {}).setdefault(t, []).append(gauges)
    return truth, {(n, s, t) for n, _, t, s, _ in acked}


def like(row, told):
    """Whether a row has the values of one of these samples."""
    return any(all(f in v and math.isclose(x, v[f], rel_tol=1e-9, abs_tol=1e-9)
                   for f, x in row.items()) for v in told)


def filled(row, t, times, samples):
    """Whether librrd has filled a gap that is no longer than the heartbeat, with the value after
    it."""
    i = bisect.bisect_right(times, t)
    return any(like(row, samples[x]) for x in times[i:i + 3] if x - t <= HEARTBEAT)


def compare(rig, damage=None):
    """What is wrong and what is not there: ({(node, series): text}, the same), values compared."""
    truth, acked = truth_of(rig)
    wrong, gone, compared = {}, {}, 0
    for key, samples in truth.items():
        if not any(any(v) for v in samples.values()):
            continue
        times = sorted(samples)
        try:
            rows = rig.fetch(*key, times[0] - 2, times[-1] + 1)
        except subprocess.CalledProcessError as e:
            rows = {}
            gone[key] = e.stderr.strip()
        def unsummed(t):
            return damage is not None and key in damage.rrds and t > damage.fresh

        for t, row in rows.items():
            if unsummed(t):
                continue
            row = {f: v for f, v in row.items() if f not in COUNTERS}
            compared += len(row)
            if like(row, samples.get(t, [])):
                continue
            if not filled(row, t, times, samples):
                wrong.setdefault(key, f"at {t} {row} instead of {samples.get(t)}")
            elif (*key, t) in acked:
                gone.setdefault(key, f"nothing at {t}")
        for before, t in zip([-math.inf, *times], times):
            # What comes after a gap has no row in any RRD: librrd knows no value for a step of
            # which it did not see the begin within the heartbeat.
            if (t - before > HEARTBEAT and t != times[0]) or unsummed(t):
                continue
            if (*key, t) in acked and not any(set(v) <= set(rows.get(t, {})) for v in samples[t]):
                gone.setdefault(key, f"nothing at {t}")
    return wrong, gone, compared


# --- a case --------------------------------------------------------------------------------------

def files_of(case):
    """The files of each kind."""
    state, sim = case.dir / "state", case.dir / "sim"
    return {
        "journal": sorted((state / "journal").glob("*.seg")),
        "catalog": sorted((state / "catalog").glob("*.seg")),
        "checkpoint": [state / "store" / "checkpoint"],
        "history": [p for p in (state / "history.db", state / "history.db-wal") if p.exists()],
        "accounts": [p for p in (state / "accounts.json",) if p.exists()],
        "records": sorted(sim.glob("*/records/*.seg")),
        "series": sorted(sim.glob("*/series/*.seg")),
        "acked": sorted(sim.glob("*/acked")),
    }


# Without them nobody knows that there was an RRD that is missing; that they are damaged is told.
FORGET = ("catalog", "checkpoint")
OTHERS = ["journal", "journal", "catalog", "checkpoint", "checkpoint", "history", "accounts",
          "records", "records", "series", "acked"]


class Damage:
    """What is done in one case."""

    def __init__(self, case, rng):
        self.case, self.rng = case, rng
        self.rrds, self.kind, self.told, self.fresh = set(), None, [], math.inf

    def strike(self, running=False):
        if running:
            self.fresh = time.time() - UNSUMMED
        rrds = sorted((self.case.dir / "state" / "rrd").glob("n*/*.rrd"))
        for path in self.rng.sample(rrds, 3):
            alike = [p for p in rrds if p.name == path.name and p != path and
                     (p.parent.name, p.stem) not in self.rrds]
            if (path.parent.name, path.stem) not in self.rrds:
                self.act(path, alike, "rrd")
        kinds = {k: v for k, v in files_of(self.case).items() if v}
        self.kind = self.rng.choice([k for k in OTHERS if k in kinds])
        path = self.rng.choice(kinds[self.kind])
        # Of the same log: each agent has a machine of its own.
        self.act(path, [p for p in kinds[self.kind] if p != path and p.parent == path.parent],
                 self.kind)

    def act(self, path, alike, kind):
        act = self.rng.choice(ACTS)
        also = act(self.rng, path, alike) or []
        self.told.append(f"{act.__name__} {path.relative_to(self.case.dir)}")
        if kind == "rrd":
            for p in [path, *also]:
                self.rrds.add((p.parent.name, p.stem))

    def __str__(self):
        return ", ".join(self.told)


def said(case):
    """The events that tell of damage."""
    return "\n".join(e["text"] for e in case.api("events")["events"] if e["code"] == "damage")


def measure_on(case, seconds):
    """The simulator goes on with the spools that there are; all of what it has is acknowledged."""
    sim = case.sim()
    wait_for("agents", 60, lambda: all(n["connected"] for n in case.api("nodes")["nodes"]))
    time.sleep(seconds)
    return sim


def finish(case, sim):
    os.kill(sim.pid, signal.SIGTERM)
    sim.process.wait(30)
    case.flush()


def scrubbed(case):
    """All rows are compared with their checksums, from now on."""
    now = time.time() * 1000
    wait_for("two rounds of the scrub", 60, lambda: (
        case.api("status")["store"]["scrubbed_ms"] or 0) > now + 1000)


def is_told(key, events):
    """Whether an event names the series' RRD."""
    return f"rrd/{key[0]}/{key[1]}.rrd" in events


def body(mail):
    return mail.get_body(("plain", "html")).get_content()


def judge(case, damage, stats):
    wrong, gone, compared = compare(case, damage)
    events = said(case)
    log = case.c.text() + (case.dir / "sim.log").read_text(errors="replace")
    stats["compared"] += compared
    for key, what in wrong.items():
        assert is_told(key, events), f"silently wrong: {key}: {what}"
    for key, what in gone.items():
        if key in damage.rrds and damage.kind not in (*FORGET, "journal", "records", "series"):
            assert is_told(key, events), f"silently gone: {key}: {what}"
            continue
        assert damage.kind in ("journal", "records", "series", *(
            FORGET if damage.kind == "catalog" or key in damage.rrds else ())), \
            f"{key} was not damaged: {what}"
        assert any(w in log for w in ("damage", "missing", "quarantine", "put aside")), \
            f"silently gone: {key}: {what}"
    if events:
        stats["found"] += 1
        names = [e.split(": ")[0] for e in events.split("\n")]
        wait_for(f"mail that names one of {names}", 60, lambda: any(
            name in body(m) for m in case.mails() for name in names))
        stats["mailed"] += 1


def run_case(prepared, number, stats):
    rng = dice(prepared.seed, number)
    path = prepared.rig.dir / f"case{number}"
    shutil.copytree(prepared.fresh(), path, symlinks=True, ignore=shutil.ignore_patterns(
        "pki", "san", "*.log", "*.conf", "token", "mail"))
    case = Case(prepared.rig, path)
    damage = Damage(case, rng)
    live = rng.random() < 0.4
    try:
        if live:
            case.collector()
            sim = measure_on(case, 1.2)
            damage.strike(running=True)
            time.sleep(3)
            assert case.c.alive(), f"the collector ended:\n{case.c.text()[-2000:]}"
            finish(case, sim)
            case.c.kill()  # what it has in memory does not help it
        else:
            damage.strike()
        case.collector()
        finish(case, measure_on(case, 1.5))
        scrubbed(case)
        judge(case, damage, stats)
        assert case.c.stop() == 0, "the collector's end"
        case.check_sanitizers()
    except BaseException as e:
        raise AssertionError(f"case {number} of seed {prepared.seed!r} "
                             f"({'running' if live else 'down'}): {damage}: {e}") from e
    finally:
        case.end_all()
    shutil.rmtree(path)
    stats["mutations"] += len(damage.told)
    stats["running"] += live


@campaign("damage", short=16, long=1000, build="release", seconds=(120, 7200))
def damage(rig, n, seed=""):
    """n files are flipped, cut, zeroed, swapped or replaced, before the daemons start or under
    them."""
    prepared = Prepared(rig, seed or "1")
    stats = dict.fromkeys(("mutations", "running", "compared", "found", "mailed"), 0)
    failures = []
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        for f in [pool.submit(run_case, prepared, i, stats) for i in range((n + 3) // 4)]:
            try:
                f.result()
            except BaseException as e:
                failures.append(e)
    if failures:
        raise AssertionError(f"{len(failures)} cases: " + "\n".join(map(str, failures))) \
            from failures[0]
    return (f"{stats['mutations']} mutations in {(n + 3) // 4} cases, {stats['running']} of them "
            f"under running daemons; {stats['compared']:,} values compared, 0 wrong or gone "
            f"silently; told and mailed in {stats['mailed']}")
