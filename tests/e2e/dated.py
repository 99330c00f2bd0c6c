# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that conf/pki.sh would not make: of these dates to the second, for that use, by whom
one likes. By openssl alone, with the rig's authority or another."""

import datetime
import itertools
import subprocess

_numbers = itertools.count(1)


def run(*words, cwd, data=None):
    return subprocess.run(["openssl", *map(str, words)], cwd=cwd, input=data, check=True,
                          capture_output=True).stdout


def moment(seconds_from_now):
    t = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds_from_now)
    return t.strftime("%Y%m%d%H%M%SZ")


def certificate(pki, out, uris=(), begins=-60, ends=86400, usage="clientAuth", ca=False, dns=(),
                own=False, authority=None):
    """OUT.crt and OUT.key (paths without suffix) signed by the authority in `pki`, or by itself."""
    work = pki / f"dated-{next(_numbers)}"
    work.mkdir()
    (work / "index").write_text("")
    (work / "serial").write_text(f"{int.from_bytes(__import__('os').urandom(8), 'big') | 1 << 63:016x}\n")
    names = [f"URI:{u}" for u in uris] + [f"{'IP' if n[0].isdigit() else 'DNS'}:{n}" for n in dns]
    (work / "conf").write_text(f"""[ca]
default_ca=d
[d]
database=index
serial=serial
new_certs_dir=.
default_md=sha256
policy=p
unique_subject=no
[p]
commonName=supplied
[ext]
basicConstraints=critical,CA:{'TRUE' if ca else 'FALSE'}
{f'extendedKeyUsage={usage}' if usage else ''}
{f'subjectAltName={",".join(names)}' if names else ''}
""")
    run("req", "-new", "-subj", "/CN=dated", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-keyout", "key", "-out", "csr", cwd=work)
    by = ["-selfsign", "-keyfile", "key"] if own else \
        ["-cert", f"{authority or pki / 'ca'}.crt", "-keyfile", f"{authority or pki / 'ca'}.key"]
    run("ca", "-batch", "-config", "conf", "-in", "csr", "-out", "crt", "-notext", "-extensions",
        "ext", "-startdate", moment(begins), "-enddate", moment(ends), *by, cwd=work)
    (work / "key").chmod(0o600)
    (work / "key").rename(f"{out}.key")
    (work / "crt").rename(f"{out}.crt")


def node(pki, out, name, **how):
    certificate(pki, out, uris=[f"urn:zonewatch:node:{name}"], **how)
