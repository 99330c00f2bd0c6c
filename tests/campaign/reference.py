# SPDX-License-Identifier: GPL-3.0-or-later
"""The oracle of all campaigns: check(rig) compares every RRD of the rig's simulated servers, byte
by byte, with what a clean librrd makes of the frames that were acknowledged to the simulator.

What it holds against each other: the log of frames that the simulator writes outside of whatever
is broken (tests/sim/framelog.h), and the files below state/rrd. So it finds an acknowledged sample
that is lost, one that is in twice, a value that is another, a file or row that nobody sent.
reference.c says what follows from the log and what does not."""

import json
import os
import struct
import subprocess
import time

from campaign import percentile

RIG_ARCHIVES = ((1, 7200), (10, 172800))  # Rig.write_conf()


def program(rig=None):
    import conftest
    return conftest.BUILD / "reference"


def compare(frames, rrd, archives=RIG_ARCHIVES, heartbeat=2.5, more=()):
    """(figures, what is wrong as text); figures None: it could not be looked at."""
    argv = [str(program()), "--frames", str(frames), "--rrd", str(rrd), "--heartbeat", str(heartbeat)]
    for step, keep in archives:
        argv += ["--archive", f"{step}:{keep}"]
    argv += more
    p = subprocess.run(argv, text=True, capture_output=True, env={**os.environ, "TZ": "UTC"})
    figures = json.loads(p.stdout) if p.returncode in (0, 1) and p.stdout else None
    return figures, p.stderr if p.returncode != 0 else ""


def check(rig, seconds=60, archives=RIG_ARCHIVES, heartbeat=2.5):
    """All acknowledged samples are in the RRDs, once, with their bytes: the figures, as a dict with
    acknowledged (frames), samples, values, equal_files and more (reference.c). The collector must
    run, and the simulator have ended; the store may take so many seconds to catch up."""
    end = time.monotonic() + seconds
    while True:
        try:
            rig.flush()
        except AssertionError as e:
            if "not-flushed" not in str(e) or time.monotonic() > end:
                raise
            continue  # with very many files the store takes longer than a request waits
        figures, wrong = compare(rig.dir / "oracle.frames", rig.dir / "state" / "rrd", archives,
                                 heartbeat)
        if figures and not wrong:
            return figures
        if time.monotonic() > end:
            raise AssertionError(wrong or "the reference said nothing")
        time.sleep(0.5)


def acknowledged(rig):
    """(node, number) of each frame that the simulator has an acknowledgement of."""
    path = rig.dir / "acknowledged"
    figures, wrong = compare(rig.dir / "oracle.frames", rig.dir / "state" / "rrd",
                             more=["--list", str(path)])
    assert figures, wrong
    return {(n, int(s)) for n, s in (line.split() for line in path.read_text().splitlines())}


def frames(path, only=None):
    """(seconds of time.monotonic(), sent, node, type, flags, payload) of each record of the log;
    only: a set of types."""
    with open(path, "rb") as f:
        data = f.read()
    at = 0
    while (at := data.find(b"ZWFL", at)) != -1 and at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at + 4)[0]
        body = data[at + 12:at + 12 + length]
        if len(body) < length or length < 12:
            at += 1
            continue
        n = body[9]
        kind = body[10 + n]
        if only is None or kind in only:
            yield (struct.unpack_from(">Q", body)[0] / 1e6, body[8:9] == b"S",
                   body[10:10 + n].decode(), kind, body[11 + n], body[12 + n:])
        at += 12 + length


def first_acks(path, starts):
    """For each moment at which a collector was started: after how many seconds the first ACK came
    to anybody; moments without one before the next are left out."""
    acks = [t for t, sent, _, _, _, _ in frames(path, {6}) if not sent]
    out, i = [], 0
    for start, following in zip(starts, [*starts[1:], float("inf")]):
        while i < len(acks) and acks[i] < start:
            i += 1
        if i < len(acks) and acks[i] < following:
            out.append(acks[i] - start)
    return out


def said(figures):
    """The figures that every line has."""
    return (f"{figures['samples']:,} samples ({figures['values']:,} values) acknowledged, 0 lost, "
            f"0 twice, {figures['equal_files']} files byte-equal")


def times(values):
    """"p50 0.12 s, p99 0.31 s" of some."""
    return f"p50 {percentile(values, 50):.2f} s, p99 {percentile(values, 99):.2f} s" if values else "-"
