"""
swift.py: as much of Keystone, Swift and Cinder as servers ask for, on port 80, with its objects in memory. Who may do what is judged in
the container `backups`: its writer may only PUT, its reader only GET; the token `test` may do all.

PUT /nasty makes trouble as its JSON says, instead of what was said before:
  statuses     what objects of these names are answered with, whatever is asked
  bytesASecond how fast objects of these names are sent and taken, a byte a second or more
  fill         number of small objects below image/fill/ to have from now on, a thousand in a folder
  empty        true: the container `media` loses all that is in it
"""
import bisect
import hashlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SECRETS = {"keeper-writer": "Writer_secret.0~", "keeper-reader": "Reader_secret.0~", "keeper-grower": "Grower_secret.0~"}
MAY = {"token-keeper-writer": {"PUT"}, "token-keeper-reader": {"GET", "HEAD"}, "test": {"PUT", "GET", "HEAD", "DELETE"}}

objects: dict[str, dict[str, bytes]] = {"media": {}, "backups": {}}
names: dict[str, list[str]] = {"media": [], "backups": []}
lives: dict[str, str] = {}
nasty: dict = {}


def keep(container: str, name: str, data: bytes) -> None:
    if name not in objects[container]:
        bisect.insort(names[container], name)
    objects[container][name] = data


def drop(container: str, name: str) -> bool:
    if objects[container].pop(name, None) is None:
        return False
    names[container].remove(name)
    return True


def fill(count: int) -> None:
    for number in range(count):
        objects["media"][f"image/fill/{number // 1000:04}/{number:07}.jpg"] = str(number).encode()
    names["media"] = sorted(objects["media"])


class Swift(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        speed = self.speed() or len(body) or 1
        for start in range(0, len(body), speed):
            self.wfile.write(body[start : start + speed])
            time.sleep(1 if start + speed < len(body) else 0)

    def place(self) -> tuple[str, str]:
        """@returns container and object"""
        container, _, name = unquote(urlsplit(self.path).path).removeprefix("/v1/AUTH_p/").partition("/")
        return container, name

    def body(self) -> bytes:
        left, parts = int(self.headers.get("Content-Length", 0)), []
        while left > 0:
            part = self.rfile.read(min(left, self.speed() or left))
            parts.append(part)
            left -= len(part)
            time.sleep(1 if left > 0 else 0)
        return b"".join(parts)

    def speed(self) -> int:
        """Bytes a second; 0: as fast as it goes."""
        return nasty.get("bytesASecond", {}).get(self.place()[1], 0)

    def is_bad(self) -> bool:
        status = nasty.get("statuses", {}).get(self.place()[1])
        if status:
            self.answer(status)
        return status is not None

    def is_refused(self) -> bool:
        may = self.place()[0] != "backups" or self.command in MAY.get(self.headers.get("X-Auth-Token", ""), set())
        if not may:
            self.answer(403)
        return not may

    def act_on_volume(self) -> None:
        """Keeps what was asked, as the object `asked-of-cinder` among the uploads."""
        body = self.body()
        if self.headers.get("X-Auth-Token") != "token-keeper-grower":
            return self.answer(401)
        if self.headers.get("OpenStack-API-Version") != "volume 3.42":
            return self.answer(400)
        asked = self.path.encode() + b" " + body + b"\n"
        keep("media", "asked-of-cinder", objects["media"].get("asked-of-cinder", b"") + asked)
        self.answer(202)

    def do_POST(self) -> None:
        if self.path.endswith("/action"):
            return self.act_on_volume()
        credential = json.loads(self.body())["auth"]["identity"]["application_credential"]
        if SECRETS.get(credential["id"], credential["secret"]) != credential["secret"]:
            return self.answer(401)
        token = {"token": {"issued_at": "2098-12-31T00:00:00.000000Z", "expires_at": "2099-01-01T00:00:00.000000Z"}}
        self.answer(201, json.dumps(token).encode(), X_Subject_Token=f"token-{credential['id']}")

    def do_PUT(self) -> None:
        data = self.body()
        if self.path == "/nasty":
            nasty.clear()
            nasty.update(json.loads(data))
            if nasty.get("empty"):
                objects["media"].clear()
                names["media"].clear()
            fill(nasty.get("fill", 0))
            return self.answer(201)
        if self.is_refused() or self.is_bad():
            return
        container, name = self.place()
        if self.headers.get("If-None-Match") == "*" and name in objects[container]:
            return self.answer(412)
        if self.headers.get("ETag", "").strip('"') not in ("", hashlib.md5(data).hexdigest()):
            return self.answer(422)
        keep(container, name, data)
        lives[name] = self.headers.get("X-Delete-After", "")
        self.answer(201)

    def do_DELETE(self) -> None:
        if self.is_refused() or self.is_bad():
            return
        self.answer(204 if drop(*self.place()) else 404)

    def do_GET(self) -> None:
        if self.is_refused() or self.is_bad():
            return
        container, name = self.place()
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        if "format" in query:
            return self.answer(200, json.dumps(self.rows(container, query)).encode())
        data = objects[container].get(name)
        if data is None:
            return self.answer(404)
        tag = hashlib.md5(data).hexdigest()
        if self.headers.get("If-None-Match", "").strip('"') == tag:
            return self.answer(304, ETag=tag)
        # Swift tells the time of its end; what was asked for is enough here.
        self.answer(200, data, ETag=tag, X_Delete_After=lives.get(name, ""))

    def rows(self, container: str, query: dict[str, str]) -> list[dict[str, object]]:
        """At most 3,000 whatever is asked for: a Swift may have another limit than its clients know."""
        prefix, limit = query.get("prefix", ""), min(int(query.get("limit", 3000)), 3000)
        found = names[container]
        first = max(bisect.bisect_right(found, query.get("marker", "")), bisect.bisect_left(found, prefix))
        return [
            {
                "name": name,
                "bytes": len(data),
                "hash": hashlib.md5(data).hexdigest(),
                "content_type": "application/directory" if name.endswith("/") else "application/octet-stream",
            }
            for name in found[first : first + limit]
            if name.startswith(prefix) and (data := objects[container].get(name)) is not None
        ]

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("", 80), Swift).serve_forever()
