# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives the gateway's SNMP by tests/e2e/snmpdrv.c, and Debian's snmpd for it to ask."""

import os
import re
import shutil
import socket
import subprocess
import time

import pytest

from conftest import BUILD, ROOT, wait_for

OK, TIMEOUT, UNREACHABLE, TOO_BIG, NO_SUCH_NAME, GEN_ERR, NO_ACCESS, BAD_REPLY = range(8)
UNKNOWN_ENGINE, UNKNOWN_USER, WRONG_DIGEST, DECRYPTION, SECURITY_LEVEL = range(8, 13)
NOT_IN_TIME, UNKNOWN_CONTEXT, LOCAL = range(13, 16)
DESCR, OBJECTID, UPTIME, CONTACT, NAME, LOCATION = (f"1.3.6.1.2.1.1.{i}.0" for i in range(1, 7))
V3 = "user=zw auth=SHA-256 authpass=authpass-12345 priv=AES privpass=privpass-12345"


def udp_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Driver:
    """snmpdrv, and what it said."""

    def __init__(self, path, *args, env=None):
        self.path = path
        path.mkdir(exist_ok=True)
        self.out = path / "out"
        self.env = {
            **os.environ,
            "ASAN_OPTIONS": f"detect_leaks=1:log_path={path}/san-asan:fast_unwind_on_malloc=0",
            "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0",
            "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:log_path={path}/san-ubsan",
            "HOME": str(path), **(env or {})}
        self.process = subprocess.Popen(
            [str(BUILD / "snmpdrv"), *map(str, args)], stdin=subprocess.PIPE, env=self.env,
            stdout=open(self.out, "w"), stderr=open(path / "log", "w"), text=True, cwd=path)
        self.seen = 0

    def tell(self, *lines):
        for line in lines:
            self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def text(self):
        return self.out.read_text(errors="replace")

    def log(self):
        return (self.path / "log").read_text(errors="replace")

    def expect(self, pattern, seconds=15):
        """The first line after the last expected one that matches."""

        def look():
            assert self.process.poll() is None, self.log()
            found = re.compile(pattern, re.M).search(self.text(), self.seen)
            if found:
                self.seen = found.end()
            return found

        return wait_for(f"line {pattern!r} in {self.text()[-2000:]}", seconds, look)

    def idle(self, seconds=30):
        """Wait for the end of what is under way; the text since the last time."""
        start = self.seen
        self.tell("wait")
        self.expect(r"^idle$", seconds)
        return self.text()[start:self.seen]

    def one(self, line, seconds=30):
        """A request and its status."""
        self.tell(line)
        text = self.idle(seconds)
        return int(re.search(r"^(?:done|fetched) \S+ status=(\d+)", text, re.M)[1]), text

    def numbers(self, what="stats"):
        self.tell(what)
        line = self.expect(rf"^{what} (.*)$")[1]
        return {k: int(v) for k, v in (w.split("=") for w in line.split())}

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.write("quit\n")
            self.process.stdin.close()
            assert self.process.wait(30) == 0, self.log()
        for report in self.path.glob("san-*"):
            raise AssertionError(report.read_text())


class Agent:
    """snmpd with a configuration of its own."""

    def __init__(self, path, conf, port=None):
        self.path, self.conf, self.port = path, conf, port or udp_port()
        path.mkdir(exist_ok=True)
        self.process = None
        self.start()

    def start(self, wait=True):
        conf = self.path / "snmpd.conf"
        conf.write_text(f"agentAddress udp:127.0.0.1:{self.port}\n{self.conf}\n")
        env = {**os.environ, "SNMP_PERSISTENT_DIR": str(self.path / "state"), "MIBS": ""}
        self.process = subprocess.Popen(
            ["snmpd", "-f", "-Lo", "-C", "-c", str(conf), "-I", "-smux"], env=env,
            stdout=open(self.path / "log", "a"), stderr=subprocess.STDOUT)
        if wait:
            wait_for("snmpd", 10, lambda: "NET-SNMP version" in
                     (self.path / "log").read_text(errors="replace"))
            time.sleep(0.2)

    def stop(self, kill=False):
        if self.process is not None and self.process.poll() is None:
            self.process.kill() if kill else self.process.terminate()
            self.process.wait(10)
        self.process = None
        (self.path / "log").write_text("")

    def forget(self):
        """As if the device were another one: engine ID and boots are lost."""
        shutil.rmtree(self.path / "state", ignore_errors=True)


CONF = """rocommunity public 127.0.0.1
createUser zw SHA-256 authpass-12345 AES privpass-12345
rouser zw authpriv
createUser low SHA authpass-12345
rouser low auth
sysLocation Hall A
view few included .1.3.6.1.2.1.1
"""


# The engine ID and its boots, as snmpd would keep them.
SAME_ENGINE = "oldEngineID 0x80001f888012345678aabbccdd\nengineBoots {}\n"


@pytest.fixture
def started(tmp_path):
    """What is to be stopped at the end."""
    things = []
    yield things
    errors = []
    for t in reversed(things):
        try:
            t.stop()
        except AssertionError as e:
            errors.append(e)
    if errors:
        raise errors[0]


@pytest.fixture
def drv(tmp_path, started):
    d = Driver(tmp_path / "drv")
    started.append(d)
    return d


@pytest.fixture
def agent(tmp_path, started):
    a = Agent(tmp_path / "agent", CONF)
    started.append(a)
    return a


def peer(d, name, port, words):
    d.tell(f"peer {name} 127.0.0.1 {port} {words}")
    return d.expect(rf"^peer {name} (ok|error .*)$")[1]
