# SPDX-License-Identifier: GPL-3.0-or-later
"""sandbox.py BUILD [ROUNDS]: CPU time of the store for a million values and of render for a graph, with
their sandboxes and without (a library in front of libseccomp and of Landlock's calls), in turns."""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import run

WITHOUT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
int seccomp_load(void *context) { (void)context; return 0; }
long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long a[6];
	va_list ap;
	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	if (number >= 444 && number <= 446) {
		errno = ENOSYS;
		return -1;
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
"""
NODES, STEPS, GRAPHS = 10, 120, 40


def measure(build, path, preload):
    """CPU seconds a million values of the store, milliseconds a graph of render."""
    os.environ["LD_PRELOAD"] = preload
    archives = ", ".join(f'{{ step = "{s}s"; keep = "{s * run.ROWS}s"; }}' for s in run.STEPS)
    c = run.Collector(build, path, [f"load{i + 1}" for i in range(NODES)],
                      store=f'flush = "10min"; archives = ( {archives} );')
    del os.environ["LD_PRELOAD"]
    try:
        time.sleep(4)  # they are in their sandboxes
        child = {pathlib.Path(f"/proc/{p}/comm").read_text().strip(): p
                 for p in run.children(c.process.pid) if p != c.process.pid}
        store, render = child["zonewatch-store"], child["zonewatch-rende"]
        status = pathlib.Path(f"/proc/{store}/status").read_text()
        assert ("Seccomp_filters:\t0" in status) == bool(preload), status
        start = int(time.time()) // 3600 * 3600 - 86400
        before = run.cpu(store)
        r = run.generate([build / "bench" / "loadgen", f"127.0.0.1:{c.agents}", path / "pki", NODES,
                          run.SERIES, run.FIELDS, STEPS, start])
        run.flush(c)
        stored = (run.cpu(store) - before) / (r["values"] / 1e6)
        series = c.api("series?node=load1")["series"][0]["name"]
        for i in range(GRAPHS + 1):
            if i == 1:
                before = run.cpu(render)
            urllib.request.urlopen(urllib.request.Request(
                f"http://127.0.0.1:{c.web}/api/v1/graph?series=load1/{series}&format=png"
                f"&from={start - i * 10}&to={start + STEPS * 10}",
                headers={"Authorization": f"Bearer {run.TOKEN}"}), timeout=60).read()
        return stored, (run.cpu(render) - before) / GRAPHS * 1000
    finally:
        c.stop()


def main():
    build, rounds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if sys.argv[2:] else 3
    top = pathlib.Path(tempfile.mkdtemp(prefix="zwbench"))
    got = {"with": [], "without": []}
    try:
        (top / "without.c").write_text(WITHOUT)
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", top / "without.so", top / "without.c"],
                       check=True)
        for i in range(2 * rounds):
            side = ("with", "without")[(i + i // 2) % 2]
            (top / f"{i}").mkdir()
            got[side].append(measure(build, top / f"{i}",
                                     str(top / "without.so") if side == "without" else ""))
            shutil.rmtree(top / f"{i}")
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for side, rows in got.items():
        stored, drawn = zip(*rows)
        print(f"{side} sandboxes: store {statistics.median(stored):.2f} ({min(stored):.2f}-"
              f"{max(stored):.2f}) CPU s per million values, render {statistics.median(drawn):.1f} "
              f"({min(drawn):.1f}-{max(drawn):.1f}) CPU ms a graph")


if __name__ == "__main__":
    main()
