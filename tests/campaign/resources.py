# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources: the disk is full, fails, writes less or is slow; memory, descriptors and time run out.

What goes wrong is brought about by a library that is preloaded into the daemons (faults.c), by a
small file system of its own, by limits and signals. Compared is, as everywhere, what the simulator
measured and had acknowledged with what is in the RRDs (damage.compare); and that people are told:
the mail about it is in a maildir that is not on the disk that fails."""

import contextlib
import errno
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import concurrent.futures

import conftest
from conftest import wait_for
from campaign import Skip, campaign, dice, percentile
from damage import Case, compare

HERE = pathlib.Path(__file__).resolve().parent
WRITE, SYNC, RENAME, OPEN, MEMORY, ALLOCATE = 1, 2, 4, 8, 16, 32
RULES = """
  { name = "nothing"; kind = "threshold"; title = "The disk takes nothing"; source = "collector";
    field = "journal_stuck"; nodes = [ "site" ]; above = 1.0; clear = 0.5; severity = "critical"; },
  { name = "damage"; kind = "state"; title = "Something failed"; source = "collector";
    field = "damaged"; nodes = [ "site" ]; at = "warning"; severity = "warning"; },
  { name = "full"; kind = "threshold"; title = "The disk is full"; source = "collector";
    field = "disk_free"; nodes = [ "site" ]; below = 0.5; clear = 1.0; severity = "critical"; },
  { name = "behind"; kind = "threshold"; title = "The collector is behind"; source = "collector";
    field = "checkpoint_age"; nodes = [ "site" ]; above = 8.0; clear = 4.0; severity = "warning"; },
  { name = "silent"; kind = "no-data"; title = "No data"; severity = "critical"; source = "uptime"; }
"""


class Rigged(Case):
    """A rig whose daemons run with the library of faults."""

    def __init__(self, rig, path):
        path.mkdir(exist_ok=True)
        super().__init__(rig, path)
        self.rules = RULES
        self.plan = path / "plan"
        self.plan.write_bytes(bytes(4096))

    def preload(self, library):
        self.faults = {"LD_PRELOAD": str(library), "ZW_FAULTS": str(self.plan)}

    def collector(self, wait=True):
        self.write_conf()
        self.c = self.start("collector", conftest.BUILD / "zonewatch-collector", "-f", "-c",
                            self.dir / "collector.conf", env=self.faults)
        if wait:
            self.wait_collector()
        return self.c

    def arm(self, calls, nth=1, forever=True, error=0, brief=False, delay_ms=0, path="",
            program=""):
        text = struct.pack("=9I128s32s", 0, calls, nth, forever, error, brief, delay_ms, 0, 0,
                           path.encode(), program.encode())
        with open(self.plan, "r+b") as f:
            f.write(text)
            f.seek(0)
            f.write(struct.pack("=I", 1))

    def disarm(self):
        """How many calls there were that the plan named, and how many went wrong."""
        with open(self.plan, "r+b") as f:
            f.write(struct.pack("=I", 0))
        return struct.unpack_from("=II", self.plan.read_bytes(), 28)

    def acked(self):
        """Acknowledgements that the oracle has seen."""
        text = (self.dir / "oracle").read_text() if (self.dir / "oracle").exists() else ""
        return len(re.findall(r"^A ", text, re.M))

    def revive(self):
        """The service manager's part: who ended begins again."""
        if not self.c.alive():
            self.collector(wait=False)
            return True
        return False

    def recover(self, seconds, what):
        """How long it takes from now until something new is acknowledged and all are connected."""
        began, before = time.monotonic(), self.acked()
        def well():
            self.revive()
            return self.acked() > before + 3
        wait_for(f"acknowledgement after {what}", seconds, well)
        return time.monotonic() - began

    def told(self, word, seconds):
        wait_for(f"mail about \"{word}\"", seconds, lambda: any(
            word in m.get_body(("plain", "html")).get_content() for m in self.mails()))

    def settle(self, sim):
        """All that was measured is acknowledged and in the RRDs; compares it."""
        wait_for("all connected", 40, lambda: all(
            n["connected"] for n in self.api("nodes")["nodes"]))
        time.sleep(1.5)
        os.kill(sim.pid, signal.SIGTERM)
        sim.process.wait(40)
        wait_for("flush", 20, lambda: self.request("/api/v1/flush", "POST")[0] == 200)
        wrong, gone, compared = compare(self)
        assert not wrong and not gone, f"wrong {wrong}, gone {gone}"
        assert compared > 50, f"only {compared} values were there to be compared"
        return compared


def library(rig):
    """The library of faults, built once a run."""
    path = rig.dir / "faults.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", path, HERE / "faults.c", "-ldl"],
                   check=True, capture_output=True)
    return path


def rigged(rig, name, lib):
    case = Rigged(rig, rig.dir / name)
    case.preload(lib)
    return case


def at_work(case, seconds=2):
    case.collector()
    sim = case.sim()
    wait_for("agents", 60, lambda: all(n["connected"] for n in case.api("nodes")["nodes"]))
    time.sleep(seconds)
    return sim


# --- the disk is full ----------------------------------------------------------------------------

PLACES = ["journal/", "rrd/", "history.db", "store/checkpoint", "mail/", "sim/"]


def full(rig, lib, place, seconds):
    """One place takes nothing for a while."""
    case = rigged(rig, "full-" + place.strip("/").replace("/", "-"), lib)
    try:
        sim = at_work(case)
        if place == "sim/":
            sim.kill()
            sim = case.sim_with_faults()
            time.sleep(2)
        case.arm(WRITE | ALLOCATE, error=errno.ENOSPC, path=f"{case.dir}/" + (
            place if place in ("mail/", "sim/") else f"state/{place}"))
        before = case.acked()
        time.sleep(seconds)
        if place == "journal/":
            assert case.acked() - before < 20, "acknowledged what could not be kept"
            case.told("The disk takes nothing", 25)
        if place == "store/checkpoint":
            case.told("behind", 40)  # RRDs have all their room from the beginning
        assert case.c.alive(), f"the collector ended: {case.c.text()[-1500:]}"
        _, fired = case.disarm()
        took = case.recover(10, f"a full {place}")
        return fired, took, case.settle(sim)
    except BaseException as e:
        raise AssertionError(f"full {place}: {e}") from e
    finally:
        case.end_all()


def sim_with_faults(self):
    """The simulator, its disk failing too."""
    self.env = {**self.env, **self.faults}
    return self.sim()


Rigged.sim_with_faults = sim_with_faults


def in_parallel(jobs, count=4):
    """The results of all, or all that went wrong."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(*j) for j in jobs]
    failures = [str(f.exception()) for f in futures if f.exception() is not None]
    assert not failures, f"{len(failures)} of {len(jobs)}: " + "\n".join(failures)
    return [f.result() for f in futures]


@campaign("full-disk", short=8, long=60, build="release", seconds=(90, 600))
def full_disk(rig, n):
    """The disk under the journal, the RRDs, the history, the checkpoint, the mails or the spools
    takes nothing for n seconds."""
    rig.node("n0", "n1")
    lib = library(rig)
    results = in_parallel([(full, rig, lib, p, n) for p in PLACES], 6)
    return (f"{len(results)} places for {n} s, {sum(r[0] for r in results)} writes refused, "
            f"recovered in {max(r[1] for r in results):.1f} s at most; "
            f"{sum(r[2] for r in results):,} values compared, 0 lost; mails left meanwhile")


@contextlib.contextmanager
def small_disk(path, megabytes):
    """A file system of its own, of so many MiB."""
    if os.geteuid() != 0:
        raise Skip("needs root: mounts a small file system")
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "zw", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", path], check=False)


def kept_mails(case, word):
    """How many mails with this word the history has on the disk, as who opens it after a crash finds
    them."""
    aside = case.dir / "history"
    aside.mkdir()
    for name in ("history.db", "history.db-wal"):
        shutil.copy(case.dir / "state" / name, aside / name)
    with contextlib.closing(sqlite3.connect(aside / "history.db")) as db:
        return db.execute("SELECT count(*) FROM outbox WHERE instr(body, ?)", (word,)).fetchone()[0]


@campaign("small-disk", short=8, long=60, build="release", root=True, seconds=(90, 600))
def really_full(rig, n):
    """A file system of 64 MiB with all of the state on it is filled to the last byte for n seconds;
    the collector is killed; it is emptied. The mail that tells of it was stored before the kill."""
    rig.node("n0", "n1")
    case = rigged(rig, "small", library(rig))
    with small_disk(case.dir / "state", 64) as disk:
        try:
            sim = at_work(case)
            with open(disk / "ballast", "wb") as f, contextlib.suppress(OSError):
                while True:
                    f.write(bytes(65536))
                    f.flush()
            before = case.acked()  # the journal's segment has its room already
            time.sleep(n)
            used = case.acked() - before
            case.told("The disk is full", 40)
            assert case.c.alive(), f"the collector ended: {case.c.text()[-1500:]}"
            assert os.statvfs(disk).f_bavail == 0
            case.c.kill()
            kept = kept_mails(case, "The disk is full")
            assert kept > 0, "the kill lost the mail's text"
            (disk / "ballast").unlink()
            took = case.recover(10, "a full disk")
            compared = case.settle(sim)
            assert case.c.stop() == 0
        finally:
            case.end_all()
    return (f"64 MiB full for {n} s ({used} acknowledgements by the journal's preallocated room), "
            f"killed with {kept} mails of it stored, recovered in {took:.1f} s; {compared:,} values "
            f"compared, 0 lost")


# --- the disk fails ------------------------------------------------------------------------------

FAILURES = [("write", WRITE, errno.EIO, False), ("sync", SYNC, errno.EIO, False),
            ("rename", RENAME, errno.EIO, False), ("open", OPEN, errno.EIO, False),
            ("allocate", ALLOCATE, errno.ENOSPC, False), ("short write", WRITE, 0, True)]


def fails(rig, lib, seed, number):
    """One kind of call fails from the n-th on, or the n-th alone, somewhere."""
    rng = dice(seed, number)
    word, calls, error, brief = FAILURES[number % len(FAILURES)]
    forever = rng.random() < 0.5
    nth = int(10 ** rng.uniform(0, 1.7))
    place = rng.choice(["", "journal/", "rrd/", "history.db", "store/", "catalog/"])
    begin = rng.random() < 0.3
    if number == 1:  # the one that must never be tried again: the journal's flush
        nth, forever, place, begin = 1, False, "journal/", False
    what = (f"case {number} of seed {seed!r}: {word} {nth}{' and on' if forever else ''} "
            f"below state/{place}{', from the start' if begin else ''}")
    case = rigged(rig, f"fails{number}", lib)
    try:
        sim = at_work(case, 1)
        if begin:
            case.c.kill()
        case.arm(calls, nth, forever, error, brief, path=f"{case.dir}/state/{place}")
        end = time.monotonic() + 4
        while time.monotonic() < end:
            case.revive()
            time.sleep(0.2)
        count, fired = case.disarm()
        ended = case.c.text().count("nothing is acknowledged that is not kept")
        took = case.recover(30, what)
        assert number != 1 or ended == 1, "a flush failed, and the collector went on"
        # Where nothing at all can be written for good, no word of it can be left either.
        if ended and not (forever and place == ""):
            case.told("Damaged: journal", 40)
        compared = case.settle(sim)
        return fired, ended, took, compared
    except BaseException as e:
        raise AssertionError(f"{what}: {e}") from e
    finally:
        case.end_all()


@campaign("io-errors", short=12, long=300, build="release", seconds=(90, 7200))
def io_errors(rig, n, seed=""):
    """A write, flush, rename, open or allocation fails, the n-th alone or all from it on; or writes
    are short."""
    rig.node("n0", "n1")
    lib = library(rig)
    r = in_parallel([(fails, rig, lib, seed or "1", i) for i in range(n)], 6)
    return (f"{n} runs, {sum(x[0] for x in r):,} calls went wrong, {sum(x[1] for x in r)} ends of the "
            f"collector that it chose; acknowledging again within {max(x[2] for x in r):.1f} s; "
            f"{sum(x[3] for x in r):,} values compared, 0 lost, 0 wrong")


# --- memory --------------------------------------------------------------------------------------

def starves(rig, lib, seed, number):
    """The n-th allocation of one program fails, alone or with all that follow."""
    rng = dice(seed, number)
    program = rng.choice(["zonewatch-collector", "zonewatch-collector", "zonewatch-store"])
    forever, begin = rng.random() < 0.3, rng.random() < 0.3
    nth = int(10 ** rng.uniform(0, 4.3))
    what = (f"case {number} of seed {seed!r}: allocation {nth}{' and on' if forever else ''} of "
            f"{program}{', from the start' if begin else ''}")
    case = rigged(rig, f"starves{number}", lib)
    try:
        sim = at_work(case, 1)
        if begin:
            case.c.kill()
        case.arm(MEMORY, nth, forever, errno.ENOMEM, program=program)
        end = time.monotonic() + 3
        while time.monotonic() < end:
            case.revive()
            time.sleep(0.2)
        _, fired = case.disarm()
        crashes = case.c.text().count("signal 11")
        case.recover(20, what)
        return fired, crashes, case.settle(sim)
    except BaseException as e:
        raise AssertionError(f"{what}: {e}") from e
    finally:
        case.end_all()


@campaign("no-memory", short=8, long=300, build="release", seconds=(90, 7200))
def no_memory(rig, n, seed=""):
    """The n-th allocation fails, alone or with all that follow: the program may end, and begins
    again without a loss."""
    rig.node("n0", "n1")
    lib = library(rig)
    r = in_parallel([(starves, rig, lib, seed or "1", i) for i in range(n)], 6)
    return (f"{n} runs, {sum(1 for x in r if x[0])} in which allocations failed; "
            f"{sum(x[2] for x in r):,} values compared, 0 lost, 0 wrong")


# --- a slow disk ---------------------------------------------------------------------------------

def turns(case):
    """The loop's turns so far: {upper bound, s: how many}."""
    text = case.request("/metrics")[2].decode()
    return {float(b): int(float(v)) for b, v in re.findall(
        r'zonewatch_loop_turn_seconds_bucket\{le="([0-9.e+-]+|\+Inf)"\} ([0-9.e+]+)', text)}


@campaign("slow-disk", short=6, long=60, build="release", seconds=(90, 900))
def slow_disk(rig, n):
    """Each write and flush takes 50 ms (20 operations a second) for n seconds; then one flush takes
    10 s: the loop goes on, acknowledgements are late and not lost."""
    rig.node("n0", "n1")
    case = rigged(rig, "slow", library(rig))
    try:
        sim = at_work(case)
        state = f"{case.dir}/state/"
        asked = []

        def ask_for(seconds):
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                began = time.monotonic()
                case.request("/api/v1/nodes")
                asked.append((time.monotonic() - began) * 1000)
                time.sleep(0.02)
        case.arm(WRITE | SYNC, delay_ms=50, path=state)
        ask_for(n)
        _, slow = case.disarm()
        before = case.acked()
        case.arm(SYNC, nth=1, forever=False, delay_ms=10000, path=f"{state}journal/")
        ask_for(9)
        late = case.acked() - before
        case.disarm()
        p99 = percentile(asked, 99)
        assert p99 < 50, f"an answer of the loop takes {p99:.0f} ms at the 99th percentile"
        assert late < 12, f"{late} acknowledgements while the flush was under way"
        took = case.recover(10, "a stall of 10 s")
        compared = case.settle(sim)
        return (f"{slow} operations of 50 ms and a flush of 10 s: {len(asked)} questions answered "
                f"in {p99:.1f} ms (99th percentile), acknowledging again after {took:.1f} s; "
                f"{compared:,} values compared, 0 lost")
    finally:
        case.end_all()


# --- descriptors ---------------------------------------------------------------------------------

def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@campaign("descriptors", short=5, long=60, build="release", seconds=(90, 600))
def descriptors(rig, n):
    """500 connections to a collector that may have 64 descriptors, for n seconds."""
    rig.node("n0", "n1")
    case = rigged(rig, "descriptors", library(rig))
    case.faults = {}
    try:
        sim = at_work(case)
        subprocess.run(["prlimit", "--pid", str(case.c.pid), "--nofile=64:64"], check=True)
        held = []
        for i in range(500):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", case.agent_port if i % 2 else case.web_port))
            held.append(s)
        before, cpu = case.acked(), cpu_s(case.c.pid)
        time.sleep(n)
        busy = (cpu_s(case.c.pid) - cpu) / n
        during = case.acked() - before
        assert during >= n, f"agents that were there had {during} acknowledgements in {n} s"
        assert busy < 0.05, f"the loop is busy: {100 * busy:.1f} % of a core"
        for s in held:
            s.close()
        began = time.monotonic()
        wait_for("answer", 5, lambda: alive(case))
        back = time.monotonic() - began
        assert back < 1.5, f"accepting again only after {back:.1f} s"
        compared = case.settle(sim)
        return (f"500 connections at 64 descriptors for {n} s: {during} acknowledgements, "
                f"{100 * busy:.1f} % of a core, accepting again after {back:.2f} s; "
                f"{compared:,} values compared, 0 lost")
    finally:
        case.end_all()


def alive(case):
    with contextlib.suppress(OSError):
        return case.request("/api/v1/health", timeout=1)[0] == 200
    return False


# --- memory of the machine -----------------------------------------------------------------------

class Grouped(Rigged):
    """A rig whose collector, and what it starts, lives in a memory cgroup."""

    def collector(self, wait=True):
        self.write_conf()
        self.c = self.start("collector", "sh", "-c", f'echo $$ >{self.group}/tasks; exec "$@"', "sh",
                            conftest.BUILD / "zonewatch-collector", "-f", "-c",
                            self.dir / "collector.conf")
        if wait:
            self.wait_collector()
        return self.c

    def squeeze(self):
        """Another process takes what memory there is; False when the kernel has killed."""
        stat = dict(x.split() for x in (self.group / "memory.stat").read_text().splitlines())
        pathlib.Path(f"/proc/{self.c.pid}/oom_score_adj").write_text("1000")
        with contextlib.suppress(OSError):
            (self.group / "memory.limit_in_bytes").write_text(str(int(stat["rss"]) + (24 << 20)))
        subprocess.run(["sh", "-c", f'echo $$ >{self.group}/tasks; exec "$@"', "sh", sys.executable,
                        "-c", "b = bytearray(48 << 20)"], check=False, capture_output=True)
        time.sleep(0.1)
        return self.c.alive()


@campaign("oom-kill", short=1, long=10, build="release", root=True, seconds=(90, 900))
def oom_kill(rig, n):
    """The kernel kills the collector n times, for it may have no more memory."""
    group = pathlib.Path("/sys/fs/cgroup/memory") / f"zw-campaign{os.getpid()}"
    if os.geteuid() != 0 or not group.parent.joinpath("tasks").exists():
        raise Skip("needs root and the memory cgroup (v1)")
    rig.node("n0", "n1")
    case = Grouped(rig, rig.dir / "oom")
    case.group, case.faults = group, {}
    group.mkdir(exist_ok=True)
    kills = 0
    try:
        sim = at_work(case)
        while kills < n:
            wait_for("kill", 30, lambda: not case.squeeze())
            assert case.c.process.wait(10) == -signal.SIGKILL, case.c.text()[-1500:]
            (group / "memory.limit_in_bytes").write_text("1G")
            kills += 1
            case.recover(20, "the kernel's kill")
        compared = case.settle(sim)
        return f"killed {n} times by the kernel; {compared:,} values compared, 0 lost"
    finally:
        case.end_all()
        time.sleep(0.5)
        with contextlib.suppress(OSError):
            group.rmdir()


# --- stopped -------------------------------------------------------------------------------------

@campaign("stopped", short=10, long=60, build="release", seconds=(120, 900))
def stopped(rig, n):
    """The collector, the agents and the store each stand still for n seconds."""
    rig.node("n0", "n1")
    lib = library(rig)

    def one(who):
        case = rigged(rig, f"stopped-{who}", lib)
        case.faults = {}
        try:
            sim = at_work(case, 3)
            pid = {"collector": case.c.pid, "agents": sim.pid,
                   "store": child_of(case.c.pid, "zonewatch-store")}[who]
            os.kill(pid, signal.SIGSTOP)
            time.sleep(n)
            os.kill(pid, signal.SIGCONT)
            took = case.recover(10, f"SIGSTOP of the {who}")
            time.sleep(3)
            silent = [a for a in case.api("alerts")["alerts"] if a["rule"] == "silent"]
            fired = case.c.text().count("silent fires")
            if who == "collector":
                assert fired == 0, f"hosts were told to be silent {fired} times"
            assert not [a for a in silent if a["state"] == "firing"], silent
            return took, fired, case.settle(sim)
        except BaseException as e:
            raise AssertionError(f"SIGSTOP of the {who}: {e}") from e
        finally:
            with contextlib.suppress(OSError, UnboundLocalError):
                os.kill(pid, signal.SIGCONT)
            case.end_all()
    r = in_parallel([(one, w) for w in ("collector", "agents", "store")], 3)
    return (f"collector, agents and store stopped for {n} s each: acknowledging again within "
            f"{max(x[0] for x in r):.1f} s, 0 false alerts after the collector's; "
            f"{sum(x[2] for x in r):,} values compared, 0 lost")


def child_of(pid, name):
    """The process of this name whose parent that is."""
    for p in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            stat = pathlib.Path(f"/proc/{p}/stat").read_text()
            if int(stat.rsplit(")", 1)[1].split()[1]) == pid and name[:15] in stat:
                return int(p)
    return None
