# SPDX-License-Identifier: GPL-3.0-or-later
"""Power cuts: the state lies on an ext4 of its own (a loop device), which EXT4_IOC_SHUTDOWN ends
without writing its journal: what was not flushed is gone, as when the power fails. Afterwards the
file system is mounted again and all is compared, byte by byte (reference.py)."""

import contextlib
import fcntl
import os
import struct
import subprocess
import time

import reference
from acts import Acts
from campaign import Skip, campaign, dice
from conftest import wait_for
from kill import STORE, all_connected, end_sim, start_sim

EXT4_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2


def sh(*argv, check=True):
    p = subprocess.run([str(a) for a in argv], text=True, capture_output=True)
    if check and p.returncode != 0:
        raise Skip(f"{argv[0]}: {p.stderr.strip() or p.returncode}")
    return p.returncode


class Disk:
    """An ext4 in a file, at a directory. Used by `with`."""

    def __init__(self, image, place, megabytes):
        self.image, self.place, self.cuts = image, place, 0
        if os.geteuid() != 0:
            raise Skip("mounting needs root")
        place.mkdir()
        with open(image, "wb") as f:
            f.truncate(megabytes << 20)
        sh("mkfs.ext4", "-q", "-F", image)
        self.mount()
        try:
            self.probe()
        except OSError as e:
            self.unmount()
            raise Skip(f"EXT4_IOC_SHUTDOWN: {e}") from e

    def probe(self):
        """Whether the kernel can: on the disk that is still empty."""
        self.cut()
        self.again()
        self.cuts = 0

    def mount(self):
        sh("mount", "-o", "loop", self.image, self.place)

    def cut(self):
        """Now there is no power."""
        fd = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
        finally:
            os.close(fd)
        self.cuts += 1

    def unmount(self):
        """As soon as the last process that has files open there is gone."""
        end = time.monotonic() + 20
        while sh("umount", self.place, check=False) != 0:
            if time.monotonic() > end:
                raise AssertionError(f"{self.place} stays busy: {self.users()}")
            time.sleep(0.01)

    def flush_s(self):
        """How long a flush takes now."""
        began = time.monotonic()
        fd = os.open(self.place / "probe", os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(fd, b"x" * 4096)
        os.fdatasync(fd)
        os.close(fd)
        return time.monotonic() - began

    def users(self):
        """Who has something open there, as far as /proc tells."""
        found = set()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                links = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
                maps = open(f"/proc/{pid}/maps").read()
                if str(self.place) in maps or any(x.startswith(str(self.place)) for x in links):
                    stat = open(f"/proc/{pid}/stat").read().split(")")[1].split()[0]
                    found.add((int(pid), open(f"/proc/{pid}/comm").read().strip(), stat,
                               open(f"/proc/{pid}/wchan").read()))
        return sorted(found)

    def again(self):
        """The power is back. What was mounted may outlive its umount(8) for a moment, and be what a
        mount finds; it says EIO to all."""
        end = time.monotonic() + 20
        while True:
            self.unmount()
            self.mount()
            try:
                self.flush_s()
                return
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", str(self.place)], capture_output=True)


def lose(rig, daemon, disk):
    """The machine of this daemon loses its power, and has it again."""
    disk.cut()
    daemon.kill()
    with contextlib.suppress(ValueError):
        rig.daemons.remove(daemon)
    disk.again()


@campaign("power-cut", short=4, long=200, build="release", root=True, seconds=(100, 5400))
def power_cut(rig, n, seed):
    """The collector's power fails n times, also during recovery and twice in a row: RRDs byte-equal
    to a clean librrd's of what was acknowledged, and all acts answered as done are there."""
    d = dice(seed, "power-cut")
    rig.node(*[f"n{i}" for i in range(4)])
    rig.store = STORE
    with Disk(rig.dir / "disk", rig.dir / "state", 400) as disk:
        sim = start_sim(rig, time.time() - min(7000, 90 + 25 * n))
        acts, starts = Acts(rig), []
        c = rig.collector(wait=False)
        rig.wait_collector()
        wait_for("connections", 60, lambda: all_connected(rig))
        while disk.cuts < n:
            end = acts.begin()
            # A third while it recovers; the next one often follows at once.
            time.sleep(d.uniform(0, 0.25) if d.random() < 0.35 else d.uniform(0.25, 3))
            assert c.alive(), f"seed {seed}: the collector ended:\n{c.text()[-2000:]}"
            lose(rig, c, disk)
            end()
            starts.append(time.monotonic())
            c = rig.collector(wait=False)
        rig.wait_collector()
        end_sim(rig, sim)
        figures = reference.check(rig)
        total = acts.check()
        for bad in ("damage", "quarantine"):
            assert bad not in c.text(), f"seed {seed}: {c.text()[-3000:]}"
        acks = reference.first_acks(rig.dir / "oracle.frames", starts)
        assert c.stop(60) == 0
        rig.daemons.remove(c)
    return (f"{n} cuts, {figures['sessions']:,} sessions, {reference.said(figures)}; {total} acts "
            f"answered as done ({acts.said()}), 0 lost; power to first acknowledgement of {len(acks)} "
            f"lives that had one: {reference.times(acks)}")


SLOW = 0.05  # a flush of a disk that is busy, in seconds


@campaign("power-cut-agents", short=3, long=200, build="release", root=True, seconds=(100, 5400))
def power_cut_agents(rig, n, seed):
    """The agents' power fails n times while the collector is away: all that their disk had taken is
    delivered afterwards, which is all that was measured a second before, if the disk flushes within
    50 ms; and the RRDs are byte-equal."""
    d = dice(seed, "power-cut-agents")
    nodes = 4
    rig.node(*[f"n{i}" for i in range(nodes)])
    rig.store = STORE
    since = began = time.time() - min(7000, 90 + 30 * n)
    t0, cuts, slowest = time.monotonic(), [], 0
    oracle = rig.dir / "oracle"
    with Disk(rig.dir / "disk", rig.dir / "sim", 64) as disk:
        c = rig.collector()
        while disk.cuts < n:
            sim = start_sim(rig, since)
            wait_for("the run in the oracle", 30, lambda: runs(oracle) == disk.cuts + 1)
            away = d.random() < 0.7
            time.sleep(d.uniform(0.2, 1))
            if away and c.alive():
                c.kill()
                rig.daemons.remove(c)
            time.sleep(d.uniform(0, 1))
            flush, measured = disk.flush_s(), oracle.stat().st_size
            time.sleep(1.1)  # the simulator says once in 0.1 s how far the disk is
            written = oracle.stat().st_size
            flush = max(flush, disk.flush_s())
            assert sim.alive(), f"seed {seed}: the agents ended:\n{sim.text()[-2000:]}"
            lose(rig, sim, disk)
            cuts.append((measured, written, flush))
            slowest = max(slowest, flush)
            since = began + (time.monotonic() - t0) * 10 + 2
            if not c.alive():
                c = rig.collector(wait=False)
        sim = start_sim(rig, since)
        rig.wait_collector()
        end_sim(rig, sim)
        figures = reference.check(rig)
    there, kept, late = reference.acknowledged(rig), 0, 0
    for measured, written, flush in cuts:
        promised, waiting = durable(oracle, measured, written)
        lost = sorted(promised - there)
        assert not lost, f"seed {seed}: their disk had taken it, and it is lost: {lost[:5]}"
        assert not waiting or flush > SLOW, \
            f"seed {seed}: 1.1 s after its making not on disk, with {flush:.3f} s a flush: {waiting[:5]}"
        kept, late = kept + len(promised), late + (len(waiting) > 0)
    return (f"{n} cuts of {nodes} agents, {reference.said(figures)}; {kept:,} records that their disk "
            f"had taken, 0 lost; before {late} cuts something waited for the disk longer than 1.1 s "
            f"(the slowest flush took {slowest:.2f} s)")


def runs(oracle):
    """How many runs of the simulator the oracle tells of; a busy machine is slow to begin one."""
    p = subprocess.run(["grep", "-c", "^R$", str(oracle)], text=True, capture_output=True)
    return int(p.stdout or 0)


def durable(oracle, measured, written):
    """Of the run in which the text oracle had these sizes: {(node, number)} that the disk had taken
    by the second; [(node, number)] made by the first that it had not."""
    with open(oracle, "rb") as f:
        data = f.read(written)
    start = data.rfind(b"\nR\n", 0, measured)
    made, early, reached, at = set(), set(), {}, start
    for line in data[start:data.rfind(b"\n") + 1].splitlines(keepends=True):
        at += len(line)
        w = line.decode().split()
        if len(w) > 4 and w[0] == "S":
            made.add((w[1], int(w[2])))
            if at <= measured:
                early.add((w[1], int(w[2])))
        elif len(w) > 2 and w[0] == "D":
            reached[w[1]] = int(w[2])
    promised = {(node, seq) for node, seq in made if seq <= reached.get(node, 0)}
    return promised, sorted(early - promised)
