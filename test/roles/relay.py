"""relay.py FOLDER PORT: a mail relay that behaves as FOLDER/behaviour.json says at that moment, and notes in FOLDER/mail.jsonl what it took.

behaviour.json, all optional: tls ("starttls", "tls" or "none"), user and password (which it insists on, after TLS), delay (seconds
before it answers a step), answers (what it says instead, by step). Steps: connect, auth, mail, rcpt, data, dot; a step
of rcpt may name a recipient: "rcpt a@example.com". FOLDER/certificate.pem and key.pem are its own.
"""
import base64
import json
import socketserver
import ssl
import sys
import time
from pathlib import Path

folder, port = Path(sys.argv[1]), int(sys.argv[2])


def behaviour():
    return json.loads((folder / "behaviour.json").read_text())


class Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def step(self, name, otherwise, recipient=""):
        """Answers as behaviour.json wants it. Returns whether that was a yes."""
        now = behaviour()
        time.sleep(now.get("delay", {}).get(name, 0))
        answers = now.get("answers", {})
        answer = answers.get(f"{name} {recipient}", answers.get(name, otherwise))
        self.say(answer)
        return answer[0] in "23"

    def encrypt(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)
        self.encrypted = True

    def line(self):
        return self.rfile.readline().decode(errors="replace").rstrip("\r\n")

    def known(self, words):
        if words[1].upper() == "PLAIN":
            if len(words) < 3:
                self.say("334 ")
                words.append(self.line())
            _, user, password = base64.b64decode(words[2]).decode().split("\0")
        else:
            self.say("334 VXNlcm5hbWU6")
            user = base64.b64decode(self.line()).decode()
            self.say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self.line()).decode()
        now = behaviour()
        return user == now.get("user") and password == now.get("password")

    def handle(self):
        self.encrypted = False
        trusted, sender, recipients = False, "", []
        if behaviour().get("tls", "none") == "tls":
            self.encrypt()
        if not self.step("connect", "220 relay.example.com"):
            return
        while line := self.line():
            command = line.upper()
            now = behaviour()
            if command.startswith("EHLO"):
                offers = ["relay.example.com", "8BITMIME"]
                if now.get("tls") == "starttls" and not self.encrypted:
                    offers.append("STARTTLS")
                elif "user" in now:
                    offers.append("AUTH PLAIN LOGIN")
                for offer in offers[:-1]:
                    self.say(f"250-{offer}")
                self.say(f"250 {offers[-1]}")
            elif command == "STARTTLS":
                self.say("220 go on")
                self.encrypt()
            elif command.startswith("AUTH"):
                trusted = self.known(line.split())
                self.step("auth", "235 yes" if trusted else "535 no")
            elif command.startswith("MAIL"):
                if now.get("tls") == "starttls" and not self.encrypted or "user" in now and not trusted:
                    self.say("530 not like this")
                    continue
                sender, recipients = line[line.index("<") + 1 : line.index(">")], []
                self.step("mail", "250 yes")
            elif command.startswith("RCPT"):
                recipient = line[line.index("<") + 1 : line.index(">")]
                if self.step("rcpt", "250 yes", recipient):
                    recipients.append(recipient)
            elif command == "DATA":
                if not self.step("data", "354 go on"):
                    continue
                text = ""
                while (piece := self.rfile.readline()) not in (b".\r\n", b""):
                    text += piece[piece.startswith(b".") :].decode(errors="replace")
                if piece == b"":
                    return
                taken = {"from": sender, "to": recipients, "text": text, "tls": self.encrypted, "trusted": trusted}
                if self.step("dot", "250 taken"):
                    taken["at"], taken["by"] = time.time(), self.client_address[0]
                    with open(folder / "mail.jsonl", "a") as notes:
                        notes.write(json.dumps(taken) + "\n")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 yes")


class Relay(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


Relay(("0.0.0.0", port), Session).serve_forever()
