# SPDX-License-Identifier: GPL-3.0-or-later
"""The service manager's watchdog: it hears from each daemon while its loop goes round, and no more
when it is stuck; a manager that then does what systemd does brings it back.

There is no systemd here: a small one of our own has the socket, kills as systemd does (SIGABRT, then
SIGCONT, for a stopped process takes no signal) and starts again."""

import os
import select
import signal
import socket
import subprocess
import time

import pytest
from conftest import BUILD, ROOT, wait_for

WATCHDOG_S = 2.0

# A loop that spins: where libevent waits, as soon as there is a certain file.
SPIN = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int
epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	const char *path = getenv("SPIN_FILE"), *name = getenv("SPIN_NAME");
	/* The daemon's own loop, not a child's nor a thread's. */
	if (path != NULL && name != NULL && strcmp(program_invocation_short_name, name) == 0 &&
	    getpid() == gettid() && access(path, F_OK) == 0)
		for (volatile unsigned i = 0;; i++)
			;
	return (int)syscall(SYS_epoll_pwait, fd, events, n, timeout, NULL, 8);
}
"""


class Manager:
    """What systemd does for Type=notify, WatchdogSec=, Restart=always."""

    def __init__(self, rig, name, argv, env):
        self.rig, self.name, self.argv = rig, name, argv
        self.path = rig.dir / f"{name}.notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.env = {**env, "NOTIFY_SOCKET": str(self.path),
                    "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}
        self.starts = 0
        self.start()

    def start(self):
        self.starts += 1
        self.d = self.rig.start(f"{self.name}-{self.starts}", *self.argv, env=self.env)
        self.ready, self.pings, self.heard = False, 0, None

    def run(self, seconds, until=lambda: False):
        """Serves the socket for so long, and restarts a daemon that is not heard."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            if select.select([self.socket], [], [], 0.05)[0]:
                words = self.socket.recv(4096).decode().splitlines()
                if "READY=1" in words and not self.ready:
                    self.ready, self.heard = True, time.monotonic()
                if "WATCHDOG=1" in words:
                    self.pings += 1
                    self.heard = time.monotonic()
            assert self.d.alive(), f"{self.name} ended:\n{self.d.text()[-2000:]}"
            if self.ready and time.monotonic() - self.heard > WATCHDOG_S:
                self.restart()

    def restart(self):
        os.kill(self.d.pid, signal.SIGABRT)
        os.kill(self.d.pid, signal.SIGCONT)
        assert self.d.process.wait(10) == -signal.SIGABRT
        self.rig.daemons.remove(self.d)
        # What it had said before is not of the next one.
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(4096)
        self.start()


def argv_of(rig, name):
    rig.node("srv-01")
    rig.write_conf()
    if name == "collector":
        return [BUILD / "zonewatch-collector", "-f", "-c", rig.dir / "collector.conf"]
    if name == "gateway":
        rig.pki("node", "gw-1")
    who = "srv-01" if name == "agent" else "gw-1"
    more = f'state_dir = "{who}"; profile_dirs = [ "{ROOT}/conf/profiles" ];' if name == "gateway" else ""
    path = rig.dir / f"{name}.conf"
    path.write_text(f"""
collectors = [ "127.0.0.1:{rig.agent_port}" ];
tls = {{ ca = "pki/ca.crt"; cert = "pki/nodes/{who}.crt"; key = "pki/nodes/{who}.key"; }};
spool = {{ dir = "spool-{who}"; }};
{more}
""")
    return [BUILD / f"zonewatch-{name}", "-f", "-c", path]


def spinner(rig, name):
    source, library = rig.dir / "spin.c", rig.dir / "spin.so"
    source.write_text(SPIN)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "SPIN_FILE": str(rig.dir / "spin"),
            "SPIN_NAME": f"zonewatch-{name}",
            "ASAN_OPTIONS": rig.env["ASAN_OPTIONS"] + ":verify_asan_link_order=0"}


@pytest.mark.parametrize("how", ["stopped", "spinning"])
@pytest.mark.parametrize("name", ["collector", "agent", "gateway"])
def test_stuck(rig, name, how):
    m = Manager(rig, name, argv_of(rig, name), spinner(rig, name) if how == "spinning" else {})
    m.run(30, lambda: m.ready)
    assert m.ready
    # It is well: heard at least at half the time, and left alone.
    pings = m.pings
    m.run(5)
    assert m.starts == 1
    assert 4 <= m.pings - pings <= 6
    # It is stuck.
    if how == "stopped":
        os.kill(m.d.pid, signal.SIGSTOP)
    else:
        (rig.dir / "spin").touch()
    t = time.monotonic()
    m.run(10, lambda: m.starts == 2)
    assert m.starts == 2
    assert time.monotonic() - t < WATCHDOG_S + 2
    (rig.dir / "spin").unlink(missing_ok=True)
    # And is well again, with what it had.
    m.run(30, lambda: m.ready)
    m.run(4)
    assert m.starts == 2 and m.pings >= 3
    if name == "collector":
        rig.c = m.d
        wait_for("health", 10, lambda: rig.api("health")["status"] == "ok")


def test_units():
    """The units ask for all that: watched, started again whatever happened, for ever."""
    for name in ["collector", "agent", "gateway"]:
        text = (ROOT / "conf" / "systemd" / f"zonewatch-{name}.service").read_text().splitlines()
        for line in ["Type=notify", "NotifyAccess=main", "Restart=always", "RestartSec=1",
                     "WatchdogSec=30", "StartLimitIntervalSec=0"]:
            assert line in text, f"{name}: {line}"
