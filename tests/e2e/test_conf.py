# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrong configuration is refused whole, with file, line, key, reason and the likely right word;
all errors at once."""

import subprocess

from conftest import BUILD


def check(rig, program, text, *more):
    path = rig.dir / "x.conf"
    path.write_text(text)
    p = subprocess.run([BUILD / program, "-n", "-c", path, *more], text=True, capture_output=True,
                       env=rig.env)
    return p.returncode, p.stderr


def test_right_one(rig):
    rig.node("here")
    rig.write_conf()
    p = subprocess.run([BUILD / "zonewatch-collector", "-n", "-c", rig.dir / "collector.conf"],
                       text=True, capture_output=True, env=rig.env)
    assert p.returncode == 0, p.stderr


def test_all_errors_at_once(rig):
    code, err = check(rig, "zonewatch-collector", """site = "x";
zones = ( { name = "A"; }, { nam = "B"; } );
nodes = ( { name = "n1"; zone = "a";
            unit = 5000000000; },
          { name = "../x"; zone = "A"; } );
store = { flush = "10 minutes"; };
limt = 5;
""")
    assert code == 1
    lines = err.splitlines()
    for line, words in ((2, ["nam", "name"]), (3, ["zone", "A"]), (4, ["unit"]), (5, ["name"]),
                        (6, ["flush"]), (7, ["limt"])):
        assert any(f"x.conf:{line}:" in l and all(w in l for w in words) for l in lines), \
            f"nothing of {words} in line {line}:\n{err}"


def test_did_you_mean(rig):
    code, err = check(rig, "zonewatch-agent", 'collectrs = [ "a:1" ];\n')
    assert code == 1 and 'did you mean "collectors"?' in err


def test_syntax_and_absent_file(rig):
    code, err = check(rig, "zonewatch-agent", 'collectors = [ "a:1"\nstep = ;\n')
    assert code == 1 and "x.conf:2:" in err
    p = subprocess.run([BUILD / "zonewatch-agent", "-n", "-c", rig.dir / "absent.conf"], text=True,
                       capture_output=True, env=rig.env)
    assert p.returncode == 1 and "absent.conf" in p.stderr


def test_daemon_does_not_start(rig):
    (rig.dir / "x.conf").write_text("nonsense = 1;\n")
    p = subprocess.run([BUILD / "zonewatch-collector", "-f", "-c", rig.dir / "x.conf"], text=True,
                       capture_output=True, env=rig.env, timeout=20)
    assert p.returncode == 1 and "nonsense" in p.stderr


def test_gateway(rig):
    """What no single key of a gateway's configuration shows."""
    rig.secret("community", "public")
    code, err = check(rig, "zonewatch-gateway", """collectors = [ "127.0.0.1:1" ];
credentials = (
  { name = "hall"; version = "v2c"; community_file = "community"; },
  { name = "open"; user = "u"; auth = "none"; priv = "none"; },
  { name = "half"; version = "v1"; user = "u"; } );
devices = (
  { node = "a"; address = "a.example"; credential = "hal"; },
  { node = "b"; address = "192.0.2.1"; credential = "hall"; children = (
    { name = "right"; index = [ "5", "5-8", "2.1-2.40" ]; },
    { name = "back"; index = [ "8-5" ]; },
    { name = "uneven"; index = [ "2.1-5" ]; } );
    overrides = ( { interval = "7s"; } ); } );
probes = (
  { node = "a"; kind = "icmp"; address = "192.0.2.1"; interval = "5s"; timeout = "6s"; },
  { node = "a"; kind = "icmp"; address = "192.0.2.2"; } );
""")
    assert code == 1
    wanted = {4: "allow_noauth", 5: "knows no users", 7: 'did you mean "hall"', 10: '"8-5"',
              11: '"2.1-5" is neither an index nor a range', 12: "divide a day",
              14: "longer than the interval", 15: 'another "name"'}
    for line, words in wanted.items():
        assert any(f"x.conf:{line}:" in l and words in l for l in err.splitlines()), \
            f"nothing of {words} in line {line}:\n{err}"
    assert "right" not in err and "no IP address" in err
