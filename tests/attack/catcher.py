"""A mail server that takes everything: what the recipients got, and nobody else."""

import email
import email.policy
import re
import socketserver
import threading

#: The link of a page, with the token that opens it.
LINK = re.compile(r"https?://[^/\s\"]+(/my/[a-z/]+/\d+)\?access_token=([^\s\"#&<>\]]+)")


class _Session(socketserver.StreamRequestHandler):
    """One connection of a client that sends mails."""

    def handle(self):
        self._say(220, "ready")
        recipients = []
        for line in iter(self._line, None):
            word = line[:4].upper()
            if word == "RCPT":
                recipients.append(re.search(r"<([^>]*)>", line)[1].lower())
                self._say(250, "ok")
            elif word == "DATA":
                self._say(354, "go on")
                self.server.mails.append((recipients, self._text()))
                recipients = []
                self._say(250, "taken")
            elif word == "QUIT":
                self._say(221, "bye")
                return
            else:
                self._say(250, "ok")

    def _line(self):
        line = self.rfile.readline()
        return line.decode(errors="replace").strip() if line else None

    def _text(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line[:2] == b".." else line)
        return email.message_from_bytes(b"".join(lines), policy=email.policy.default)

    def _say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())


class Catcher(socketserver.ThreadingTCPServer):
    """Listens on the loopback interface for the length of a block."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.mails = []
        self.port = self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.shutdown()
        super().__exit__(*error)

    def bodies(self, address):
        """Return the texts of all parts of each mail that an address got."""
        return [
            "\n".join(
                part.get_content()
                for part in message.walk()
                if part.get_content_maintype() == "text"
            )
            for recipients, message in self.mails
            if address.lower() in recipients
        ]

    def links(self, address):
        """Return ``[(path, token)]`` of the links that an address got, each once."""
        found = [
            match.groups()
            for body in self.bodies(address)
            for match in LINK.finditer(body.replace("&amp;", "&"))
        ]
        return list(dict.fromkeys(found))
