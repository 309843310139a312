"""A dovecot of the tests' own: in a folder under /tmp, on free ports of this machine, ended with the session."""

import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "møst secret"  # beyond ASCII: LOGIN could not send it
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
first_valid_uid = 1
mail_max_userip_connections = 100
mail_location = maildir:~/Maildir
{users}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/home/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Trash {{
    auto = create
    special_use = \\Trash
  }}
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
"""


@dataclass
class MailServer:
    """A running dovecot. Any user of `users` gets in with PASSWORD."""

    folder: Path
    plain: int
    tls: int
    password = PASSWORD

    @property
    def ca_file(self):
        return self.folder / "cert.pem"

    def client(self, user):
        """Return a connection that may write, for what a test prepares."""
        made = imaplib.IMAP4("127.0.0.1", self.plain, timeout=20)
        made.authenticate("PLAIN", lambda _: f"\0{user}\0{PASSWORD}".encode())
        return made

    def put(self, user, *mails, folder="INBOX"):
        """Append mails to a folder, unseen."""
        with self.client(user) as client:
            client.create(folder)  # dovecot says NO where it is there
            for mail in mails:
                assert client.append(folder, None, None, mail)[0] == "OK"

    def flags(self, user, folder="INBOX"):
        """Return the flags of every mail as dovecot shows them, and what it has not shown to anybody."""
        with self.client(user) as client:
            client.select(folder, readonly=True)
            return client.fetch("1:*", "(FLAGS)")[1], client.status(folder, "(UNSEEN RECENT)")[1]


def _free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def _configure(folder, plain, tls):
    root = os.geteuid() == 0
    owner = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())  # dovecot serves no mail of root
    users = "" if root else f"default_login_user = {owner.pw_name}\ndefault_internal_user = {owner.pw_name}"
    places = {"folder": folder, "uid": owner.pw_uid, "gid": owner.pw_gid, "users": users, "plain": plain, "tls": tls}
    (folder / "dovecot.conf").write_text(CONFIG.format(**places))
    names = ["help", "desk", "grace", "amina", "crowd", "night"]
    (folder / "users").write_text("".join(f"{name}:{PASSWORD}\n" for name in names), "utf-8")
    (folder / "home").mkdir()
    os.chown(folder / "home", owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)
    certify = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    certify += ["-addext", "subjectAltName=DNS:localhost", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(certify, check=True, capture_output=True)


def _await(port, process, log):
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"dovecot does not start: {log.read_text() if log.exists() else 'no log'}")


@pytest.fixture(scope="session")
def mailserver():
    """Return a dovecot, or skip loudly."""
    program = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("NOT TESTED: no dovecot; apt-get install dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="daytwo-imap-"))  # pytest's own folders are too long for dovecot's sockets
    plain, tls = _free_ports(2)
    _configure(folder, plain, tls)
    process = subprocess.Popen([program, "-F", "-c", folder / "dovecot.conf"])
    try:
        _await(plain, process, folder / "log")
        yield MailServer(folder, plain, tls)
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)  # dovecot's children may still be writing their logs
