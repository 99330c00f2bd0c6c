# SPDX-License-Identifier: GPL-3.0-or-later
"""An SNMP agent (v1 and v2c) whose objects a test changes while it is asked."""

import bisect
import socket
import threading

from liar import Request, bind, integer, octets, oid, tlv


def unsigned(tag, n):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def counter32(n):
    return unsigned(0x41, n)


def gauge(n):
    return unsigned(0x42, n)


def ticks(n):
    return unsigned(0x43, n)


def counter64(n):
    return unsigned(0x46, n)


def numbers(text):
    return tuple(map(int, text.split(".")))


class FakeAgent(threading.Thread):
    """tree: {OID: value in BER, or a function that makes it}; live() may change it before each
    request. Answers on a port of loopback until stop()."""

    def __init__(self, tree, live=None):
        super().__init__(daemon=True)
        self.lock, self.running, self.live, self.heard = threading.Lock(), True, live, []
        self.put(tree)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.start()

    def put(self, tree):
        """All its objects anew."""
        with self.lock:
            self.tree = dict(tree)
            self.order = sorted(map(numbers, self.tree))

    def set(self, name, value):
        with self.lock:
            assert name in self.tree
            self.tree[name] = value

    def stop(self):
        self.running = False
        self.join(5)
        self.socket.close()

    def value(self, name):
        v = self.tree.get(name)
        return v() if callable(v) else v

    def after(self, name):
        at = bisect.bisect_right(self.order, numbers(name))
        return ".".join(map(str, self.order[at])) if at < len(self.order) else None

    def answer(self, q):
        if q.command == 0xA0:
            return [bind(o, self.value(o) or tlv(0x81, b"")) for o in q.oids]
        out, at = [], list(q.oids)
        for _ in range(q.repetitions):
            for i, o in enumerate(at):
                following = self.after(o)
                out.append(bind(following or o, self.value(following) or tlv(0x82, b"")))
                at[i] = following or o
        return out

    def run(self):
        while self.running:
            try:
                data, peer = self.socket.recvfrom(65535)
            except TimeoutError:
                continue
            q = Request(data)
            self.heard.append(q)
            if self.live is not None:
                self.live(self, q)
            try:
                with self.lock:
                    self.socket.sendto(q.answer(self.answer(q)), peer)
            except TimeoutError:
                pass  # a test's agent that says nothing this time


__all__ = ["FakeAgent", "counter32", "counter64", "gauge", "integer", "octets", "oid", "ticks", "tlv"]
