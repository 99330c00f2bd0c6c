# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody could do who had found a way to run code inside store, render, report, try, trap or
issuer: a planted bug does it there, right after the program entered its sandbox, and is denied.

The bug is a library that is loaded before libseccomp: it runs where the program says seccomp_load().
That normal work makes no call that is denied, each test of this folder asserts (Rig.end())."""

import contextlib
import errno
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest
from conftest import BUILD, ROOT, wait_for

# Each deed says "plant: NAME ERRNO" on standard error, if the process lives on.
PLANT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
say(const char *name, long rc)
{
	int error = rc == -1 ? errno : 0;
	fprintf(stderr, "plant: %s %d\n", name, error);
}

static void
deed(const char *name)
{
	const char *secret = getenv("PLANT_SECRET"), *journal = getenv("PLANT_JOURNAL");
	const char *outside = getenv("PLANT_OUTSIDE"), *history = getenv("PLANT_HISTORY");
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	char *const argv[] = { "sh", NULL };

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (strcmp(name, "files") == 0) {
		say("shadow", open("/etc/shadow", O_RDONLY));
		say("secret", open(secret, O_RDONLY));
		say("memory", open("/proc/1/environ", O_RDONLY));
		say("outside", open(outside, O_WRONLY | O_CREAT, 0600));
		say("journal", open(journal, O_WRONLY));
		say("history", open(history, O_WRONLY));
		say("local", socket(AF_UNIX, SOCK_STREAM, 0));
	} else if (strcmp(name, "unlink") == 0)
		say(name, unlink(journal));
	else if (strcmp(name, "rename") == 0)
		say(name, rename(journal, outside));
	else if (strcmp(name, "truncate") == 0)
		say(name, truncate(journal, 0));
	else if (strcmp(name, "connect") == 0)
		say(name, connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&to, sizeof to));
	else if (strcmp(name, "exec") == 0)
		say(name, execv("/bin/sh", argv));
	else if (strcmp(name, "ptrace") == 0)
		say(name, ptrace(PTRACE_ATTACH, getppid(), 0, 0));
	else if (strcmp(name, "kill") == 0)
		say(name, kill(getppid(), SIGCONT));
	else if (strcmp(name, "handler") == 0)
		say(name, signal(SIGSYS, SIG_IGN) == SIG_ERR ? -1 : 0);
}

int
seccomp_load(void *ctx)
{
	int (*real)(void *) = (int (*)(void *))dlsym(RTLD_NEXT, "seccomp_load");
	const char *name = getenv("PLANT");
	int rc = real(ctx);

	if (name != NULL)
		deed(name);
	return rc;
}

/* In a program without libseccomp. */
void *
curl_easy_init(void)
{
	void *(*real)(void) = (void *(*)(void))dlsym(RTLD_NEXT, "curl_easy_init");

	if (getenv("PLANT_IN_CURL") != NULL)
		deed("files");
	return real();
}
"""
FATAL = -signal.SIGSYS
SANITIZED = "sanitize" in str(BUILD) or "__asan_init" in subprocess.run(
    ["nm", "-D", str(BUILD / "zonewatch-store")], capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def plant(tmp_path_factory):
    where = tmp_path_factory.mktemp("plant")
    (where / "plant.c").write_text(PLANT)
    subprocess.run(["cc", "-w", "-shared", "-fPIC", "-o", where / "plant.so", where / "plant.c"],
                   check=True)
    return where / "plant.so"


def start_message():
    """STORE_START (store.h): the child before this one did not crash."""
    body = struct.pack(">BI", 7, 0) + b"\0"
    return struct.pack(">I", len(body)) + body


class Bench:
    """A site that has run and is stopped, and the programs that work on what it left."""

    def __init__(self, rig, plant):
        self.rig = rig
        self.state = rig.dir / "state"
        rig.node("n0")
        rig.collector()
        rig.sim()
        wait_for("an RRD", 30, lambda: rig.rrd("n0", "cpu-total").exists())
        rig.end()
        rig.daemons.clear()
        self.journal = sorted((self.state / "journal").glob("*.seg"))[-1]
        self.outside = rig.dir / "outside"
        (rig.dir / "out").mkdir()
        self.env = {
            **rig.env, "LD_PRELOAD": str(plant), "PLANT_SECRET": str(rig.dir / "token"),
            "PLANT_JOURNAL": str(self.journal), "PLANT_OUTSIDE": str(self.outside),
            "PLANT_HISTORY": str(self.state / "history.db"),
            "ASAN_OPTIONS": rig.env["ASAN_OPTIONS"] + ":verify_asan_link_order=0:detect_leaks=0"}

    def argv(self, name):
        conf = self.rig.dir / "collector.conf"
        words = {
            "report": ["-c", conf, "-p", "2026-10", "-l", "en", "-o", self.rig.dir / "out" / "r"],
            "try": ["-c", conf, "-s", str(int(time.time()) - 60), "-e", str(int(time.time()))],
            "trap": [],
            "issuer": ["-a", self.rig.dir / "pki" / "ca.crt", "-k", self.rig.dir / "pki" / "ca.key",
                       "-d", "1", "AAAA", "n0"]}
        return [BUILD / f"zonewatch-{name}", *words.get(name, ["-c", conf])]

    def run(self, name, deed):
        """The program with the deed in it: its exit code and what it said."""
        ours, theirs = socket.socketpair()
        child = subprocess.Popen(
            [str(a) for a in self.argv(name)], preexec_fn=lambda: os.dup2(theirs.fileno(), 3),
            pass_fds=[3],
            env={**self.env, "PLANT": deed}, cwd=self.rig.dir, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        theirs.close()
        if name == "store":
            with contextlib.suppress(BrokenPipeError):
                ours.sendall(start_message())
        ours.shutdown(socket.SHUT_WR)
        try:
            said = child.communicate(timeout=30)[1]
        finally:
            child.kill()
            ours.close()
        return child.returncode, said


PROGRAMS = ["store", "render", "report", "try", "trap", "issuer"]


def test_planted(rig, plant):
    """Each deed in each program: an error number, or the end with a line that says so."""
    bench = Bench(rig, plant)
    before = bench.journal.read_bytes()
    deadly = ["connect", "exec", "handler"]
    if not SANITIZED:
        deadly += ["ptrace", "kill"]
    for name in PROGRAMS:
        _, said = bench.run(name, "files")
        got = dict(line.split()[1:] for line in said.splitlines() if line.startswith("plant: "))
        assert got == {k: str(errno.EACCES) for k in (
            "shadow", "secret", "memory", "outside", "journal", "history", "local")}, (name, said)
        for deed in deadly:
            # Who may send datagrams may say where to.
            if (name, deed) == ("trap", "connect"):
                continue
            code, said = bench.run(name, deed)
            assert code == FATAL and "is not allowed in its sandbox" in said, (name, deed, code, said)
        for deed in ["unlink", "rename", "truncate"]:
            code, said = bench.run(name, deed)
            assert code == FATAL or f"plant: {deed} {errno.EACCES}\n" in said, (name, deed, said)
    assert bench.journal.read_bytes() == before and not bench.outside.exists()


def test_planted_in_tell(rig, plant):
    """zonewatch-tell, which has no filter of system calls, but of files."""
    (rig.dir / "tell.conf").write_text(
        'transport = "smtp://127.0.0.1:9"; from = "zw@dc.example"; to = [ "duty@dc.example" ];')
    (rig.dir / "journal").write_text("journal")
    facts = "over 0\nid 1\nnode n0\ncollectors c:1\nquiet 1795312800000\nnow 1795312925000\n" \
        "peers 2\nheard 1\nunheard n1\n"
    p = subprocess.run(
        [BUILD / "zonewatch-tell", rig.dir / "tell.conf"], input=facts, text=True,
        capture_output=True, timeout=30, cwd=rig.dir, env={
            **rig.env, "LD_PRELOAD": str(plant), "PLANT_IN_CURL": "1",
            "PLANT_SECRET": str(rig.dir / "token"), "PLANT_JOURNAL": str(rig.dir / "journal"),
            "PLANT_OUTSIDE": str(rig.dir / "outside"), "PLANT_HISTORY": str(rig.dir / "tell.conf"),
            "ASAN_OPTIONS":
                rig.env["ASAN_OPTIONS"] + ":verify_asan_link_order=0:detect_leaks=0"})
    got = dict(line.split()[1:] for line in p.stderr.splitlines() if line.startswith("plant: "))
    assert p.returncode == 1 and got == {
        **{k: str(errno.EACCES) for k in (
            "shadow", "secret", "memory", "outside", "journal", "history")}, "local": "0"}, p.stderr


def test_units_let_them(rig):
    """Under the system calls that the shipped units allow, everything works, and every sandbox is
    whole: none says that something is left out or forbidden."""
    rig.node("n0")
    rig.write_conf()
    quiet = {"ASAN_OPTIONS": rig.env["ASAN_OPTIONS"] + ":detect_leaks=0"}
    under = [sys.executable, ROOT / "tests" / "e2e" / "unitfilter.py"]
    units = ROOT / "conf" / "systemd"
    rig.c = rig.start("collector", *under, units / "zonewatch-collector.service",
                      BUILD / "zonewatch-collector", "-f", "-c", rig.dir / "collector.conf",
                      env=quiet)
    rig.wait_collector()
    rig.agent("n0").stop()  # its configuration
    agent = rig.start("agent", *under, units / "zonewatch-agent.service", BUILD / "zonewatch-agent",
                      "-f", "-c", rig.dir / "agent-n0.conf", env=quiet)
    wait_for("an RRD", 30, lambda: rig.rrd("n0", "cpu-total").exists())
    wait_for("its graph", 20, lambda: rig.request(
        "/api/v1/graph?series=n0/cpu-total&format=png&last=10min")[0] == 200)
    for who in (rig.c, agent):
        assert "sandbox" not in who.text() and "forbid" not in who.text(), who.text()
    for child in pathlib.Path(f"/proc/{rig.c.pid}/task/{rig.c.pid}/children").read_text().split():
        status = pathlib.Path(f"/proc/{child}/status").read_text()
        assert "Seccomp_filters:\t2" in status, status  # the unit's and its own


def test_without_landlock(rig):
    """Where Landlock is forbidden that is told, and everything works on."""
    rig.node("n0")
    rig.write_conf()
    text = (ROOT / "conf" / "systemd" / "zonewatch-collector.service").read_text()
    unit = rig.dir / "own.service"
    unit.write_text("".join(line for line in text.splitlines(True) if "landlock_" not in line))
    rig.c = rig.start("collector", sys.executable, ROOT / "tests" / "e2e" / "unitfilter.py", unit,
                      BUILD / "zonewatch-collector", "-f", "-c", rig.dir / "collector.conf",
                      env={"ASAN_OPTIONS": rig.env["ASAN_OPTIONS"] + ":detect_leaks=0"})
    rig.wait_collector()
    rig.agent("n0")
    wait_for("an RRD", 30, lambda: rig.rrd("n0", "cpu-total").exists())
    time.sleep(2)
    assert "Landlock is forbidden by what started this program" in rig.c.text()
    assert "were replaced" not in rig.c.text(), rig.c.text()


def test_collector_says_why(rig, plant):
    """The parent of one that made such a call says what it was, and starts it again."""
    rig.node("n0")
    rig.write_conf()
    c = rig.start("collector", BUILD / "zonewatch-collector", "-f", "-c", rig.dir / "collector.conf",
                  env={"LD_PRELOAD": str(plant), "PLANT": "exec", "ASAN_OPTIONS":
                       rig.env["ASAN_OPTIONS"] + ":verify_asan_link_order=0"})
    wait_for("its line", 20, lambda: "a system call that its sandbox forbids" in c.text())
    assert "system call 59 is not allowed in its sandbox; the program ends" in c.text()
    c.stop()
    c.log.unlink()


def test_agent_listens_on_nothing(rig):
    """No port, no core, no look into it; and a key that others may read is refused."""
    rig.node("n0")
    rig.collector()
    agent = rig.agent("n0")
    wait_for("the agent", 20, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    listening = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True, check=True).stdout
    assert f"pid={agent.pid}," not in listening, listening
    limits = pathlib.Path(f"/proc/{agent.pid}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines()
            if line.startswith("Max core")] == [["0", "0"]]
    status = pathlib.Path(f"/proc/{agent.pid}/status").read_text()
    assert "NoNewPrivs:\t1" in status
    secret = rig.token
    assert secret not in pathlib.Path(f"/proc/{agent.pid}/cmdline").read_text()
    for log in rig.dir.glob("*.log"):
        assert secret not in log.read_text(errors="replace")
