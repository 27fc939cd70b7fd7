# SPDX-License-Identifier: BSL-1.0
"""Stands between clients and a PostgreSQL server on unix sockets, and breaks what it is told to.

It knows the protocol well enough to see what one exchange is: what a client sends up to its Sync,
and what the server answers up to ReadyForQuery. A fault strikes one exchange.
"""

import asyncio
import collections
import contextlib
import os
import re
import struct
import threading

CHANGES = re.compile(r"\b(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)

# What can happen to an exchange. After the first two nobody has told the client anything.
FAULTS = {
    "cut_before": "the connection ends before the server hears of it",
    "cut_sent": "the server has the request, and the connection ends at once",
    "lose_answer": "the server has done it, and the connection ends before the answer",
    "tear_answer": "the connection ends in the middle of the answer",
    "half_open": "the server has done it, and the client never hears anything again",
    "delay": "the answer comes late",
    "hold": "the server hears of it when the client has given up, and somebody lets it land",
}


class Exchange:
    """What a client sent up to one Sync."""

    def __init__(self):
        self.request = bytearray()
        self.answer = bytearray()
        self.texts = []
        self.error = False
        self.fault = None

    @property
    def changes(self):
        return any(CHANGES.search(text) for text in self.texts)


class Proxy:
    """Listens in `folder` for clients of the server in `server`. A context: it runs in a thread of
    its own. `choose(exchange)` names the fault of each exchange, or none. `struck` counts the
    faults that hit an exchange that changes something, `harmless` the others."""

    def __init__(self, server, folder, choose, late=0.2):
        self.server = os.path.join(server, ".s.PGSQL.5432")
        self.path = os.path.join(folder, ".s.PGSQL.5432")
        self.conninfo = f"host={folder} port=5432 dbname=postgres user=postgres"
        self.choose = choose
        self.late = late
        self.struck = collections.Counter()
        self.harmless = collections.Counter()
        self.landed = []  # of what was held: whether the server refused it
        self.exchanges = 0
        self.serving = set()  # asyncio forgets a task that nobody holds, in the middle of its wait
        self.loop = asyncio.new_event_loop()
        self.landing = asyncio.Event()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        if not self.ready.wait(20):
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def let_land(self):
        """Lets what is held reach the server, as soon as its client has given up."""
        self.loop.call_soon_threadsafe(self.landing.set)

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_unix_server(self._serve, self.path))
        self.ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    async def _serve(self, client, to_client):
        try:
            server, to_server = await asyncio.open_unix_connection(self.server)
        except OSError:
            to_client.close()
            return
        self.serving.add(asyncio.current_task())
        try:
            length = await client.readexactly(4)
            to_server.write(length + await client.readexactly(struct.unpack("!i", length)[0] - 4))
            line = Line(self, client, to_client, server, to_server)
            _, other = await asyncio.wait([asyncio.ensure_future(line.listen()),
                                           asyncio.ensure_future(line.answer())],
                                          return_when=asyncio.FIRST_COMPLETED)
            for task in other:
                task.cancel()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.serving.discard(asyncio.current_task())
            to_client.close()
            to_server.close()


async def message(reader):
    """One message: its type and its bytes."""
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)


def words(body, count):
    return [part.decode("utf-8", "replace") for part in body[5:].split(b"\0", count)[:count]]


class Line:
    """One connection through the proxy."""

    def __init__(self, proxy, client, to_client, server, to_server):
        self.proxy = proxy
        self.client, self.to_client = client, to_client
        self.server, self.to_server = server, to_server
        self.names = {}
        self.waiting = collections.deque()  # exchanges whose answer is to come
        self.deaf = False

    async def listen(self):
        """What the client says, one exchange after the other."""
        now = Exchange()
        try:
            while True:
                kind, body = await message(self.client)
                now.request += body
                if kind == b"P":
                    name, text = words(body, 2)
                    self.names[name] = text
                elif kind == b"B":
                    now.texts.append(self.names.get(words(body, 2)[1], ""))
                elif kind == b"Q":
                    now.texts.append(words(body, 1)[0])
                if kind not in (b"S", b"Q", b"X"):
                    continue
                if kind != b"X":
                    self.proxy.exchanges += 1
                    now.fault = None if self.deaf else self.proxy.choose(now)
                    if now.fault == "cut_before":
                        self.count(now)
                        return
                    self.waiting.append(now)
                if now.fault == "hold":
                    await self.hold()
                self.to_server.write(now.request)
                await self.to_server.drain()
                if now.fault == "cut_sent":
                    self.count(now)
                    return
                if now.fault == "hold":
                    await asyncio.Event().wait()  # until it has landed
                now = Exchange()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass

    async def hold(self):
        """Waits until the client is gone, and then until it may land."""
        with contextlib.suppress(ConnectionError):
            await self.client.read()
        await self.proxy.landing.wait()
        self.proxy.landing.clear()

    async def answer(self):
        """What the server says, passed on when an exchange is complete."""
        try:
            while True:
                kind, body = await message(self.server)
                if not self.waiting:  # greetings and farewells
                    await self.say(body)
                    continue
                now = self.waiting[0]
                now.answer += body
                now.error = now.error or kind == b"E"
                if kind != b"Z" and not (kind == b"E" and b"FATAL\0" in body):
                    continue
                self.waiting.popleft()
                if now.fault in ("lose_answer", "tear_answer"):
                    self.count(now)
                    if now.fault == "tear_answer":
                        await self.say(now.answer[:len(now.answer) // 2])
                    return
                if now.fault == "hold":
                    self.count(now)
                    self.proxy.landed.append(now.error)
                    return
                if now.fault == "half_open":
                    self.count(now)
                    self.deaf = True
                if now.fault == "delay":
                    self.count(now)
                    await asyncio.sleep(self.proxy.late)
                await self.say(now.answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            # A server that is gone while the client hears nothing stays silent.
            while self.deaf:
                await asyncio.sleep(1)

    async def say(self, what):
        if not self.deaf:
            self.to_client.write(what)
            await self.to_client.drain()

    def count(self, exchange):
        """A fault counts where it struck a change, done or about to be done."""
        happened = exchange.changes and not exchange.error
        (self.proxy.struck if happened else self.proxy.harmless)[exchange.fault] += 1
