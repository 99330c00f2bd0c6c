# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig of the end-to-end tests: real daemons in a directory of their own, on loopback ports.

It owns every process that it starts and ends them all; a test fails when a sanitizer has written
a report, or when a daemon did not end as it should."""

import contextlib
import http.client
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ZW_BUILD", ROOT / "build" / "sanitize"))
PKI = ROOT / "conf" / "pki.sh"


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="the long campaigns")


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: measures times; nothing else may run beside it")


def free_port():
    """One that no connection takes by itself before it is used: below the ephemeral ports."""
    while True:
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as s, contextlib.suppress(OSError):
            s.bind(("127.0.0.1", port))
            return port


def wait_for(what, seconds, probe):
    """The first true result of probe(), asked for this long."""
    end = time.monotonic() + seconds
    while True:
        result = probe()
        if result:
            return result
        if time.monotonic() > end:
            raise AssertionError(f"no {what} within {seconds} s")
        time.sleep(0.05)


class Daemon:
    """One process and its log."""

    def __init__(self, rig, name, argv, env=None):
        self.name, self.rig = name, rig
        self.log = rig.dir / f"{name}.log"
        self.process = subprocess.Popen(
            [str(a) for a in argv], stderr=open(self.log, "ab"), stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL, env={**rig.env, **(env or {})}, cwd=rig.dir)

    @property
    def pid(self):
        return self.process.pid

    def text(self):
        return self.log.read_text(errors="replace")

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        """SIGKILL, and wait."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, seconds=30):
        """SIGTERM, and its exit code."""
        if self.alive():
            self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise AssertionError(f"{self.name} did not end within {seconds} s of SIGTERM")


class Rig:
    """A collector and what belongs to it, below one directory."""

    def __init__(self, path):
        self.dir = path
        self.daemons = []
        self.agent_port, self.web_port = free_port(), free_port()
        self.token = "0123456789abcdef"
        (path / "token").write_text(self.token + "\n")
        (path / "token").chmod(0o600)
        (path / "san").mkdir()
        self.env = {
            **os.environ,
            "TZ": "UTC",
            "ASAN_OPTIONS": f"detect_leaks=1:log_path={path}/san/asan:handle_abort=0:"
                            "fast_unwind_on_malloc=0",
            "LSAN_OPTIONS": f"suppressions={ROOT}/tests/lsan.supp:print_suppressions=0",
            "UBSAN_OPTIONS": f"print_stacktrace=1:halt_on_error=1:log_path={path}/san/ubsan",
            "ZONEWATCH_URL": f"http://127.0.0.1:{self.web_port}",
            "ZONEWATCH_TOKEN_FILE": str(path / "token"),
        }
        self.zones = ["A", "B", "C", "D"]
        self.nodes = {}  # name -> zone
        self.more = {}  # name -> further keys of its row
        self.rules = ""
        self.mail = ""
        self.more_conf = ""  # further groups and lists
        self.store = 'flush = "10s"; checkpoint = "2s";'
        self.spoilt = False  # the test changes rows of RRDs itself
        self.pki("init")
        self.pki("collector", "localhost", "127.0.0.1")

    # --- set-up -------------------------------------------------------------------------------

    def pki(self, *words):
        subprocess.run(["sh", str(PKI), str(self.dir / "pki"), *words], check=True,
                       capture_output=True)

    def node(self, *names, zone="A"):
        """Nodes with certificates."""
        for n in names:
            self.nodes[n] = zone
        self.pki("nodes", *names)

    def write_conf(self):
        nodes = ",\n".join(f'  {{ name = "{n}"; zone = "{z}"; {self.more.get(n, "")} }}'
                           for n, z in self.nodes.items())
        # Tests that do not say otherwise hear of everything at once, of the end too.
        if "notify" not in self.more_conf:
            self.more_conf += '\nnotify = { group_wait = "0s"; close_wait = "0s"; };'
        elif "close_wait" not in self.more_conf:
            self.more_conf = self.more_conf.replace("notify = {", 'notify = { close_wait = "0s";')
        zones = ", ".join(f'{{ name = "{z}"; title = "Zone {z}"; }}' for z in self.zones)
        (self.dir / "collector.conf").write_text(f"""
site = "Test site";
timezone = "Asia/Baku";
tls = {{ ca = "pki/ca.crt"; cert = "pki/collector.crt"; key = "pki/collector.key"; }};
intake = {{ listen = "127.0.0.1:{self.agent_port}"; }};
store = {{ dir = "state"; {self.store} {"" if "scrub" in self.store else 'scrub = "5s";'}
  archives = ( {{ step = "1s"; keep = "2h"; }}, {{ step = "10s"; keep = "2d"; }} ); }};
web = {{ listen = "127.0.0.1:{self.web_port}"; token_file = "token";
        url = "http://127.0.0.1:{self.web_port}"; }};
mail = {{ {self.mail} }};
zones = ( {zones} );
nodes = (
{nodes}
);
rules = (
{self.rules}
);
{self.more_conf}
""")

    def start(self, name, *argv, env=None):
        d = Daemon(self, name, argv, env)
        self.daemons.append(d)
        return d

    def collector(self, wait=True):
        self.write_conf()
        self.c = self.start("collector", BUILD / "zonewatch-collector", "-f", "-c",
                            self.dir / "collector.conf")
        if wait:
            self.wait_collector()
        return self.c

    def wait_collector(self):
        def ready():
            assert self.c.alive(), f"the collector ended:\n{self.c.text()[-3000:]}"
            try:
                return self.request("/api/v1/health")[0] == 200
            except (OSError, urllib.error.URLError):
                return False
        wait_for("collector", 20, ready)

    def agent(self, node, step="1s", sources="", extra="", env=None):
        path = self.dir / f"agent-{node}.conf"
        path.write_text(f"""
collectors = [ "127.0.0.1:{self.agent_port}" ];
step = "{step}";
tls = {{ ca = "pki/ca.crt"; cert = "pki/nodes/{node}.crt"; key = "pki/nodes/{node}.key"; }};
spool = {{ dir = "spool-{node}"; }};
sources = {{ {sources} }};
{extra}
""")
        return self.start(f"agent-{node}", BUILD / "zonewatch-agent", "-f", "-c", path, env=env)

    def gateway(self, name, text, nodes=(), env=None):
        """A gateway that speaks for itself and these nodes; text: the rest of its configuration."""
        self.pki("node", name, *nodes)
        path = self.dir / f"{name}.conf"
        path.write_text(f"""
collectors = [ "127.0.0.1:{self.agent_port}" ];
tls = {{ ca = "pki/ca.crt"; cert = "pki/nodes/{name}.crt"; key = "pki/nodes/{name}.key"; }};
spool = {{ dir = "spool-{name}"; }};
state_dir = "{name}";
spread = "0s";
{text}
""")
        self.env["ZONEWATCH_GATEWAY_CONF"] = str(path)
        return self.start(name, BUILD / "zonewatch-gateway", "-f", "-c", path, env=env)

    def secret(self, name, text):
        """A file that nobody else may read."""
        path = self.dir / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def snmpd(self, port, extra="", name="snmpd"):
        """Debian's own agent: v3 user zw (SHA-256, AES) and the community zwpub."""
        conf = self.dir / f"{name}.conf"
        conf.write_text(f"""
agentaddress udp:127.0.0.1:{port}
createUser zw SHA-256 "authpass12345" AES "privpass12345"
rouser zw authpriv .1
rocommunity zwpub 127.0.0.1 .1
{extra}
""")
        state = self.dir / f"{name}.state"
        state.mkdir(exist_ok=True)
        return self.start(name, "/usr/sbin/snmpd", "-f", "-Lf", self.dir / f"{name}.out", "-C", "-c",
                          conf, env={"SNMP_PERSISTENT_DIR": str(state), "MIBS": ""})

    def sim(self, *args, step=1, oracle=True):
        """zonewatch-sim with all nodes that have a certificate."""
        groups = {}
        for n, z in self.nodes.items():
            groups.setdefault(z, []).append(n)
        argv = [BUILD / "zonewatch-sim", "--collector", f"127.0.0.1:{self.agent_port}",
                "--pki", self.dir / "pki", "--state", self.dir / "sim", "--step", step]
        if oracle:
            argv += ["--oracle", self.dir / "oracle"]
        argv += list(args) + [f"{z}:{','.join(ns)}" for z, ns in groups.items()]
        return self.start("sim", *argv)

    # --- looking at it ------------------------------------------------------------------------

    def session(self):
        """The cookie of one who signed in by the token; the same for the whole test."""
        if not hasattr(self, "cookie"):
            c = http.client.HTTPConnection("127.0.0.1", self.web_port, timeout=20)
            c.request("GET", f"/login?token={self.token}")
            told = c.getresponse().headers.get_all("Set-Cookie")
            self.cookie = next(x.split(";")[0] for x in told if x.startswith("zonewatch="))
            c.close()
        return self.cookie

    def request(self, path, method="GET", token=None, headers=None, timeout=20):
        """Status, headers and bytes of a request to the collector."""
        h = {"Authorization": f"Bearer {token or self.token}"} | (headers or {})
        r = urllib.request.Request(f"http://127.0.0.1:{self.web_port}{path}", method=method,
                                   headers=h, data=b"" if method == "POST" else None)
        try:
            with urllib.request.urlopen(r, timeout=timeout) as a:
                return a.status, a.headers, a.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers, e.read()

    def api(self, path, method="GET"):
        status, _, body = self.request(f"/api/v1/{path}", method)
        assert status == 200, f"{path}: {status} {body[:500]!r}"
        answer = json.loads(body)
        while answer.get("next"):  # a list that goes on: all of it
            more = json.loads(self.request(answer["next"])[2])
            for key, items in more.items():
                answer[key] = answer[key] + items if isinstance(items, list) else items
        return answer

    def flush(self):
        self.api("flush", "POST")

    def ctl(self, *words, check=True, env=None):
        p = subprocess.run([str(BUILD / "zonewatchctl"), *map(str, words)], text=True,
                           capture_output=True, env={**self.env, **(env or {})}, cwd=self.dir)
        if check:
            assert p.returncode == 0, f"zonewatchctl {words}: {p.returncode}\n{p.stderr}"
        return p

    def rrd(self, node, series):
        return self.dir / "state" / "rrd" / node / f"{series}.rrd"

    def fetch(self, node, series, start, end, step=1, cf="AVERAGE"):
        """{time: {field: value}} by plain rrdtool; unknown rows and values are left out."""
        out = subprocess.run(
            ["rrdtool", "fetch", str(self.rrd(node, series)), cf, "-r", str(step),
             "-s", str(start), "-e", str(end)], check=True, text=True, capture_output=True).stdout
        lines = out.splitlines()
        fields = lines[0].split()
        rows = {}
        for line in lines[2:]:
            t, _, rest = line.partition(":")
            values = {f: float(v) for f, v in zip(fields, rest.split()) if "nan" not in v}
            if values:
                rows[int(t)] = values
        return rows

    def oracle(self):
        """What the simulator sent, and what of it was acknowledged: (acked, all), each a list of
        (node, number, time, series, {field: value}). A run of the simulator begins with a line R;
        only acknowledgements of the same run count for it: what a killed run had only in its
        memory has a number below those of the next."""
        runs = []
        for text in (self.dir / "oracle").read_text().split("\nR\n")[1:]:
            acks, samples = {}, []
            for line in text[:text.rfind("\n") + 1].splitlines():  # without one that a kill cut
                w = line.split()
                if w[0] == "A":
                    acks[w[1]] = max(acks.get(w[1], 0), int(w[2]))
                elif w[0] == "S":
                    values = {k: float(v) for k, v in (p.split("=") for p in w[5:])}
                    samples.append((w[1], int(w[2]), int(w[3]), w[4], values))
            runs.append((acks, samples))
        sent = [s for _, samples in runs for s in samples]
        acked = [s for acks, samples in runs for s in samples if s[1] <= acks.get(s[0], 0)]
        return acked, sent

    def ack_times(self):
        """Of each record that was acknowledged: (node, number, seconds from its giving to the
        acknowledgement that covers it), as the simulator's oracle knows."""
        words = (line.split() for line in (self.dir / "oracle").read_text().splitlines())
        return [(w[1], int(w[2]), int(w[3]) / 1e6) for w in words if len(w) == 4 and w[0] == "A"]

    def mails(self):
        """All delivered mails of the maildir, as email messages, oldest first."""
        import email
        import email.policy
        box = self.dir / "mail" / "new"
        files = sorted(box.glob("*.eml"), key=lambda p: p.stat().st_mtime_ns) if box.exists() else []
        return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]

    # --- the end ------------------------------------------------------------------------------

    def end(self):
        codes = {}
        for d in reversed(self.daemons):
            if d.alive():
                codes[d] = d.stop()
        for d, code in codes.items():
            assert code == 0, f"{d.name} ended with {code}:\n{d.text()[-3000:]}"
        self.check_sandboxes()
        self.check_sanitizers()
        self.check_rows()

    def check_rows(self):
        """Rows of RRDs are not taken for damaged that nobody damaged."""
        for log in sorted(self.dir.glob("*.log")):
            said = [line for line in log.read_text(errors="replace").splitlines()
                    if "rows were changed by the disk" in line]
            assert not said or self.spoilt, f"{log.name}: {said[0]}"

    def check_sandboxes(self):
        """Normal work makes no system call that a sandbox forbids."""
        for log in sorted(self.dir.glob("*.log")):
            said = [line for line in log.read_text(errors="replace").splitlines()
                    if "is not allowed in its sandbox" in line]
            assert not said, f"{log.name}: {said[0]}"

    def check_sanitizers(self):
        for report in sorted((self.dir / "san").iterdir()):
            raise AssertionError(f"{report.name}:\n{report.read_text(errors='replace')[:6000]}")


@pytest.fixture
def rig(tmp_path):
    r = Rig(tmp_path)
    try:
        yield r
        r.end()
    finally:
        for d in r.daemons:
            if d.alive():
                os.kill(d.pid, signal.SIGKILL)
                d.process.wait(10)


@pytest.fixture
def long_run(request):
    return request.config.getoption("--long")
