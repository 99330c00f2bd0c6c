# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault campaigns: what a campaign is, and what it may use.

A campaign is a function in tests/campaign/NAME.py:

    @campaign("kill-collector", short=12, long=1000)
    def kill_collector(rig, n):
        '''The collector is killed at n random moments.'''
        ...
        return f"{n} kills, {acked:,} samples acknowledged, 0 lost, 0 twice"

It gets the rig of the end-to-end tests (tests/e2e/conftest.py) in a directory of its own and how
much to do, and returns its figures as one line; what is not as promised is an AssertionError that
says what, with the seed that repeats it. run.py runs each in a process of its own.

build: "sanitize" finds more, "release" is for times and for many rounds. alone: it measures times,
nothing else may run beside it. root: it needs root (mounts, namespaces); without, it is left out by
name. seconds: after so many it is ended as failed."""

import random
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

CAMPAIGNS = {}


class Campaign:
    """What is known of one before it runs."""

    def __init__(self, name, function, short, long, build, alone, root, seconds):
        self.name, self.function, self.short, self.long = name, function, short, long
        self.build, self.alone, self.root, self.seconds = build, alone, root, seconds
        self.about = " ".join((function.__doc__ or "").split())


def campaign(name, *, short, long, build="sanitize", alone=False, root=False, seconds=(60, 7200)):
    """Makes a function a campaign; short=None: there is only the long one."""

    def keep(function):
        assert name not in CAMPAIGNS, name
        CAMPAIGNS[name] = Campaign(name, function, short, long, build, alone, root, seconds)
        return function

    return keep


class Skip(Exception):
    """This machine cannot run it; says why."""


def dice(seed, what=""):
    """A random number generator whose seed the messages can name."""
    return random.Random(f"{seed}/{what}")


def percentile(values, p):
    """The p-th percentile by nearest rank (p of 100)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * p // 100) - 1)]
