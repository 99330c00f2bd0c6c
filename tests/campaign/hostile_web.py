# SPDX-License-Identifier: GPL-3.0-or-later
"""Attacks on the page.

web-slow: slowhttptest in its three modes with 1,000 connections, readers that take a byte at a time,
streams that are broken off. Compared: the agents' acknowledgements (99th percentile, by the
simulator's oracle) under attack and in quiet; how long after each the page answers again; memory
and descriptors of the collector before and after.

web-shapes: requests of every odd shape. Compared: what is answered is a refusal or the very page
that the path names; nothing that one request holds is answered as another's; strace(1) sees no
file opened outside of the state's directory."""

import contextlib
import os
import pathlib
import re
import resource
import shutil
import socket
import struct
import subprocess
import threading
import time

from campaign import Skip, campaign, dice
from conftest import wait_for
from hostile import Measure, memory_mb

MODES = {
    "slow headers": ["-H", "-i", "1"],
    "slow bodies": ["-B", "-i", "1", "-s", "8192", "-t", "POST"],
    "slow reading": ["-X", "-w", "1", "-y", "16", "-n", "1", "-z", "1", "-k", "3"],
}
CONNECTIONS = 1000
BACK_S = 15
FLOOR_MS = 50  # that an agent does not feel: it measures every 10 s


# --- slow ----------------------------------------------------------------------------------------

def connect(rig, timeout=5):
    return socket.create_connection(("127.0.0.1", rig.web_port), timeout)


def head(rig, path, more=""):
    return (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{rig.web_port}\r\n"
            f"Authorization: Bearer {rig.token}\r\n{more}\r\n").encode()


def cut(s):
    """Closes by a reset."""
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def slowly(rig, mode, seconds):
    """slowhttptest in a mode."""
    subprocess.run(["slowhttptest", "-c", str(CONNECTIONS), "-r", "500", "-l", str(seconds), "-p", "3",
                    "-u", f"http://127.0.0.1:{rig.web_port}/login", *MODES[mode]],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   timeout=seconds + 120)


def broken_streams(rig, n):
    """Live streams that are broken off before, in and after their beginning."""
    def some(k):
        for i in range(k, n, 8):
            with contextlib.suppress(OSError):
                s = connect(rig)
                s.sendall(head(rig, "/api/v1/live"))
                if i % 3:
                    s.recv(1 if i % 3 == 1 else 4096)
                cut(s) if i % 2 else s.close()

    threads = [threading.Thread(target=some, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def slow_readers(rig, seconds):
    """Who asks for much and takes a byte in a while; many requests on one connection."""
    readers = []
    for i in range(100):
        with contextlib.suppress(OSError):
            s = socket.socket()
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            s.settimeout(5)
            s.connect(("127.0.0.1", rig.web_port))
            s.sendall(head(rig, "/api/v1/openapi.json") * 50 if i % 2 else head(rig, "/api/v1/live"))
            readers.append(s)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for s in readers:
            with contextlib.suppress(OSError):
                s.settimeout(0.001)
                s.recv(1)
        time.sleep(0.2)
    for s in readers:
        cut(s)


def at_least(seconds, attack):
    """The attack, and what it leaves behind, for so long."""
    end = time.monotonic() + seconds
    attack()
    time.sleep(max(0, end - time.monotonic()))


def page_back(rig):
    """Seconds until the page answers again."""
    began = time.monotonic()

    def answers():
        with contextlib.suppress(OSError):
            return rig.request("/", timeout=2)[0] == 200
        return False
    wait_for("page", BACK_S, answers)
    return time.monotonic() - began


def rss_mb(pid):
    return int(next(x for x in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                    if x.startswith("VmRSS")).split()[1]) / 1024


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def endure(rig, m, attack, quiet, name):
    """The attack's figure, that of the quiet time last measured, how long the page was away. Three
    times at most, for the machine may be busy with something else just then."""
    tried = []
    for _ in range(3):
        bad, _ = m.during(attack)
        back = page_back(rig)
        tried.append(f"{bad:.1f} ms (quiet {quiet:.1f})")
        if bad <= max(2 * quiet, FLOOR_MS):
            return bad, quiet, back
        quiet = m.during(lambda: time.sleep(3))[0]
    raise AssertionError(f"{name}: the 99th percentile of acknowledgements was {', '.join(tried)}")


@campaign("web-slow", short=2, long=30, build="release", alone=True, seconds=(150, 3600))
def web_slow(rig, seconds):
    """slowhttptest's three modes, slow readers and broken streams: agents are acknowledged as ever,
    the page comes back, nothing is left behind."""
    if shutil.which("slowhttptest") is None:
        raise Skip("slowhttptest is not installed: sh conf/packages.sh test")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    streams = 10000 if seconds >= 10 else 1000
    rig.node(*[f"srv-{i:02}" for i in range(1, 39)])
    rig.collector()
    rig.sim(step=1)
    wait_for("all of them", 30, lambda: len({n for n, _, _ in rig.ack_times()}) == 38
             if (rig.dir / "oracle").exists() else False)
    # What is made once is made before anything is counted.
    broken_streams(rig, 300)
    slow_readers(rig, 1)
    page_back(rig)
    time.sleep(2)
    m = Measure(rig)
    quiet, _ = m.during(lambda: time.sleep(max(seconds, 3)))
    rss, fds = rss_mb(rig.c.pid), descriptors(rig.c.pid)
    text = []
    ways = [(mode, lambda mode=mode: slowly(rig, mode, seconds)) for mode in MODES]
    ways += [("slow readers", lambda: slow_readers(rig, seconds)),
             (f"{streams:,} broken streams", lambda: broken_streams(rig, streams))]
    if seconds < 10:
        del ways[1]  # bodies are read as headers are
    for name, attack in ways:
        bad, quiet, back = endure(rig, m, lambda: at_least(seconds, attack), quiet, name)
        text.append(f"{name} {bad:.1f} ms, back in {back:.1f} s")
    wait_for("descriptors that are closed", 45, lambda: descriptors(rig.c.pid) <= fds)
    after = rss_mb(rig.c.pid)
    assert after < rss + 16, f"memory grew from {rss:.0f} to {after:.0f} MB"
    log = rig.c.text()
    assert log.count("is disconnected") == 0, "an agent lost its session"
    return (f"acknowledgements, 99th percentile: quiet {quiet:.1f} ms; {'; '.join(text)}; memory "
            f"{rss:.1f} before, {after:.1f} after, at most {memory_mb(rig.c.pid):.1f} MB; descriptors "
            f"{fds} before, {descriptors(rig.c.pid)} after; load {os.getloadavg()[0]:.1f}")


# --- shapes --------------------------------------------------------------------------------------

SECRET = "zw-secret-of-the-disk"
DOTS = ["..", "%2e%2e", "%2E.", ".%2e", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%uff0e%uff0e", "..;",
        "....//", "..\\", "..%5c", "..%2f", "%2e%2e%2f", "..%c0%af", "..%255c"]
PLACES = ["/", "/static/", "/assets/", "/api/v1/", "/node/", "/reports/", "/api/v1/reports/", "/style.css/",
          "/graph/", "//", "/./", "/api/v1/nodes/", "/wall/"]
FILES = ["etc/passwd", "secret", "token", "collector.conf", "pki/ca.key", "proc/self/environ",
         "state/history.db", "proc/self/maps"]


def traversals(rig, rng, n):
    """Requests for files that are none of the page's."""
    for _ in range(n):
        up = rng.choice(DOTS)
        path = rng.choice(PLACES) + (up + rng.choice(["/", "%2f", "\\", "//"])) * rng.randrange(1, 9) + \
            rng.choice(FILES) + rng.choice(["", "%00.css", "?x=.css", "/.", "%20", ".svg", ";.css"])
        if rng.random() < 0.2:
            path = rng.choice(["file:///", "", "http://127.0.0.1/", "/" + str(rig.dir) + "/"]) + \
                rng.choice(FILES)
        yield head(rig, path.replace(" ", "%20"))


def smuggling(rig, rng, n):
    """One request that somebody may take for two, two for one; lines that end otherwise; heads
    without an end."""
    host = f"Host: 127.0.0.1:{rig.web_port}\r\n"
    inner = head(rig, "/api/v1/nodes").decode()
    shapes = [
        f"POST /login HTTP/1.1\r\n{host}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Content-Length: 5\r\nContent-Length: 50\r\n\r\nabcde{inner}",
        f"POST /login HTTP/1.1\r\n{host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n-1\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Content-Length: 99999999999999999999\r\n\r\n{inner}",
        f"POST /login HTTP/1.1\r\n{host}Content-Length: +5\r\n\r\nabcde",
        f"GET / HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nGET /{inner}",
        f"GET / HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host} X: y\r\n\r\n",
        f"GET / HTTP/1.1\n{host}\n\n",
        f"GET / HTTP/1.1\r\nHost: a\r\nX: {'y' * 9000}\r\n\r\n",
        f"GET /{'a' * 20000} HTTP/1.1\r\n{host}\r\n",
        "GET / HTTP/1.1\r\n" + "".join(f"X-{i}: y\r\n" for i in range(3000)) + "\r\n",
        "GET / HTTP/9.9\r\n\r\n", "GET\r\n\r\n", "\r\n\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", " / HTTP/1.1\r\n\r\n",
        f"CONNECT /etc/passwd HTTP/1.1\r\n{host}\r\n", f"TRACE / HTTP/1.1\r\n{host}Cookie: x\r\n\r\n",
        f"GET http://evil.example/ HTTP/1.1\r\n{host}\r\n", f"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        f"GET / HTTP/1.1\r\n{host}Expect: 100-continue\r\n\r\n", f"GET /\x00 HTTP/1.1\r\n{host}\r\n",
        f"GET / HTTP/1.1\r\n{host}Cookie: {'zonewatch=x;' * 600}\r\n\r\n",
    ]
    for i in range(n):
        shape = shapes[i % len(shapes)].encode("latin-1")
        if i >= len(shapes):  # and the same with a byte that is wrong
            data = bytearray(shape)
            data[rng.randrange(len(data))] = rng.randrange(256)
            shape = bytes(data)
        yield shape


def pipelined(rig, rng, n):
    """Many at once on a connection."""
    for _ in range(n):
        paths = ["/", "/api/v1/nodes", "/nowhere", "/login", "/metrics", "/api/v1/openapi.json"]
        yield b"".join(head(rig, rng.choice(paths)) for _ in range(rng.randrange(2, 60)))


def ask(rig, data, seconds):
    """All that is answered."""
    s, got = connect(rig), b""
    with contextlib.suppress(OSError):
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        s.settimeout(seconds)
        while len(got) < 1 << 22 and (more := s.recv(65536)):
            got += more
    s.close()
    return got


@contextlib.contextmanager
def opened(rig):
    """The files that the collector's process opens meanwhile, by strace; [] if it is not to be."""
    out, found = rig.dir / "strace", []
    p = subprocess.Popen(["strace", "-f", "-p", str(rig.c.pid), "-o", out, "-e",
                          "trace=open,openat,openat2,execve,creat"], stderr=subprocess.DEVNULL)
    wait_for("strace", 10, lambda: p.poll() is not None or "TracerPid:\t0" not in
             pathlib.Path(f"/proc/{rig.c.pid}/status").read_text())
    if p.poll() is not None:
        raise Skip("strace may not attach here")
    try:
        yield found
    finally:
        p.terminate()
        p.wait(10)
        found.extend(re.findall(r'\b(?:open(?:at2?)?|creat|execve)\((?:AT_FDCWD, |\d+, )?"([^"]*)"',
                                out.read_text(errors="replace")))


@campaign("web-shapes", short=200, long=20000, seconds=(120, 7200))
def web_shapes(rig, n, seed):
    """Requests of odd shapes: no file outside the assets, no answer that belongs to another, the
    server goes on."""
    rng = dice(seed, "web")
    rig.node("srv-1")
    (rig.dir / "secret").write_text(SECRET)
    rig.token = SECRET + "0123456789"
    (rig.dir / "token").write_text(rig.token + "\n")
    rig.collector()
    answers, refused = 0, 0
    secrets = [SECRET.encode(), b"root:x:", b"BEGIN PRIVATE", b"BEGIN EC PRIVATE", b"SQLite format 3",
               b"token_file =", b"ASAN_OPTIONS="]
    with opened(rig) as files:
        for i, data in enumerate([*traversals(rig, rng, n), *smuggling(rig, rng, n // 2),
                                  *pipelined(rig, rng, n // 10)]):
            got = ask(rig, data, 2)
            heads = re.findall(rb"HTTP/1\.[01] (\d\d\d)", got)
            answers += len(heads)
            refused += sum(h[:1] == b"4" for h in heads)
            for word in secrets:
                assert word not in got, f"seed {seed}: request {i}: {data!r:.300}: {word!r} in the answer"
            inner = data.count(b"GET /api/v1/nodes") if data.startswith(b"POST /login") else 0
            if inner:  # what stands in a body, or behind a request that is no good, is no request
                assert b'"nodes"' not in got, f"seed {seed}: {data!r:.300}: {got!r:.300}"
            assert rig.c.alive(), f"seed {seed}: {data!r:.300}"
        assert rig.api("health")["status"] == "ok"
        rig.ctl("token", "add", "probe", "--role", "viewer", "--ends", "90d")
    assert files, "strace saw nothing of what writing the accounts opens"
    state = str(rig.dir / "state")
    odd = sorted({f for f in files if not f.startswith((state, "state/", "/proc/self/", "/proc/", "/sys/"))
                  and f.startswith("/")})
    odd = [f for f in odd if f not in ("/etc/localtime", "/dev/urandom") and not f.startswith("/usr/share/zoneinfo")]
    assert not odd, f"files that were opened: {odd}"
    for f in files:
        assert not any(x in f for x in ("passwd", "secret", "ca.key", "environ", "maps", "..")), f
    return (f"{n + n // 2 + n // 10:,} requests, {answers:,} answers, {refused:,} of them refusals; "
            f"{len(set(files))} files opened meanwhile, all of the state's")
