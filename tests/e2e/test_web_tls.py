# SPDX-License-Identifier: GPL-3.0-or-later
"""The page over TLS: by the site's own authority, judged by other programs; what is wrong with a
certificate is said before the start; a renewed one is taken without one."""

import http.client
import signal
import socket
import ssl
import subprocess

import pytest

from conftest import BUILD, wait_for


@pytest.fixture
def tls(rig):
    """A rig whose page speaks TLS."""
    rig.pki("web", "localhost", "127.0.0.1")
    rig.web_keys = 'certificate = "pki/web.crt"; key = "pki/web.key";'
    write = rig.write_conf

    def write_conf():
        write()
        path = rig.dir / "collector.conf"
        text = path.read_text().replace('token_file = "token";',
                                        f'token_file = "token"; {rig.web_keys}')
        path.write_text(text.replace('url = "http:', 'url = "https:'))
    rig.write_conf = write_conf
    rig.context = ssl.create_default_context(cafile=rig.dir / "pki" / "ca.crt")
    return rig


def ask(rig, path, context=None, headers=None, name="localhost"):
    """Status, headers and body over TLS."""
    c = http.client.HTTPSConnection(name, rig.web_port, timeout=10,
                                    context=context or rig.context)
    try:
        c.request("GET", path, headers={"Authorization": f"Bearer {rig.token}"} | (headers or {}))
        a = c.getresponse()
        return a.status, a.headers, a.read()
    finally:
        c.close()


def start(rig):
    """The collector, until it answers."""
    rig.collector(wait=False)

    def ready():
        assert rig.c.alive(), rig.c.text()
        try:
            return ask(rig, "/api/v1/health")[0] == 200
        except OSError:
            return False
    wait_for("collector over TLS", 20, ready)


def serial(rig):
    """Of the certificate that is shown."""
    with socket.create_connection(("localhost", rig.web_port), 5) as s:
        with rig.context.wrap_socket(s, server_hostname="localhost") as t:
            return t.getpeercert()["serialNumber"]


def check(rig):
    """What -n says."""
    return subprocess.run([str(BUILD / "zonewatch-collector"), "-n", "-c",
                           str(rig.dir / "collector.conf")], capture_output=True, text=True,
                          cwd=rig.dir, env=rig.env)


@pytest.mark.alone
def test_speaks_tls(tls):
    start(tls)
    status, headers, _ = ask(tls, "/")
    assert status == 200
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    status, headers, _ = ask(tls, f"/login?token={tls.token}")
    assert status == 303 and all("; Secure" in c for c in headers.get_all("Set-Cookie"))
    # A large answer, whole, and by gzip.
    plain = ask(tls, "/assets/dygraph.min.js")[2]
    assert len(plain) > 100000
    import gzip
    small = ask(tls, "/assets/dygraph.min.js", headers={"Accept-Encoding": "gzip"})[2]
    assert gzip.decompress(small) == plain
    # TLS 1.2 does, older does not, and plain HTTP gets no answer.
    for version, works in ((ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
        context = ssl.create_default_context(cafile=tls.dir / "pki" / "ca.crt")
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
        if works:
            assert ask(tls, "/api/v1/health", context)[0] == 200
        else:
            with pytest.raises(OSError):
                ask(tls, "/api/v1/health", context)
    with pytest.raises((OSError, http.client.HTTPException)):
        c = http.client.HTTPConnection("localhost", tls.web_port, timeout=8)
        c.request("GET", "/api/v1/health")
        c.getresponse()
    # Who trusts somebody else does not trust it.
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(tls, "/", ssl.create_default_context())
    # The CLI, when it is told whom to trust.
    env = {"ZONEWATCH_URL": f"https://localhost:{tls.web_port}"}
    assert "ZONEWATCH_CA" in tls.ctl("zones", env=env, check=False).stderr
    assert "A" in tls.ctl("zones", env=env | {"ZONEWATCH_CA": str(tls.dir / "pki" / "ca.crt")}).stdout
    # A stream comes through.
    c = http.client.HTTPSConnection("localhost", tls.web_port, timeout=10, context=tls.context)
    c.request("GET", "/api/v1/live?topic=problems", headers={"Authorization": f"Bearer {tls.token}"})
    a = c.getresponse()
    assert a.status == 200 and a.fp.readline() and a.fp.readline().startswith(b"event: state")
    c.close()
    # One who never finishes the handshake is cut.
    s = socket.create_connection(("localhost", tls.web_port))
    s.settimeout(9)
    s.sendall(b"\x16\x03\x01\x02\x00\x01")
    assert s.recv(100) == b""
    s.close()
    tls.end()


def test_renewed_on_sighup(tls):
    start(tls)
    before = serial(tls)
    tls.pki("web", "localhost", "127.0.0.1")
    tls.c.process.send_signal(signal.SIGHUP)

    def renewed():
        try:
            return serial(tls) != before
        except OSError:
            return False
    wait_for("the new certificate", 20, renewed)
    tls.end()


def test_check_says_what_is_wrong(tls):
    tls.write_conf()
    p = check(tls)
    assert p.returncode == 0, p.stderr
    good = tls.web_keys
    for keys, words in (
            ('certificate = "pki/web.crt";', "web.certificate: needs its private key"),
            ('key = "pki/web.key";', "web.key: is the key of nothing"),
            ('certificate = "pki/none.crt"; key = "pki/web.key";', "none.crt: No such file"),
            ('certificate = "pki/web.crt"; key = "pki/ca.key";', "not the key of the certificate")):
        tls.web_keys = keys
        tls.write_conf()
        p = check(tls)
        assert p.returncode == 1 and words in p.stderr, (keys, p.stderr)
    tls.web_keys = good
    (tls.dir / "pki" / "web.key").chmod(0o644)
    tls.write_conf()
    p = check(tls)
    assert p.returncode == 1 and "chmod 600" in p.stderr, p.stderr
    (tls.dir / "pki" / "web.key").chmod(0o600)


def test_no_passwords_in_the_clear(rig):
    """Not beyond loopback, unless a proxy speaks TLS."""
    rig.write_conf()
    path = rig.dir / "collector.conf"
    text = path.read_text()
    path.write_text(text.replace(f'listen = "127.0.0.1:{rig.web_port}"',
                                 f'listen = "0.0.0.0:{rig.web_port}"'))
    p = check(rig)
    assert p.returncode == 1 and "no loopback address" in p.stderr and "pki.sh DIR web" in p.stderr
    path.write_text(path.read_text().replace('url = "http://', 'url = "https://'))
    p = check(rig)
    assert p.returncode == 0, p.stderr
