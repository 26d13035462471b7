"""deploy/healthcheck against an admin listener that is well, that is not, and that is not there."""

import http.server
import socket
import subprocess
import threading

import common


class Admin(http.server.BaseHTTPRequestHandler):
    pages = {"/healthz": 200, "/readyz": 503}
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(self.pages.get(self.path, 404))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def answer(*args):
    return subprocess.run([common.ROOT / "deploy/healthcheck", *args],
                          capture_output=True, timeout=20).returncode


def expect(what, healthy, *args):
    code = answer(*args)
    return [] if (code == 0) == healthy else [f"{what}: it ends with {code}"]


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Admin)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = str(server.server_port)
    problems = (expect("a page with 200", True, "/healthz", port)
                + expect("a page with 503", False, "/readyz", port)
                + expect("a page that is not there", False, "/gone", port))
    server.shutdown()
    server.server_close()
    problems += expect("nobody listens", False, "/healthz", port)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        problems += expect("a listener that says nothing", False, "/healthz", str(silent.getsockname()[1]))
    common.finish(problems, "the health check tells well from not")


if __name__ == "__main__":
    main()
