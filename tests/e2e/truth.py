# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator's text oracle says against what rrdtool reads, for tests that look at values.
(tests/campaign/reference.py compares bytes.)"""

import math
import os
import signal
import time


def gauges(series, values):
    counters = {"read_ops", "write_ops", "read_bytes", "write_bytes", "rx_bytes", "tx_bytes",
                "rx_errors"}
    return {k: v for k, v in values.items() if k not in counters}


def same(row, values):
    return all(math.isclose(row[f], v, rel_tol=1e-9, abs_tol=1e-9) for f, v in values.items())


def settle(rig, sim):
    """Let the simulator stop sending, have all acknowledged and written."""
    time.sleep(2.5)
    os.kill(sim.pid, signal.SIGTERM)
    sim.process.wait(30)
    rig.flush()
