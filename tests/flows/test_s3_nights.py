"""Nights over a prefix of a bucket: what is new is fetched, what is known is left, what can't be had waits."""

import json

MARKER = "Alice-Dupont-ID"


def settings(store, bucket):
    return f"""
[s3]
endpoint_url = "{store.url}"

[sources.mail]
kind = "email"
path = "s3://{bucket}/in"
"""


def mails(mail, folder, numbers):
    folder.mkdir(exist_ok=True)
    texts = {n: f"Dear team, order {n} has not come, though I paid for it on the {n}th. Where is it?" for n in numbers}
    return {n: mail(folder / f"m{n}.eml", text, f"Order {n}").read_bytes() for n, text in texts.items()}


def test_nights_over_a_bucket(project, mail, object_store, prefect_server):
    bucket = object_store.bucket()
    project.environment |= object_store.environment
    project.configure(settings(object_store, bucket))
    sent = mails(mail, project.folder / "sent", range(1, 6))
    objects = {f"in/{MARKER}-{n}.eml": data for n, data in sent.items()} | {
        "in/b//c/x": b"%PDF-1.7 no mail",
        "in/e/": b"",
    }
    object_store.fill(bucket, objects | {f"in/{MARKER}-bad.eml": b"\0\1\2 no mail at all", "in-older/y.eml": sent[1]})

    first = project.night()
    assert (first["status"], first["version"]) == ("published", 1)
    assert first["files"] == {"listed": 7, "skipped": 1, "quarantined": 1}
    assert (first["records"]["published"], first["refused_files"]) == (5, {"type_mismatch": 1})
    assert not [note for note in first["notes"] if note.startswith("Source")]

    second = project.night()
    assert (second["status"], second["files"]) == ("unchanged", {"listed": 7, "known": 7})

    changed = mails(mail, project.folder / "sent", [7])[7]
    object_store.fill(bucket, {f"in/{MARKER}-5.eml": changed})
    third = project.night()
    assert (third["status"], third["version"], third["records"]["published"]) == ("published", 2, 1)
    assert third["files"]["known"] == 6

    assert not list((project.lake / "restricted" / "scratch").iterdir())
    kept = {path.read_bytes() for path in (project.lake / "restricted" / "raw").rglob("*") if path.is_file()}
    assert kept == {*sent.values(), changed}
    said = json.dumps([first, second, third])
    names = [str(path) for path in project.lake.rglob("*")]
    assert MARKER not in said
    assert not [name for name in names if MARKER in name]
    secret = object_store.environment["AWS_SECRET_ACCESS_KEY"]
    kept_by_prefect = b"".join(path.read_bytes() for path in prefect_server[1].rglob("*") if path.is_file())
    assert MARKER.encode() not in kept_by_prefect
    assert secret.encode() not in said.encode() + kept_by_prefect


def test_a_store_that_lets_us_not_in_stops_the_night_with_a_remedy(project, object_store):
    bucket = object_store.bucket()
    project.configure(settings(object_store, f"{bucket}x"))
    project.environment |= object_store.environment
    stopped = project.night(code=2)
    assert "no such bucket" in stopped
    assert "Correct the name of the bucket" in stopped
    project.configure(settings(object_store, bucket))
    looked = project.daytwo("doctor", AWS_SECRET_ACCESS_KEY="wrong-by-intent")
    assert looked.returncode != 0
    assert "secret key is wrong" in looked.stdout + looked.stderr
    assert "wrong-by-intent" not in looked.stdout + looked.stderr
