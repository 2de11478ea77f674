"""mirror.py FOLDER: a mirror of packages, by HTTP."""
import functools
import sys
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

ThreadingHTTPServer(("", 80), functools.partial(SimpleHTTPRequestHandler, directory=sys.argv[1])).serve_forever()
