"""hostile-shop.py: a shop that shows on every page whose it is, and gives everybody a session. `search` says how it answers."""
import json
import time
import uuid
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, urlsplit

pages = count(1)
carts: dict[str, list[str]] = {}
TOLD = ("Host", "Cookie", "Authorization", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Accept-Language", "Range")


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("OCSESSID")
        session = cookie.value if cookie else uuid.uuid4().hex
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        query = parse_qs(urlsplit(self.path).query)
        if query.get("route") == ["checkout/cart.add"]:
            carts.setdefault(session, []).append(body)
        how = query.get("search", [""])[0]
        if how == "slow":
            time.sleep(3)
        status = int(how) if how.isdigit() else 200
        page = {
            "page": next(pages),
            "path": self.path,
            "session": session,
            "cart": carts.get(session, []),
            "told": {name: ", ".join(self.headers.get_all(name, [])) for name in TOLD},
        }
        text = json.dumps(page).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Set-Cookie", f"OCSESSID={session}; path=/")
        self.send_header("Set-Cookie", "currency=USD")
        if how == "public" or status != 200:
            self.send_header("Cache-Control", "public, max-age=3600")
            self.send_header("ETag", '"always"')
        else:
            self.send_header("Cache-Control", "no-store, no-cache, must-revalidate")
            self.send_header("Expires", "Thu, 19 Nov 1981 08:52:00 GMT")
            self.send_header("Pragma", "no-cache")
        if status in (301, 302):
            self.send_header("Location", "/index.php")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)

    do_POST = do_PUT = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 512


Server(("", 80), Shop).serve_forever()
