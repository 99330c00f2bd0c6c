# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's probes against real things: loopback addresses, a network namespace with loss and
delay, HTTP servers that are slow, endless or badly certified, a name server. Plugins: test_plugins.py."""

import contextlib
import datetime
import os
import pathlib
import socket
import socketserver
import struct
import subprocess
import threading
import time

import pytest

from proberig import DRIVER, FAST, drive, probe, web  # noqa: F401 (a fixture)

PING = FAST + ' spacing = "20ms";'


# --- ICMP -----------------------------------------------------------------------------------------

def test_echo(drive):
    """IPv4, IPv6 and a name; the values agree with each other."""
    run = drive([probe("four", "icmp", 'address = "127.0.0.77";', PING),
                 probe("six", "icmp", 'address = "::1"; size = 8;', PING),
                 probe("big", "icmp", 'address = "127.0.0.1"; size = 9000; count = 2;', PING),
                 probe("name", "icmp", 'address = "localhost";', PING),
                 probe("nobody", "icmp", 'address = "nobody.invalid";', PING)])
    for node in ("four", "six", "big", "name"):
        v = run.values(node)
        assert v["up"] == 1 and v["loss"] == 0, run.text(node)
        assert 0 < v["rtt_min"] <= v["rtt"] <= v["rtt_max"] < 0.05
        assert 0 <= v["jitter"] < 0.05
        assert run.changes(node) == []
    v = run.values("nobody")
    assert v["up"] == 0 and v["loss"] == 100 and v["rtt"] is None
    assert run.text("nobody").startswith("nobody.invalid: ")
    assert run.changes("nobody") == [False]


def test_stamps(drive):
    """Each answer bears a multiple of the interval; no moment comes twice; probes are spread."""
    run = drive([probe(f"n{i}", "icmp", f'address = "127.0.1.{i}"; count = 1;',
                       'interval = "2s"; timeout = "1s";') for i in range(40)], seconds=6.5)
    phases = []
    for i in range(40):
        times = [r["time"] for r in run.of(f"n{i}")]
        assert len(times) >= 3 and all(t % 2 == 0 for t in times)
        assert times == [times[0] + 2 * k for k in range(len(times))]
        phases.append(min(r["at"] - r["time"] * 1000 for r in run.of(f"n{i}")))
    assert all(0 <= p < 2200 for p in phases)
    for quarter in range(4):
        assert sum(quarter * 500 <= p < quarter * 500 + 500 for p in phases) >= 3, phases


def namespace(command):
    """A command in a network namespace of its own; skips where that is not allowed."""
    argv = ["unshare", "-n", "sh", "-c", command + '; exec "$@"', "sh"]
    if subprocess.run([*argv, "true"], capture_output=True).returncode != 0:
        pytest.skip("no network namespaces here")
    return argv


def test_ping_sockets(drive):
    """Where the kernel allows unprivileged ping sockets they are used: CAP_NET_RAW is not there."""
    drop = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"]
    for allowed in ("0 2147483647", "1 0"):
        wrap = namespace("ip link set lo up; "
                         f'echo "{allowed}" >/proc/sys/net/ipv4/ping_group_range') + drop
        run = drive([probe("four", "icmp", 'address = "127.0.0.1";', PING),
                     probe("two", "icmp", 'address = "127.0.0.2";', PING),
                     probe("six", "icmp", 'address = "::1";', PING)], wrap=wrap)
        for node in ("four", "two", "six"):
            if allowed == "1 0":
                assert run.values(node)["up"] is None
                assert "ping_group_range" in run.text(node) and "CAP_NET_RAW" in run.text(node)
            else:
                assert run.values(node)["up"] == 1 and run.values(node)["loss"] == 0


@pytest.fixture(scope="module")
def far():
    """A network behind a TUN device: farnet.py has its hosts."""
    wrap = ["/usr/bin/python3", str(pathlib.Path(__file__).with_name("farnet.py"))]
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        pytest.skip("no TUN device in a network namespace here")
    return wrap


@pytest.mark.alone
def test_far(drive, far):
    """Delays are what they are, jitter is the difference of neighbours; a reply counts once."""
    hosts = {"far": 1, "twice": 3, "uneven": 4, "noisy": 9}
    run = drive([probe(n, "icmp", f'address = "10.9.0.{h}"; count = 6;', PING)
                 for n, h in hosts.items()], wrap=far, seconds=6)
    for node, rtt, least, most, jitter in (
            ("far", 0.040, 0.040, 0.040, 0), ("twice", 0.005, 0.005, 0.005, 0),
            ("uneven", 0.020, 0.010, 0.030, 0.020), ("noisy", 0.010, 0.010, 0.010, 0)):
        want = {"up": 1, "rtt": rtt, "rtt_min": least, "rtt_max": most, "jitter": jitter, "loss": 0}
        answers = [r["values"] for r in run.of(node)]
        assert all(v["loss"] == 0 and v["rtt_min"] >= least for v in answers), (node, answers)
        # The far network is a program on the same busy machine: one answer that is exact will do.
        assert any(v == pytest.approx(want, abs=0.002) for v in answers), (node, answers)


def test_late(drive, far):
    """What comes after the end is lost, also when it comes while the next are awaited."""
    run = drive([probe("late", "icmp", 'address = "10.9.0.2"; count = 3;',
                       'interval = "1s"; timeout = "500ms"; spacing = "100ms";')],
                wrap=far, seconds=4.5)
    assert len(run.of("late")) >= 3
    for r in run.of("late"):
        assert r["values"]["up"] == 0 and r["values"]["loss"] == 100, r
    assert run.changes("late") == [False]


def test_forged(drive, far):
    """Replies from elsewhere, without the cookie, of another sequence, identifier or length."""
    hosts = {"elsewhere": 5, "cookie": 6, "sequence": 7, "short": 8, "identifier": 10}
    run = drive([probe(n, "icmp", f'address = "10.9.0.{h}"; size = 16;', PING)
                 for n, h in hosts.items()], wrap=far)
    for node in hosts:
        assert run.values(node)["up"] == 0 and run.values(node)["loss"] == 100, node
        assert "does not answer" in run.text(node)


@pytest.mark.alone
def test_loss(drive, far):
    """24 links that lose two of five: each says so, to the echo."""
    run = drive([probe(f"link{i}", "icmp", f'address = "10.9.1.{i}"; count = 20;',
                       'interval = "1s"; timeout = "900ms"; spacing = "20ms";')
                 for i in range(1, 25)], wrap=far, seconds=4.2)
    assert len(run.readings) >= 60
    for r in run.readings:
        assert r["values"]["loss"] == pytest.approx(40), r
        assert r["values"]["up"] == 1


@pytest.mark.alone
@pytest.mark.parametrize("count", [24, 500])
def test_many(drive, count):
    """So many targets each second, five echoes each: right round trips, and little of the CPU."""
    run = drive([probe(f"t{i}", "icmp", f'address = "127.1.{i // 250}.{i % 250 + 1}";',
                       'interval = "1s"; timeout = "900ms"; spacing = "100ms";')
                 for i in range(count)], seconds=5)
    echoes = 5 * run.cost["readings"]
    cpu = (run.cost["user_ms"] + run.cost["system_ms"]) * 1000 / echoes
    rtts = sorted(r["values"]["rtt"] for r in run.readings)
    assert run.cost["readings"] >= 3.5 * count
    assert all(r["values"]["loss"] == 0 for r in run.readings)
    print(f"{count} targets: {echoes} echoes, {cpu:.0f} us CPU each, rtt median "
          f"{rtts[len(rtts) // 2] * 1e6:.0f} us, greatest {rtts[-1] * 1e6:.0f} us")
    assert rtts[len(rtts) // 2] < 0.002
    assert cpu < 1000


# --- TCP ------------------------------------------------------------------------------------------

@contextlib.contextmanager
def tcp_server(handle):
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                handle(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as s:
        s.daemon_threads = True
        threading.Thread(target=s.serve_forever, daemon=True).start()
        yield s.server_address[1]
        s.shutdown()


def test_tcp(drive):
    def slowly(c):
        for b in b"220 here\r\n":
            c.sendall(bytes([b]))
            time.sleep(0.02)

    with tcp_server(slowly) as slow, tcp_server(lambda c: c.sendall(b"550 go away\r\n")) as other, \
            tcp_server(lambda c: time.sleep(3)) as mute, tcp_server(lambda c: None) as curt, \
            socket.socket() as full:
        full.bind(("127.0.0.1", 0))  # not listening
        run = drive([
            probe("plain", "tcp", f'address = "127.0.0.1:{mute}";'),
            probe("name", "tcp", f'address = "localhost:{mute}";'),
            probe("slow", "tcp", f'address = "127.0.0.1:{slow}"; expect = "220 ";'),
            probe("other", "tcp", f'address = "127.0.0.1:{other}"; expect = "220 ";'),
            probe("mute", "tcp", f'address = "127.0.0.1:{mute}"; expect = "220 ";'),
            probe("curt", "tcp", f'address = "127.0.0.1:{curt}"; expect = "220 ";'),
            probe("none", "tcp", f'address = "127.0.0.1:{full.getsockname()[1]}";'),
            probe("nobody", "tcp", 'address = "nobody.invalid:25";')], seconds=3)
    assert run.values("plain")["up"] == 1 and 0 < run.values("plain")["time"] < 0.1
    assert run.values("name")["up"] == 1, run.text("name")
    assert run.values("slow")["up"] == 1 and 0.05 < run.values("slow")["time"] < 0.5
    for node, why in {"other": "something else", "mute": "does not say", "curt": "closes",
                      "none": "refused", "nobody": "nobody.invalid:25: "}.items():
        assert run.values(node) == {"up": 0, "time": None}
        assert why in run.text(node)


def test_mute_resolver(drive, tmp_path):
    """Names that nobody resolves: each probe says so in time, and the loop is not held, neither then
    nor at the end."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (tmp_path / "mute.py").write_text("import socket, time\ns = socket.socket(socket.AF_INET, "
                                      "socket.SOCK_DGRAM)\ns.bind(('127.0.0.1', 53))\n"
                                      "time.sleep(12)\n")
    wrap = ["unshare", "-n", "-m", "sh", "-c",
            f"ip link set lo up; mount --bind {tmp_path}/resolv.conf /etc/resolv.conf; "
            f'python3 {tmp_path}/mute.py >/dev/null 2>&1 & sleep 0.3; exec "$@"', "sh"]
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        pytest.skip("no namespaces here")
    names = [probe(f"i{i}", "icmp", f'address = "slow{i}.example";', PING) for i in range(6)]
    names += [probe(f"t{i}", "tcp", f'address = "slow{i}.example:80";') for i in range(6)]
    names += [probe(f"h{i}", "http", f'url = "http://slow{i}.example/";') for i in range(6)]
    names += [probe("four", "icmp", 'address = "127.0.0.1";', PING),
              probe("system", "dns", 'query = "slow.example";')]
    began = time.monotonic()
    run = drive(names, seconds=4, wrap=wrap, more={"PROBEDRV_TICK": "1"})
    assert time.monotonic() - began < 6, "the end was held up"
    for i in range(6):
        for kind in "ith":
            assert len(run.of(f"{kind}{i}")) >= 2
            assert all(r["values"]["up"] == 0 for r in run.of(f"{kind}{i}"))
    assert "not resolved in time" in run.text("i0") and "not resolved in time" in run.text("t0")
    assert "timed out" in run.text("h0") or "not resolve" in run.text("h0"), run.text("h0")
    assert "does not answer" in run.text("system")
    assert run.values("four")["loss"] == 0
    assert run.cost["held_us"] < 300000


# --- HTTP -----------------------------------------------------------------------------------------

def test_http(drive):
    with web() as (server, port):
        def ask(node, rest, path):
            return probe(node, "http", f'url = "http://127.0.0.1:{port}/{path}"; {rest}')
        run = drive([
            ask("good", 'text = "all is well";', "x"), ask("head", 'method = "HEAD";', "endless"),
            ask("moved", "", "301"), ask("gone", "", "404"),
            ask("gone-ok", 'status = "301|400-404";', "404"), ask("bad", 'status = "200";', "301"),
            ask("missing", 'text = "all is lost";', "x"),
            ask("endless", "", "endless"), ask("endless-text", 'text = "y";', "endless"),
            ask("late", 'text = "the end";', "late"), ask("slow", "", "slow"),
            ask("headers", "", "headers"), ask("line", "", "line"), ask("interim", "", "interim"),
            ask("host", 'host = "platform.example";', "host"),
            probe("elsewhere", "http", f'url = "http://nobody.invalid/there"; '
                  f'connect = "127.0.0.1:{port}";')], seconds=3)
        seen = server.seen
    v = run.values("good")
    assert v["up"] == 1 and v["status"] == 200 and v["size"] == 16 and v["cert_days"] is None
    assert 0 < v["time"] < 0.5 and run.text("good") == ""
    assert run.values("head")["up"] == 1 and run.values("head")["size"] == 0
    assert run.values("moved")["up"] == 1 and run.values("moved")["status"] == 301
    assert not any(p == "/200" for _, p, _ in seen), "followed a redirect"
    assert run.values("gone")["up"] == 0 and run.text("gone").endswith("status 404")
    assert run.values("gone-ok")["up"] == 1
    assert run.values("bad")["up"] == 0
    assert run.values("missing")["up"] == 0 and "16 bytes" in run.text("missing")
    for node, up in {"endless": 1, "endless-text": 0, "late": 0}.items():
        assert run.values(node)["up"] == up and run.values(node)["size"] == 262144, run.text(node)
        assert run.values(node)["time"] < 0.9
    assert run.values("slow")["up"] == 0 and "does not end in time" in run.text("slow")
    for node in ("headers", "line", "interim"):
        assert run.values(node)["up"] == 0 and run.text(node)
    assert any(h == "platform.example" and p == "/host" for _, p, h in seen)
    assert run.values("elsewhere")["up"] == 1
    assert run.cost["rss_kib"] < 200000


def certificate(path, name, start, days, ca=None, san="IP:127.0.0.1,DNS:localhost"):
    """A key and a certificate that holds from so many days from now for so many."""
    def run(*words):
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=path)
    run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
    run("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
    (path / f"{name}.ext").write_text(f"subjectAltName={san}\n" if ca else
                                      "basicConstraints=critical,CA:true\n")
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=start)
    ends = now + datetime.timedelta(days=days)
    (path / "ca.cnf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\n"
                                 "new_certs_dir=.\ndefault_md=sha256\npolicy=p\nunique_subject=no\n"
                                 "[p]\ncommonName=supplied\n")
    (path / "index.txt").write_text("")
    (path / "serial").write_text(os.urandom(8).hex())
    stamp = "%Y%m%d%H%M%SZ"
    run("ca", "-batch", "-config", "ca.cnf", "-in", f"{name}.csr", "-out", f"{name}.crt",
        "-extfile", f"{name}.ext", "-startdate", now.strftime(stamp), "-enddate",
        ends.strftime(stamp), "-notext",
        *(["-cert", f"{ca}.crt", "-keyfile", f"{ca}.key"] if ca else
          ["-selfsign", "-keyfile", f"{name}.key"]))
    return path / f"{name}.crt", path / f"{name}.key"


def test_https(drive, tmp_path):
    """Days left of good and refused certificates."""
    ca, _ = certificate(tmp_path, "ca", -400, 800)
    good = certificate(tmp_path, "good", -1, 31, "ca")
    expired = certificate(tmp_path, "expired", -40, 30, "ca")
    other = certificate(tmp_path, "other", -1, 11, "ca", "DNS:elsewhere.example")
    with web(*good) as (_, g), web(*expired) as (_, x), web(*other) as (_, o), \
            tcp_server(lambda c: c.sendall(b"this is no TLS\r\n" * 10)) as plain:
        def ask(node, port, rest):
            return probe(node, "http", f'url = "https://127.0.0.1:{port}/x"; {rest}')
        trust = f'ca = "{ca}";'
        run = drive([ask("good", g, trust), ask("unknown", g, ""), ask("expired", x, trust),
                     ask("lax", x, trust + "verify = false;"), ask("other", o, trust),
                     ask("plain", plain, trust)], seconds=3)
    days = {n: run.values(n)["cert_days"] for n in ("good", "unknown", "expired", "lax", "other")}
    for node, want in {"good": 30, "unknown": 30, "expired": -10, "lax": -10, "other": 10}.items():
        assert days[node] == pytest.approx(want, abs=0.01), (node, run.text(node))
    ups = {n: run.values(n)["up"] for n in ("good", "unknown", "expired", "lax", "other", "plain")}
    assert ups == {"good": 1, "unknown": 0, "expired": 0, "lax": 1, "other": 0, "plain": 0}
    assert "expired" in run.text("expired")
    assert run.values("unknown")["status"] is None
    assert run.values("plain")["cert_days"] is None


# --- DNS ------------------------------------------------------------------------------------------

class Names(socketserver.BaseRequestHandler):
    """A name server of a few names."""

    def handle(self):
        data, sock = self.request
        at, labels = 12, []
        while data[at]:
            labels.append(data[at + 1:at + 1 + data[at]].decode())
            at += 1 + data[at]
        kind = struct.unpack(">H", data[at + 1:at + 3])[0]
        name, question = ".".join(labels), data[12:at + 5]
        self.server.seen.append((name, kind))
        answers = {("www.example", 1): [socket.inet_aton("192.0.2.1"), socket.inet_aton("192.0.2.2")],
                   ("www.example", 28): [socket.inet_pton(socket.AF_INET6, "2001:db8::1")],
                   ("late.example", 1): [socket.inet_aton("192.0.2.3")],
                   ("forged.example", 1): [socket.inet_aton("192.0.2.4")],
                   ("1.2.0.192.in-addr.arpa", 12): [b"\3www\7example\0"]}.get((name, kind), [])
        rcode = 0 if name == "empty.example" or answers else 3
        if name == "late.example" and sum(n == name for n, _ in self.server.seen) % 2 == 1:
            return  # answers only what is asked again
        records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 1, len(a)) + a
                           for a in answers)
        head = struct.pack(">HHHHH", 0x8180 | rcode, 1, len(answers), 0, 0)
        ident = data[:2]
        if name == "forged.example":
            bad = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 4) + b"\6\6\6\6"
            sock.sendto(bytes([ident[0] ^ 1]) + ident[1:] + head + question + bad,
                        self.client_address)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:  # of another port
                s.sendto(ident + head + question + bad, self.client_address)
            sock.sendto(b"x" * 3, self.client_address)
        sock.sendto(ident + head + question + records, self.client_address)


def test_dns(drive):
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Names) as server, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        server.seen, server.daemon_threads = [], True
        mute.bind(("127.0.0.1", 0))
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(node, rest, port=server.server_address[1], head=FAST):
            return probe(node, "dns", f'server = "127.0.0.1:{port}"; {rest}', head)
        run = drive([
            ask("a", 'query = "www.example"; expect = [ "192.0.2.9", "192.0.2.2" ];'),
            ask("aaaa", 'query = "www.example"; type = "AAAA"; expect = [ "2001:DB8:0::1" ];'),
            ask("ptr", 'query = "192.0.2.1"; type = "PTR"; expect = [ "WWW.example." ];'),
            ask("wrong", 'query = "www.example"; expect = [ "192.0.2.9" ];'),
            ask("nobody", 'query = "no.such.example";'),
            ask("empty", 'query = "empty.example";'),
            ask("late", 'query = "late.example";', head='interval = "2s"; timeout = "1900ms";'),
            ask("forged", 'query = "forged.example"; expect = [ "192.0.2.4" ];'),
            ask("mute", 'query = "www.example";', mute.getsockname()[1]),
            ask("closed", 'query = "www.example";', 1)], seconds=4.2)
        server.shutdown()
    for node, answers in {"a": 2, "aaaa": 1, "ptr": 1, "late": 1, "forged": 1}.items():
        v = run.values(node)
        assert v["up"] == 1 and v["answers"] == answers, run.text(node)
    assert run.values("a")["time"] < 0.2 and run.values("late")["time"] > 0.9
    for node, why in {"wrong": "192.0.2.1, which is not expected", "nobody": "no such name",
                      "empty": "has no A record", "mute": "does not answer",
                      "closed": "refused"}.items():
        assert run.values(node)["up"] == 0 and why in run.text(node), run.text(node)
    names = {n for n, _ in server.seen}
    assert names <= {"www.example", "1.2.0.192.in-addr.arpa", "no.such.example", "empty.example",
                     "late.example", "forged.example"}


# --- configuration --------------------------------------------------------------------------------

@pytest.mark.parametrize("text, why", [
    (probe("a", "icmp", 'address = "127.0.0.1"; count = 20;'), "do not fit into the timeout"),
    (probe("a", "icmp", ""), "address"),
    (probe("a", "icmp", 'address = "::1"; adress = "x";'), 'did you mean "address"'),
    (probe("a", "tcp", 'address = "host";'), "port"),
    (probe("a", "http", 'url = "ftp://x/";'), "http:// or https://"),
    (probe("a", "http", 'url = "http://u:p@x/";'), "do not belong into an URL"),
    (probe("a", "http", 'url = "http://x/"; status = "200,301";'), "no list of status codes"),
    (probe("a", "http", 'url = "http://x/"; method = "HEAD"; text = "x";'), "no body"),
    (probe("a", "http", 'url = "http://x/"; host = "a\\r\\nX: y";'), "host"),
    (probe("a", "dns", 'query = "x"; server = "ns.example";'), "no IP address"),
    (probe("a", "dns", 'query = "x..y";'), "is no name"),
    (probe("a", "dns", 'query = "x"; expect = [ "::1" ];'), "of the type A"),
    (probe("a", "exec", 'command = [ "true" ];'), "no absolute path"),
    (probe("a", "exec", 'command = [ "/bin/true" ]; user = "nobody-at-all";'), "there is no user"),
    (probe("a", "smtp", ""), "smtp"),
])
def test_refused(tmp_path, text, why):
    conf = tmp_path / "gateway.conf"
    conf.write_text('collectors = [ "127.0.0.1:1" ];\nprobes = ( { ' + text + " } );\n")
    p = subprocess.run([DRIVER, conf, "1"], capture_output=True, text=True)
    assert p.returncode == 1 and why in p.stderr, p.stderr
    assert "gateway.conf:2: " in p.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another")
def test_user_without_root(tmp_path):
    tmp_path.chmod(0o755)
    for d in tmp_path.parents:
        if d != pathlib.Path("/") and d.stat().st_uid == 0:
            d.chmod(d.stat().st_mode | 0o011)
    conf = tmp_path / "gateway.conf"
    conf.write_text('collectors = [ "127.0.0.1:1" ];\nprobes = ( { ' + probe(
        "a", "exec", 'command = [ "/bin/true" ]; user = "root";') + " } );\n")
    conf.chmod(0o644)
    p = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", DRIVER, conf, "1"],
                       capture_output=True, text=True)
    assert p.returncode == 1 and "only a gateway that runs as root" in p.stderr, p.stderr
