"""Installs packages: `python3 -I bifrost_install.py <JSON>`, in the process that the server made for it.

Where that process has no network of its own, connections go through a socket to a proxy of the server. Installers know only
proxies with a port, so that there is one here, which passes every byte on.
"""

import json
import os
import socket
import subprocess
import sys
import threading

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(1 << 16):
            target.sendall(data)
    except OSError:
        pass
    try:
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _serve(listener: socket.socket, path: str) -> None:
    while True:
        client, _ = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(path)
        except OSError:
            client.close()
            continue
        for one, other in ((client, server), (server, client)):
            threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _proxy(path: str) -> str:
    listener = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(listener, path), daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def main() -> int:
    wanted = json.loads(sys.argv[1])
    # What is installed is read by other users of the machine.
    os.umask(0o022)
    environment = dict(os.environ)
    if wanted["socket"] is not None:
        environment.update(dict.fromkeys(_PROXIES, _proxy(wanted["socket"])))
    for command in wanted["commands"]:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            return done.returncode if done.returncode > 0 else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
