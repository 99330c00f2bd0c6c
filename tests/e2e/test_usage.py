# SPDX-License-Identifier: GPL-3.0-or-later
"""zonewatchctl used wrongly exits 64 and says why, without a collector."""

import os
import subprocess

import pytest

from conftest import BUILD


@pytest.mark.parametrize("words", [
    [],
    ["nosuch"],
    ["graph", "a/b"],
    ["graph", "-o", "x.svg"],
    ["graph", "a"],
    ["graph", "a", "-o", "x.json"],
    ["graph", "a", "-o", "x.svg", "--lang", "de"],
    ["graph", "a", "-o", "x.svg", "--month", "2026-10", "--last", "6h"],
    ["graph", "a", "--list"],
    ["graph", "a/b", "-o", "x.svg", "--zone", "A"],
    ["graph", "a/b", "-o", "x.gif"],
    ["graph", "a/b", "-o", "x.svg", "--last", "6"],
    ["graph", "a/b", "-o", "x.svg", "--last", "0s"],
    ["graph", "a/b", "-o", "x.svg", "--width", "50"],
    ["graph", "a/b", "-o", "x.svg", "--height", "many"],
    ["storage", "foo"],
    ["zones", "--url", "foo"],
    ["zones", "--color", "blue"],
    ["nodes", "a", "--node", "b"],
    ["zones", "--zone", "a"],
], ids=" ".join)
def test_wrong_usage(words):
    p = subprocess.run([BUILD / "zonewatchctl", *words], capture_output=True, text=True,
                       env=os.environ | {"ZONEWATCH_TOKEN_FILE": "/nonexistent"})
    assert p.returncode == 64, p.stderr
    assert p.stderr.startswith("zonewatchctl: ") or "zonewatchctl: " in p.stderr
