"""
swift.py: as much of Keystone, Swift and Cinder as servers ask for, on port 80, with its objects in memory. Who may do what is judged in
the container `backups`: its writer may only PUT, its reader only GET; the token `test` may do all.
"""
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

SECRETS = {"keeper-writer": "Writer_secret.0~", "keeper-reader": "Reader_secret.0~", "keeper-grower": "Grower_secret.0~"}
MAY = {"token-keeper-writer": {"PUT"}, "token-keeper-reader": {"GET", "HEAD"}, "test": {"PUT", "GET", "HEAD", "DELETE"}}

objects: dict[str, dict[str, bytes]] = {"media": {}, "backups": {}}
lives: dict[str, str] = {}


class Swift(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def place(self) -> tuple[str, str]:
        """@returns container and object"""
        container, _, name = unquote(urlsplit(self.path).path).removeprefix("/v1/AUTH_p/").partition("/")
        return container, name

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

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
        objects["media"]["asked-of-cinder"] = objects["media"].get("asked-of-cinder", b"") + self.path.encode() + b" " + body + b"\n"
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
        if self.is_refused():
            return
        container, name = self.place()
        objects[container][name] = data
        lives[name] = self.headers.get("X-Delete-After", "")
        self.answer(201)

    def do_DELETE(self) -> None:
        if self.is_refused():
            return
        container, name = self.place()
        self.answer(204 if objects[container].pop(name, None) is not None else 404)

    def do_GET(self) -> None:
        if self.is_refused():
            return
        container, name = self.place()
        query = parse_qs(urlsplit(self.path).query)
        if "format" in query:
            after, prefix = query.get("marker", [""])[0], query.get("prefix", [""])[0]
            rows = [
                {
                    "name": name,
                    "bytes": len(data),
                    "hash": hashlib.md5(data).hexdigest(),
                    "content_type": "application/octet-stream",
                }
                for name, data in sorted(objects[container].items())
                if name > after and name.startswith(prefix)
            ]
            return self.answer(200, json.dumps(rows).encode())
        data = objects[container].get(name)
        if data is None:
            return self.answer(404)
        # Swift tells the time of its end; what was asked for is enough here.
        self.answer(200, data, ETag=hashlib.md5(data).hexdigest(), X_Delete_After=lives.get(name, ""))

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("", 80), Swift).serve_forever()
