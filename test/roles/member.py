"""member.py NAME: stands in for a server of a tier behind a balancer. Says who it is and what it was told of the client."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Member(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        names = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host")
        told = {name: ", ".join(self.headers.get_all(name, [])) for name in names}
        body = json.dumps({"member": sys.argv[1], "path": self.path, **told}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/login":
            self.send_header("Set-Cookie", f"OCSESSID=of-{sys.argv[1]}")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


ThreadingHTTPServer(("", 80), Member).serve_forever()
