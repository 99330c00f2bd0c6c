# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames, by zonewatch-wire(7) alone, and an agent made of them, to do what ours would never do."""

import os
import socket
import ssl
import struct
import time

HELLO, WELCOME, DEFINE, BATCH, EVENT, ACK, PING, PONG, ERROR = range(1, 10)
LIVE = 1


def _crc_table():
    table = []
    for i in range(256):
        for _ in range(8):
            i = (i >> 1) ^ 0x82f63b78 if i & 1 else i >> 1
        table.append(i)
    return table


_TABLE = _crc_table()


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xffffffff


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out) + bytes([n])


def read_varint(data, at=0):
    """The number at a place, and the place after it."""
    n = shift = 0
    while True:
        n |= (data[at] & 127) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 128:
            return n, at


def text(s):
    b = s if isinstance(s, bytes) else s.encode()
    return varint(len(b)) + b


def now_ms():
    return int(time.time() * 1000)


def frame(kind, payload, flags=0):
    crc = crc32c(bytes([kind]) + payload)
    return struct.pack(">BBBBII", 0x5a, 1, kind, flags, len(payload), crc) + payload


def hello(stream):
    return frame(HELLO, stream + b"\1\1" + struct.pack(">q", now_ms()) + b"\1" + text("wire.py"))


GAUGE, COUNTER, STATE = range(3)


def field(name="v", unit="1", label="", kind=GAUGE):
    return text(name) + bytes([kind]) + text(unit) + struct.pack(">dd", float("nan"), float("nan")) + \
        text(label)


def define(number, source, instance="", fields=None, node="", states=""):
    fields = fields or [field()]
    return frame(DEFINE, varint(number) + text(node) + text(source) + text(instance) + b"\1" +
                 varint(len(fields)) + b"".join(fields) + (text(states) if states else b""))


def batch(seq, seconds, number, values, flags=0):
    codes = b"\xff" * (len(values) // 2) + b"\x0f" * (len(values) % 2)
    return frame(BATCH, varint(seq) + varint(seconds) + varint(number - 1) +
                 varint(len(values)) + codes + struct.pack(f"<{len(values)}d", *values), flags)


def event(seq, words, severity=1, series=0, code="test"):
    return frame(EVENT, varint(seq) + struct.pack(">q", now_ms()) + bytes([severity]) +
                 varint(series) + text(code) + text(words))


class Agent:
    """A connection with the certificate of a node; greeted if asked to."""

    def __init__(self, rig, node, greet=True, timeout=10):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.load_verify_locations(rig.dir / "pki" / "ca.crt")
        base = rig.dir / "pki" / "nodes" / node
        ctx.load_cert_chain(f"{base}.crt", f"{base}.key")
        s = socket.create_connection(("127.0.0.1", rig.agent_port), timeout)
        self.s = ctx.wrap_socket(s, server_hostname="localhost")
        self.kept = b""
        self.stream = os.urandom(16)
        if greet:
            self.send(hello(self.stream))
            assert self.receive()[0] == WELCOME

    def send(self, data):
        self.s.sendall(data)

    def receive(self):
        """The next frame's type and payload; None at the end."""
        while len(self.kept) < 12 or len(self.kept) < 12 + self._length():
            try:
                data = self.s.recv(65536)
            except (ssl.SSLError, ConnectionError):
                data = b""
            if not data:
                return None
            self.kept += data
        end = 12 + self._length()
        f, self.kept = self.kept[:end], self.kept[end:]
        assert struct.unpack(">I", f[8:12])[0] == crc32c(f[2:3] + f[12:])
        return f[2], f[12:]

    def _length(self):
        return struct.unpack(">I", self.kept[4:8])[0]

    def close(self):
        self.s.close()
