"""swift.py: as much of Keystone and Swift as an app server asks for, on port 80, with its objects in memory."""
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

objects: dict[str, bytes] = {}


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

    def name(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/v1/AUTH_p/media/")

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_POST(self) -> None:
        self.body()
        token = {"token": {"expires_at": "2099-01-01T00:00:00.000000Z"}}
        self.answer(201, json.dumps(token).encode(), X_Subject_Token="token")

    def do_PUT(self) -> None:
        objects[self.name()] = self.body()
        self.answer(201)

    def do_DELETE(self) -> None:
        self.answer(204 if objects.pop(self.name(), None) is not None else 404)

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        if "format" in query:
            after = query.get("marker", [""])[0]
            rows = [
                {"name": name, "hash": hashlib.md5(data).hexdigest(), "content_type": "application/octet-stream"}
                for name, data in sorted(objects.items())
                if name > after
            ]
            return self.answer(200, json.dumps(rows).encode())
        data = objects.get(self.name())
        if data is None:
            return self.answer(404)
        self.answer(200, data, ETag=hashlib.md5(data).hexdigest())

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("", 80), Swift).serve_forever()
