"""The demo corpus: the same each time, and its truth tells what is in it."""

import csv
import email
import email.policy
import io
import json
import mailbox
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from flows.demo import write_corpus

COMPARED = re.compile(r"\s+")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder, write_corpus(folder)


@pytest.fixture(scope="module")
def mails(corpus):
    """(file, bytes) of every readable mail."""
    folder, truth = corpus
    broken = {place for place, _ in truth.quarantined}
    found = [
        (f"mail/{path.name}", path.read_bytes())
        for path in sorted((folder / "mail").glob("*.eml"))
        if f"mail/{path.name}" not in broken
    ]
    for path in (folder / "mail").glob("*.mbox"):
        box = mailbox.mbox(path, create=False)
        found += [(f"mail/{path.name}", box.get_bytes(key)) for key in box.iterkeys()]
        box.close()
    return found


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def body(message):
    return message.get_body(("plain", "html")).get_content()


def rows_of(folder, name):
    """The readable rows of an export, and the numbers of the broken ones."""
    data = (folder / name).read_text("utf-8")
    if name.endswith(".csv"):
        rows = list(csv.DictReader(io.StringIO(data, newline="")))
        return [row for row in rows if None not in row], [n for n, row in enumerate(rows) if None in row]
    good, bad = [], []
    for number, line in enumerate(data.splitlines()):
        try:
            good.append(json.loads(line))
        except ValueError:
            bad.append(number)
    return good, bad


@pytest.fixture(scope="module")
def tickets(corpus):
    folder, truth = corpus
    return {name: rows_of(folder, name)[0] for name in truth.tickets_by_file}


@pytest.fixture(scope="module")
def shown(corpus, mails, tickets):
    """What a reader sees of each file, read back by other code than wrote it."""
    _, truth = corpus
    texts = {}
    for name, data in mails:
        message = parse(data)
        seen = [f"{message[h]}".replace('"', "") for h in ("From", "To", "Subject")] + [body(message)]
        texts[name] = texts.get(name, "") + "\n".join(seen)
    for name, rows in tickets.items():
        texts[name] = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    for name, pages in truth.scan_texts.items():
        texts[name.split("!")[0]] = "\n".join((texts.get(name.split("!")[0], ""), *pages))
    return texts


def files_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_writes_are_the_same_bytes(corpus, tmp_path):
    folder, truth = corpus
    again = write_corpus(tmp_path / "again", tmp_path / "elsewhere.json")
    assert again == truth
    files = files_below(tmp_path / "again")
    expected = files_below(folder)
    assert (tmp_path / "elsewhere.json").read_bytes() == expected.pop("truth.json")
    assert files == expected


def test_hash_seed_and_locale_change_nothing(corpus, tmp_path):
    folder, _ = corpus
    code = "import sys, pathlib; from flows.demo import write_corpus; write_corpus(pathlib.Path(sys.argv[1]))"
    environment = {"PYTHONHASHSEED": "7", "TZ": "Africa/Nairobi", "LC_ALL": "C", "PYTHONPATH": ":".join(sys.path)}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True)
    assert files_below(tmp_path) == files_below(folder)


def test_import_is_light():
    code = "import sys, flows.demo; print([m for m in ('prefect', 'PIL', 'numpy', 'pandas') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_truth_file_holds_the_truth(corpus):
    folder, truth = corpus
    read = json.loads((folder / "truth.json").read_text("utf-8"))
    assert read["mails"] == truth.mails
    assert [tuple(pair) for pair in read["quarantined"]] == list(truth.quarantined)
    assert len(read["planted"]) == len(truth.planted)
    assert {path.name for path in folder.iterdir()} == {"mail", "tickets", "scans", "truth.json"}


class TestMail:
    def test_counts(self, corpus, mails):
        folder, truth = corpus
        assert len(mails) == truth.mails
        assert len(list((folder / "mail").glob("*.eml"))) == truth.mail_files
        assert sum(name.endswith(".mbox") for name, _ in mails) == truth.mbox_mails
        assert truth.mails == truth.thread_mails + sum(truth.drops.values()) + len(truth.duplicate_mails)
        assert 185 <= truth.mails <= 215

    def test_every_mail_parses_without_defects(self, mails):
        for name, data in mails:
            message = parse(data)
            assert [part.defects for part in message.walk() if part.defects] == [], name
            for header in ("From", "To", "Subject", "Date", "Message-ID"):
                assert message[header] is not None, (name, header)
            assert message["Date"].datetime is not None
            assert body(message).strip()

    def test_message_ids_are_unique_but_for_the_copy(self, corpus, mails):
        _, truth = corpus
        ids = Counter(str(parse(data)["Message-ID"]) for _, data in mails)
        assert set(ids.values()) == {1, 2}
        assert sum(count - 1 for count in ids.values()) == len(truth.duplicate_mails)
        assert set(ids) <= set(truth.languages)

    def test_replies_name_the_mail_before_and_all_others(self, corpus, mails):
        _, truth = corpus
        parsed = {str(m["Message-ID"]): m for m in (parse(data) for _, data in mails)}
        roots = Counter()
        for id_, message in parsed.items():
            references = str(message["References"] or "").split()
            if id_ not in truth.dropped_mails:
                roots[references[0] if references else id_] += 1
            if not references:
                continue
            answered = parsed[str(message["In-Reply-To"])]
            assert references[-1] == str(answered["Message-ID"])
            if truth.dropped_mails.get(id_) != "bounce":
                assert references[:-1] == str(answered["References"] or "").split()
            assert answered["Date"].datetime < message["Date"].datetime
        assert len(roots) == truth.threads
        assert sum(roots.values()) == truth.thread_mails
        assert set(roots.values()) == {2, 3, 4, 5, 6}

    def test_a_thread_lies_in_the_mbox_and_in_files(self, mails):
        archived = {str(parse(data)["Message-ID"]) for name, data in mails if name.endswith(".mbox")}
        loose = [parse(data) for name, data in mails if name.endswith(".eml")]
        assert any(str(message["In-Reply-To"]) in archived for message in loose)

    @pytest.mark.parametrize(
        ("reason", "header", "value"),
        [("auto_reply", "Auto-Submitted", "auto-replied"), ("bulk", "List-Unsubscribe", "https://")],
    )
    def test_dropped_mails_show_why_in_their_headers(self, corpus, mails, reason, header, value):
        _, truth = corpus
        parsed = {str(m["Message-ID"]): m for m in (parse(data) for _, data in mails)}
        marked = {id_ for id_, m in parsed.items() if value in str(m[header] or "")}
        wanted = {id_ for id_, code in truth.dropped_mails.items() if code == reason}
        assert len(wanted) == truth.drops[reason]
        assert wanted <= marked
        assert all(id_ in truth.dropped_mails for id_ in marked)

    def test_bounces_and_codes(self, corpus, mails):
        _, truth = corpus
        parsed = {str(m["Message-ID"]): m for m in (parse(data) for _, data in mails)}
        for id_, reason in truth.dropped_mails.items():
            if reason == "bounce":
                assert parsed[id_].get_content_type() == "multipart/report"
                assert parsed[id_].get_param("report-type") == "delivery-status"
            if reason == "one_time_code":
                assert re.search(r"\b\d{6}\b", body(parsed[id_]))

    def test_forms_of_mail(self, mails):
        parsed = [parse(data) for _, data in mails]
        kinds = Counter(message.get_content_type() for message in parsed)
        assert min(kinds[kind] for kind in ("text/plain", "text/html", "multipart/alternative")) >= 10
        charsets = Counter(str(part.get_content_charset()) for m in parsed for part in m.walk() if not m.is_multipart())
        assert charsets["iso-8859-1"] >= 5
        texts = "\n".join(body(message) for message in parsed)
        for sign in ("wrote:", "a écrit :", "geskryf:", "aliandika:", "تمت كتابة", "________\nFrom:", "Envoyé :"):
            assert sign in texts, sign

    def test_attachments(self, corpus, mails):
        _, truth = corpus
        found = Counter(
            part.get_filename().rsplit(".", 1)[1]
            for _, data in mails
            for part in parse(data).iter_attachments()
            if part.get_filename()
        )
        assert found == truth.attachments


class TestTickets:
    def test_counts_and_broken_rows(self, corpus):
        folder, truth = corpus
        broken = []
        for name, count in truth.tickets_by_file.items():
            good, bad = rows_of(folder, name)
            assert len(good) == count
            broken += [(f"{name}#{number}", "malformed_row") for number in bad]
        assert truth.tickets == sum(truth.tickets_by_file.values()) == 100
        assert [pair for pair in truth.quarantined if "#" in pair[0]] == broken

    def test_comments(self, corpus, tickets):
        _, truth = corpus
        comments = [c for rows in tickets.values() for row in rows for c in row.get("comments", ())]
        assert len(comments) == truth.ticket_comments
        assert {c["role"] for c in comments} == {"agent", "customer"}

    def test_languages_and_ids(self, corpus, tickets):
        _, truth = corpus
        rows = [row for part in tickets.values() for row in part]
        assert len({str(row["id"]) for row in rows}) == truth.tickets
        assert all(truth.languages[str(row["id"])] == row["language"] for row in rows)


class TestScans:
    def test_pages(self, corpus):
        from PIL import Image

        folder, truth = corpus
        scans = {name: texts for name, texts in truth.scan_texts.items() if "!" not in name}
        assert len(scans) == truth.scan_documents
        assert sum(map(len, scans.values())) == truth.scan_pages == 20
        for name, texts in scans.items():
            if not name.endswith(".pdf"):
                with Image.open(folder / name) as image:
                    assert getattr(image, "n_frames", 1) == len(texts), name
                    assert image.size == (1240, 900)

    def test_pdf_layers(self, corpus):
        import pypdfium2

        folder, truth = corpus
        layered = 0
        for name, texts in truth.scan_texts.items():
            if name.endswith(".pdf") and "!" not in name:
                document = pypdfium2.PdfDocument(folder / name)
                shown = [page.get_textpage().get_text_range() for page in document]
                assert len(shown) == len(texts)
                layered += any(shown)
                if any(shown):
                    assert [COMPARED.sub(" ", s) for s in shown] == [COMPARED.sub(" ", t) for t in texts]
        assert layered == 1

    def test_ink_where_the_text_stands_and_no_missing_glyph(self, corpus):
        from flows.demo import scans

        _, truth = corpus
        font = scans._font()
        unknown = bytes(font.getmask("\uffff"))
        letters = {c for texts in truth.scan_texts.values() for t in texts for c in t if not c.isspace()}
        assert {c for c in letters if bytes(font.getmask(c)) == unknown} == set()

    def test_broken_files_are_broken(self, corpus):
        import pypdfium2
        from PIL import Image

        folder, _ = corpus
        with pytest.raises(OSError, match="truncated"), Image.open(folder / "scans/cut-off.png") as image:
            image.load()
        with pytest.raises(pypdfium2.PdfiumError):
            pypdfium2.PdfDocument(folder / "scans/cut-off.pdf")
        assert (folder / "mail/empty.eml").read_bytes() == b""
        assert (folder / "mail/photo.eml").read_bytes().startswith(b"\x89PNG")


class TestPlanted:
    def test_values_stand_in_exactly_their_files(self, corpus, shown):
        _, truth = corpus
        for planted in (*truth.planted, *truth.kept_values):
            found = {name for name, text in shown.items() if planted.value in text}
            assert found == set(planted.files), planted.value

    def test_every_kind_of_value(self, corpus):
        _, truth = corpus
        kinds = Counter(planted.entity_type for planted in truth.planted)
        for kind in ("PERSON", "PHONE_NUMBER", "EMAIL_ADDRESS", "ZA_ID_NUMBER", "NG_NIN", "KE_KRA_PIN", "IBAN_CODE"):
            assert kinds[kind] >= 8, kind
        assert kinds["CREDIT_CARD"] == 6
        places = {name.split("/")[0] for planted in truth.planted for name in planted.files}
        assert places == {"mail", "tickets", "scans"}

    def test_identifiers_are_valid_and_made_up(self, corpus):
        import phonenumbers
        from stdnum import luhn
        from stdnum.iso7064 import mod_97_10
        from stdnum.za import idnr

        _, truth = corpus
        for planted in truth.planted:
            compact = planted.value.replace(" ", "")
            match planted.entity_type:
                case "PHONE_NUMBER":
                    parsed = phonenumbers.parse(planted.value)
                    assert phonenumbers.is_valid_number(parsed)
                    assert "000" in str(parsed.national_number)
                case "ZA_ID_NUMBER":
                    idnr.validate(compact)
                    assert compact[2:4] == "01"
                    assert compact[6:8] in ("00", "01", "05")
                case "CREDIT_CARD":
                    luhn.validate(compact)
                case "IBAN_CODE":
                    mod_97_10.validate(compact[4:] + compact[:4])
                    assert re.fullmatch(r"MA64999780\d{18}", compact)
                case "EMAIL_ADDRESS":
                    assert compact.endswith(".example")

    def test_every_domain_is_an_example(self, shown):
        for name, text in shown.items():
            for domain in re.findall(r"@([\w.-]+\w)|https?://([\w.-]+\w)", text):
                assert "".join(domain).endswith(".example"), name


class TestVariety:
    def test_duplicates_are_duplicates(self, corpus, tickets):
        folder, truth = corpus
        for kept, copy in truth.duplicate_mails:
            assert (folder / kept).read_bytes() == (folder / copy).read_bytes()
        rows = {str(row["id"]): row for part in tickets.values() for row in part}
        for kept, copy in truth.duplicate_tickets:
            assert {**rows[kept], "id": copy} == {**rows[copy], "id": copy}

    def test_nothing_else_is_the_same_without_its_personal_values(self, corpus, mails, tickets):
        """Scrubbed texts are compared: two mails that differ in a name only would be one example."""
        _, truth = corpus
        values = sorted({planted.value for planted in truth.planted}, key=len, reverse=True)
        masked = re.compile("|".join(map(re.escape, values)))
        texts = [body(parse(data)) for _, data in mails]
        texts += [row["description"] for part in tickets.values() for row in part]
        texts += [c["body"] for part in tickets.values() for row in part for c in row.get("comments", ())]
        seen = Counter(masked.sub("<X>", text) for text in texts)
        repeated = sum(count - 1 for count in seen.values())
        assert repeated == len(truth.duplicate_mails) + len(truth.duplicate_tickets)

    def test_languages(self, corpus):
        _, truth = corpus
        spoken = Counter(truth.languages.values())
        assert set(spoken) == {"en", "fr", "af", "sw", "zu", "yo", "ar"}
        assert min(spoken.values()) >= 15

    def test_no_placeholder_is_left(self, corpus, mails, tickets):
        _, truth = corpus
        texts = [body(parse(data)) for _, data in mails if b"<html" not in data]
        texts += [row["description"] for part in tickets.values() for row in part]
        texts += [text for pages in truth.scan_texts.values() for text in pages]
        assert not [text for text in texts if "{" in text or "}" in text]

    def test_yoruba_keeps_its_marks(self):
        source = Path(sys.modules["flows.demo"].__file__).parent / "phrases/yo.json"
        assert {"ẹ", "ọ", "ṣ", "\u0301", "\u0300"} <= set(source.read_text("utf-8"))
