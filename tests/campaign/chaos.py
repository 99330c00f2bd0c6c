# SPDX-License-Identifier: GPL-3.0-or-later
"""A bad network between agents and the collector: a TCP proxy in a thread of its own.

    with Chaos(rig.agent_port) as bad:
        sim of the agents at bad.port
        bad.delay = 2.0          # s, each way
        bad.rate = 8000          # bytes a second, each way, of each connection
        bad.reset_bytes = (2000, 20000)  # RST after so many bytes, by chance, each connection anew
        bad.hole = True          # nothing passes, and nobody is told; what waits passes later
        bad.deaf = True          # what the collector says is thrown away (its acknowledgements)
        bad.vanish()             # those that are connected now hear nothing any more, for ever
        bad.cut()                # RST to both sides of all

Changes work at once, on connections that stand, too."""

import asyncio
import contextlib
import random
import socket
import struct
import threading

CHUNK = 4096


class Link:
    """One connection and its two sides."""

    def __init__(self, chaos, near, far):
        self.chaos, self.sides = chaos, (near, far)
        self.dead = False  # nothing passes for ever
        self.left = chaos.dice.randrange(*chaos.reset_bytes) if chaos.reset_bytes else None

    def reset(self):
        """Both sides get RST at once: no FIN, no rest of what was sent."""
        for w in self.sides:
            sock = w.get_extra_info("socket")
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            w.transport.abort()


class Chaos:
    """The proxy; its attributes are read at each chunk."""

    def __init__(self, target, seed="chaos"):
        self.target, self.dice = target, random.Random(seed)
        self.delay = self.rate = 0
        self.reset_bytes = None
        self.hole = self.deaf = False
        self.links, self.connections, self.resets = set(), 0, 0
        self.up = self.down = 0  # bytes that passed

    def __enter__(self):
        self.loop, ready = asyncio.new_event_loop(), threading.Event()

        def run():
            asyncio.set_event_loop(self.loop)
            server = self.loop.run_until_complete(
                asyncio.start_server(self.serve, "127.0.0.1", 0, limit=CHUNK, backlog=1024))
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            self.loop.run_forever()
            server.close()
            tasks = asyncio.all_tasks(self.loop)
            for t in tasks:
                t.cancel()
            self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait(10)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    async def serve(self, near_in, near_out):
        self.connections += 1
        try:
            far_in, far_out = await asyncio.open_connection("127.0.0.1", self.target, limit=CHUNK)
        except OSError:
            near_out.transport.abort()
            return
        link = Link(self, near_out, far_out)
        self.links.add(link)
        try:
            await asyncio.wait([
                asyncio.ensure_future(self.pass_on(link, near_in, far_out, True)),
                asyncio.ensure_future(self.pass_on(link, far_in, near_out, False))],
                return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.links.discard(link)
            link.reset()

    async def pass_on(self, link, reader, writer, up):
        """One direction. Chunks wait for their time in a queue, so that a delay is no rate."""
        queue = asyncio.Queue(256)

        async def read():
            while data := await reader.read(CHUNK):
                await queue.put((self.loop.time() + self.delay, data))
            await queue.put((0, b""))

        task = asyncio.ensure_future(read())
        try:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0, due - self.loop.time()))
                while link.dead or self.hole:
                    await asyncio.sleep(0.05)
                if not data:
                    return
                if await self.spend(link, writer, data, up):
                    return
        except (OSError, ConnectionError):
            return
        finally:
            task.cancel()

    async def spend(self, link, writer, data, up):
        """Pass a chunk; true: the connection is over."""
        if self.deaf and not up:
            return False
        if self.rate:
            await asyncio.sleep(len(data) / self.rate)
        if link.left is not None:
            over = len(data) >= link.left
            data, link.left = data[:link.left], link.left - len(data)
            writer.write(data)
            if over:
                self.resets += 1
                await asyncio.sleep(0)
                return True
        else:
            writer.write(data)
        await writer.drain()
        if up:
            self.up += len(data)
        else:
            self.down += len(data)
        return False

    def each(self, what):
        """Do something to all that are connected, in the proxy's thread."""
        done = threading.Event()

        def act():
            for link in list(self.links):
                what(link)
            done.set()

        self.loop.call_soon_threadsafe(act)
        done.wait(10)

    def cut(self):
        self.each(Link.reset)

    def vanish(self):
        self.each(lambda link: setattr(link, "dead", True))

    def clear(self):
        """A good network again; who vanished stays so."""
        self.delay = self.rate = 0
        self.reset_bytes = None
        self.hole = self.deaf = False
        self.each(lambda link: setattr(link, "left", None))
