"""ask_all.py ADDRESS SOURCE: reads request targets as lines of JSON, asks for each as it is spelt, and prints for each a line of JSON:
status, and the body's service where it is one of service.py's."""
import http.client
import json
import sys

host, source = sys.argv[1:3]
client = http.client.HTTPConnection(host, 80, timeout=20, source_address=(source, 0))
for line in sys.stdin:
    target = json.loads(line)
    client.putrequest("GET", "/", skip_host=True)
    # As it is: the library would refuse some of it.
    client._buffer[0] = f"GET {target} HTTP/1.1".encode("latin-1")
    client.putheader("Host", "shop.example")
    # No page that strangers share.
    client.putheader("Cookie", "OCSESSID=somebody")
    client.endheaders()
    reply = client.getresponse()
    body = reply.read().decode("latin-1")
    service = json.loads(body)["service"] if body.startswith('{"service"') else None
    print(json.dumps({"status": reply.status, "service": service}), flush=True)
