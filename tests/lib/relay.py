"""A bad line: a relay in front of a server that can be taken down, and cut or stopped at a chosen turn of the talk.

The client's turns on a connection are 1: ClientHello; 2: end of the handshake and Hello; 3 and on: its requests."""

import contextlib
import select
import socket
import threading

FIRST_REQUEST = 3


class Relay:
    def __init__(self, port):
        self.port_behind = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = set()
        self.heal()
        self.listen()

    def listen(self):
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    # --- weather ---

    def heal(self):
        self.cut_at = self.lost_at = self.hold_at = self.turns_left = None
        self.is_portal = False
        self.reached = threading.Event()

    def cut_before(self, turn):
        """Nothing of this turn arrives, and the connection is closed."""
        self.lost_at = turn

    def cut_after(self, turn):
        """The turn arrives, the server answers it, and the answer is lost."""
        self.cut_at = turn

    def hold(self, turn):
        """The turn arrives and is answered; the client waits for ever. `reached` is set when the answer is there."""
        self.hold_at = turn

    def portal(self):
        """Somebody else answers at this address, as in the network of a hotel."""
        self.is_portal = True

    def down_after(self, turns):
        """After so many more turns, of all connections together, the line is down."""
        self.turns_left = turns

    def down(self):
        with contextlib.suppress(OSError):      # wakes the thread that waits in accept()
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for end in list(self.open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def up(self):
        self.heal()
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.listen()

    # --- one connection ---

    def relay(self, client):
        try:
            if self.is_portal:
                with client:
                    client.recv(65536)
                    client.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\n\r\n")
                return
            with client, socket.create_connection(("127.0.0.1", self.port_behind)) as server:
                self.open |= {client, server}
                self.pump(client, server)
                self.open -= {client, server}
        except OSError:
            pass

    def pump(self, client, server):
        turn, speaker = 0, server
        while True:
            for end in select.select([client, server], [], [])[0]:
                data = end.recv(65536)
                if not data:
                    return
                if end is client and speaker is server:
                    turn += 1
                    self.count_down()
                speaker = end
                if not self.pass_on(end is client, turn, server if end is client else client, data):
                    return

    def count_down(self):
        if self.turns_left is None:
            return
        self.turns_left -= 1
        if self.turns_left < 0:
            self.down()

    def pass_on(self, from_client, turn, to, data):
        """False: the connection ends here."""
        def has_come(at):
            return at is not None and turn >= at

        if from_client and has_come(self.lost_at):
            return False
        if not from_client and has_come(self.cut_at):
            self.reached.set()
            return False
        if not from_client and has_come(self.hold_at):
            self.reached.set()
            return True
        to.sendall(data)
        return True
