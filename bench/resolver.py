"""A resolver that answers every question at once: there is no such name. So that what is compared is work and
not how long a filter waits for a network that is not there."""

import socket
import threading

HEAD = 12


def answer(question):
    end = HEAD
    while question[end]:
        end += 1 + question[end]
    end += 5  # the root, type and class
    counts = b"\0\1\0\0\0\0\0\0"
    return question[:2] + b"\x81\x83" + counts + question[HEAD:end]


class Resolver:
    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.count = 0
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                question, peer = self.socket.recvfrom(4096)
                self.socket.sendto(answer(question), peer)
                self.count += 1
            except (OSError, IndexError):
                if self.socket.fileno() == -1:
                    return
