"""octavia.py ADDRESS MEMBER [proto]: stands in for a balancer of Octavia's that takes requests. As its HAProxy does, it adds a
line X-Forwarded-For with the client's address to whatever lines of that name there are; with `proto` it says how they came."""
import socket
import sys
import threading


def head_of(connection: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client: socket.socket, address: str) -> None:
    with client, socket.create_connection((sys.argv[2], 80)) as member:
        head, rest = head_of(client)
        if not head:
            return
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection: keep-alive")]
        if "proto" in sys.argv:
            lines = [line for line in lines if not line.lower().startswith(b"x-forwarded-proto:")]
            lines.append(b"X-Forwarded-Proto: http")
        lines += [f"X-Forwarded-For: {address}".encode(), b"Connection: close"]
        member.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + rest)
        threading.Thread(target=pump, args=(client, member), daemon=True).start()
        pump(member, client)


with socket.create_server((sys.argv[1], 80), backlog=512) as server:
    while True:
        connection, (address, _) = server.accept()
        threading.Thread(target=serve, args=(connection, address), daemon=True).start()
