"""service.py NAME: stands in for the balancer of a service, or of the app tier. Says who it is, and waits where a path says so: with
/tmp/NAME.slow there, all but its health check takes as many seconds as the file says; with /tmp/NAME.dead it has no server left."""
import asyncio
import contextlib
import json
import pathlib
import sys

NAME = sys.argv[1]
SLOW, DEAD = (pathlib.Path(f"{sys.argv[2]}/{NAME}.{what}") for what in ("slow", "dead"))
most = now = 0


def answer(status: str, body: str, kind: str = "application/json") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def one(target: str, reader: asyncio.StreamReader) -> bytes:
    global most, now
    if DEAD.exists():
        return answer("503 Service Unavailable", "<html>No server is available</html>", "text/html")
    if target == "/healthz":
        return answer("200 OK", "ok")
    if target == "/most":
        said, most = most, now
        return answer("200 OK", json.dumps({"most": said}))
    now += 1
    most = max(most, now)
    try:
        if SLOW.exists():
            # Ends early where nobody waits for the answer any more.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), float(SLOW.read_text()))
        return answer("200 OK", json.dumps({"service": NAME, "target": target}))
    finally:
        now -= 1


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            writer.write(await one(head.split(b" ", 2)[1].decode("latin-1"), reader))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, IndexError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "", 80, backlog=1024)
    await server.serve_forever()


asyncio.run(main())
