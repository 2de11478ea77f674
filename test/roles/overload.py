"""overload.py URL RATE SECONDS: asks RATE times a second, whether or not earlier requests are answered, each time by a new
connection. Prints one line of JSON: requests, answers by status, failures, the longest time of an answer by status (s), and the time
within which 95 of 100 were there."""
import asyncio
import json
import sys
import time
from collections import Counter
from urllib.parse import urlsplit

url, rate, seconds = urlsplit(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
statuses: Counter[str] = Counter()
longest: dict[str, float] = {}
times: list[float] = []
REQUEST = f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.hostname}\r\nConnection: close\r\n\r\n".encode()


async def ask() -> None:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection(url.hostname, url.port or 80)
            writer.write(REQUEST)
            status = (await reader.read()).split(b" ", 2)[1].decode()
            writer.close()
    except (OSError, IndexError, TimeoutError):
        status = "failed"
    statuses[status] += 1
    times.append(time.monotonic() - begun)
    longest[status] = max(longest.get(status, 0.0), times[-1])


async def main() -> None:
    begun = time.monotonic()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        tasks.append(asyncio.create_task(ask()))
    await asyncio.gather(*tasks)
    took = time.monotonic() - begun
    p95 = sorted(times)[len(times) * 95 // 100]
    print(json.dumps({"requests": len(tasks), "statuses": statuses, "longest": longest, "p95": p95, "seconds": took}))


asyncio.run(main())
