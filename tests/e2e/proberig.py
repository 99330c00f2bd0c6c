# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs probes of the gateway by the driver tests/e2e/probedrv.c, and servers for them to ask."""

import contextlib
import http.server
import json
import os
import ssl
import subprocess
import threading
import time

import pytest

from conftest import BUILD, ROOT

DRIVER = BUILD / "probedrv"
FAST = 'interval = "1s"; timeout = "900ms";'


class Run:
    """What the driver printed."""

    def __init__(self, lines, log):
        self.lines = [json.loads(l) for l in lines]
        self.log = log
        self.readings = [l for l in self.lines if l["what"] == "reading"]
        self.cost = self.lines[-1]

    def of(self, node):
        found = [r for r in self.readings if r["node"] == node]
        assert found, f"no answer of {node}"
        return found

    def values(self, node):
        return self.of(node)[-1]["values"]

    def text(self, node):
        return self.of(node)[-1]["text"]

    def changes(self, node):
        return [l["up"] for l in self.lines if l["what"] == "changed" and l["node"] == node]


@pytest.fixture
def drive(tmp_path):
    """Runs probes for some seconds."""
    env = {**os.environ,
           "ASAN_OPTIONS": f"detect_leaks=1:log_path={tmp_path}/asan",
           "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0",
           "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:log_path={tmp_path}/ubsan"}

    def run(probes, seconds=2.2, wrap=(), more=None, during=None):
        conf = tmp_path / "gateway.conf"
        conf.write_text('collectors = [ "127.0.0.1:1" ];\nprobes = (\n' + ",\n".join(
            "{ " + p + " }" for p in probes) + "\n);\n")
        p = subprocess.Popen([*wrap, DRIVER, conf, str(seconds)], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True, env={**env, **(more or {})},
                             cwd=tmp_path)
        if during:
            during(p)
        out, log = p.communicate(timeout=seconds + 30)
        reports = [f.read_text() for f in tmp_path.iterdir() if f.name[:4] in ("asan", "ubsa")]
        assert not reports, reports[0]
        assert p.returncode == 0, log
        return Run(out.splitlines(), log)

    return run


def probe(node, kind, rest, head=FAST):
    return f'node = "{node}"; kind = "{kind}"; {head} {rest}'


class Web(http.server.BaseHTTPRequestHandler):
    """Answers by its path."""

    def log_message(self, *args):
        pass

    def handle(self):
        with contextlib.suppress(OSError):
            super().handle()

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.server.seen.append((self.command, self.path, self.headers["Host"]))
        path = self.path.strip("/")
        if path.isdigit():
            self.send_response(int(path))
            self.send_header("Location", "/200")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "headers":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                self.wfile.write(b"X-Header: " + b"x" * 1000 + b"\r\n")
        elif path == "interim":
            while True:
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        elif path == "line":
            while True:
                self.wfile.write(b"x" * 1000)
        else:
            self.send_response(200)
            self.end_headers()
            self.body(path)

    def body(self, path):
        if self.command == "HEAD":
            return
        if path == "endless":
            while True:
                self.wfile.write(b"x" * 65536)
        if path == "slow":
            while True:
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        if path == "late":
            self.wfile.write(b"y" * 300000 + b"the end")
        self.wfile.write(b"all is well here")


@contextlib.contextmanager
def web(cert=None, key=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Web)
    server.daemon_threads = True
    server.seen = []
    if cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, server.server_address[1]
    server.shutdown()
    server.server_close()
