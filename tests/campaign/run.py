#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the fault campaigns and prints a line for each: its name, whether it passed, how long it
took, its figures.

  /usr/bin/python3 tests/campaign/run.py                  the short form of each (2 to 4 minutes)
  /usr/bin/python3 tests/campaign/run.py --long           all of each (hours)
  /usr/bin/python3 tests/campaign/run.py NAME...          these alone; --scale N instead of short or long
  /usr/bin/python3 tests/campaign/run.py --list

ZW_BUILD and ZW_RELEASE name the builds with sanitizers and without (build/sanitize, build/release).
--keep DIR keeps the directories of those that fail."""

import argparse
import concurrent.futures
import importlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

from campaign import CAMPAIGNS, Skip  # noqa: E402


LATE = 75  # not over in its time


def load():
    """All campaigns, by the files that are here."""
    for f in sorted(HERE.glob("*.py")):
        if f.stem not in ("campaign", "run", "reference"):
            importlib.import_module(f.stem)


def builds():
    return {
        "sanitize": os.environ.get("ZW_BUILD", str(ROOT / "build" / "sanitize")),
        "release": os.environ.get("ZW_RELEASE", str(ROOT / "build" / "release")),
    }


def run_here(c, scale, seed, path):
    """In the process of its own: prints the figures as the last line. 0, 1, or 77: left out."""
    import conftest
    rig = conftest.Rig(path)
    try:
        parameters = c.function.__code__.co_varnames[:c.function.__code__.co_argcount]
        figures = c.function(rig, scale, seed) if "seed" in parameters else c.function(rig, scale)
        rig.end()
        print(figures)
        return 0
    except Skip as e:
        print(e)
        return 77
    except BaseException as e:
        traceback.print_exc()
        print(f"{type(e).__name__}: {e}".replace("\n", " ")[:1000], flush=True)
        return 1
    finally:
        for d in rig.daemons:
            if d.alive():
                os.kill(d.pid, signal.SIGKILL)
                d.process.wait(10)


class Runner:
    """One run of some of them."""

    def __init__(self, args):
        self.args = args
        self.failed = self.skipped = 0
        self.late = []

    def scale(self, c):
        return self.args.scale or (c.long if self.args.long else c.short)

    def one(self, c, again=False):
        """Runs one, prints its line. One that is not over in its time is for later: by itself and
        with twice the time."""
        began = time.monotonic()
        place = pathlib.Path(tempfile.mkdtemp(prefix=f"zw-{c.name}-"))
        limit = c.seconds[1 if self.args.long or self.args.scale else 0] * (2 if again else 1)
        argv = [sys.executable, __file__, "--one", c.name, "--scale", str(self.scale(c)),
                "--dir", str(place)] + (["--seed", self.args.seed] if self.args.seed else [])
        env = {**os.environ, "ZW_BUILD": builds()[c.build]}
        p = subprocess.Popen(argv, env=env, text=True, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, start_new_session=True)
        try:
            out, err = p.communicate(timeout=limit)
            code = p.returncode
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            out, err = p.communicate()
            out, code = f"not over after {limit} s", 1 if again else LATE
        figures = (out.strip().splitlines() or ["nothing was said"])[-1]
        word = {0: "passed", 77: "LEFT OUT", LATE: "is tried again"}.get(code, "FAILED")
        if code == LATE:
            self.late.append(c)
        self.failed += code not in (0, 77, LATE)
        self.skipped += code == 77
        print(f"campaign {c.name}: {word} in {time.monotonic() - began:.0f} s: {figures}", flush=True)
        if word == "FAILED":
            sys.stderr.write(err[-6000:])
        self.clear(c, place, word)

    def clear(self, c, place, word):
        if word == "FAILED" and self.args.keep:
            kept = pathlib.Path(self.args.keep) / c.name
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(place, kept, symlinks=True, ignore_dangling_symlinks=True)
        shutil.rmtree(place, ignore_errors=True)

    def all(self, chosen):
        wanted = [c for c in chosen if self.scale(c) is not None]
        # Those with the most to do first, so that none is left running alone at the end.
        crowd = sorted((c for c in wanted if not c.alone), key=lambda c: -c.seconds[0])
        with concurrent.futures.ThreadPoolExecutor(self.args.jobs) as pool:
            list(pool.map(self.one, crowd))
        for c in wanted:
            if c.alone:
                self.one(c)
        for c in self.late:
            self.one(c, again=True)
        print(f"{len(wanted) - self.failed - self.skipped} campaigns passed, {self.failed} failed, "
              f"{self.skipped} left out")
        return 1 if self.failed else 0


def options():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("names", nargs="*")
    p.add_argument("--long", action="store_true")
    p.add_argument("--list", action="store_true")
    p.add_argument("--scale", type=int)
    p.add_argument("--seed", default="")
    p.add_argument("--jobs", type=int, default=4)
    p.add_argument("--keep")
    p.add_argument("--one")
    p.add_argument("--dir")
    return p.parse_args()


def main():
    args = options()
    # Daemons of hundreds of agents have many descriptors.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    load()
    if args.one:
        return run_here(CAMPAIGNS[args.one], args.scale, args.seed, pathlib.Path(args.dir))
    unknown = [n for n in args.names if n not in CAMPAIGNS]
    if unknown:
        sys.exit(f"run.py: no campaign {', '.join(unknown)}; there are: {', '.join(CAMPAIGNS)}")
    chosen = [CAMPAIGNS[n] for n in args.names or CAMPAIGNS]
    if args.list:
        for c in chosen:
            print(f"{c.name:24} short {c.short}, long {c.long}: {c.about}")
        return 0
    return Runner(args).all(chosen)


if __name__ == "__main__":
    sys.exit(main())
