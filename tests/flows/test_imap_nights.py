"""Nights whose mail lies on an IMAP server."""

import pytest

pytestmark = pytest.mark.flows

SETTINGS = """
[sources.inbox]
kind = "email"
path = "imaps://night@localhost:{port}/Support"

[sources.inbox.imap]
password_env = "MAIL_PASSWORD"
ca_file = "{ca_file}"
"""


def test_mail_is_read_once_also_when_the_folder_is_numbered_anew(project, mailserver, mail):
    texts = ("My parcel is late. Where is it? It was sent last week.", "The invoice was paid twice, please refund one.")
    mails = [mail(project.folder / f"{n}.eml", text, f"Case {n}").read_bytes() for n, text in enumerate(texts)]
    mailserver.put("night", *mails, folder="Support")
    before = mailserver.flags("night", "Support")
    project.environment["MAIL_PASSWORD"] = mailserver.password
    project.configure(SETTINGS.format(port=mailserver.tls, ca_file=mailserver.ca_file))

    first = project.night()
    assert (first["status"], first["version"], first["records"]) == ("published", 1, {"in": 2, "published": 2})
    assert mailserver.flags("night", "Support") == before

    with mailserver.client("night") as client:
        client.delete("Support")
    mailserver.put("night", *mails, folder="Support")
    again = project.night()
    assert (again["status"], again["files"]["listed"]) == ("unchanged", 2)
    assert again["items"] == {"in": 2, "known_item": 2}
