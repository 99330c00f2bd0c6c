# SPDX-License-Identifier: GPL-3.0-or-later
"""A mount that never answers is stuck alone: its series is unknown, all others go on."""

import os
import subprocess
import time

import pytest

from conftest import BUILD, wait_for

HANGFS = BUILD / "hangfs"


@pytest.mark.skipif(not os.access("/dev/fuse", os.W_OK), reason="no FUSE here")
def test_hanging_mount(rig):
    rig.node("here")
    rig.collector()
    mount = rig.dir / "hung"
    mount.mkdir()
    fs = rig.start("hangfs", HANGFS, "-f", mount)
    wait_for("mount", 10, lambda: str(mount) in open("/proc/mounts").read())
    try:
        a = rig.agent("here", sources='deadline = "1s";')
        wait_for("stuck", 20, lambda: "stuck" in a.text())
        t0 = int(time.time()) + 1
        time.sleep(8)
        rig.flush()
        rows = rig.fetch("here", "cpu-total", t0, t0 + 6)
        assert len(rows) >= 6, "a stuck mount delayed the processor's values"
        rows = rig.fetch("here", "filesystem-root", t0, t0 + 6)
        assert len(rows) >= 6, "a stuck mount delayed another mount's values"
        assert "source-stuck" in rig.c.text()
        assert a.stop(15) == 0
    finally:
        subprocess.run(["fusermount3", "-uz", str(mount)], check=False)
        fs.kill()
