from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from expectations.schema import EXTRACTED, WORK
from tasks import batch
from tasks.threads.index import THREAD_INDEX
from tasks.threads.resolve import ThreadParams, rejoin, resolve, update_index

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
NONE = ThreadParams()
OWN = ThreadParams(own_domains=("desk.example",))
CUSTOMER, OTHER, AGENT, AGENT2 = "thandi@mail.example", "zodwa@mail.example", "care@desk.example", "joe@desk.example"


def mail(id_, sender=CUSTOMER, to=AGENT, subject="Card blocked in Durban", *, day=0.0, key=None, references=(), **more):
    headers = {name: more.pop(name.replace("-", "_")) for name in ("in-reply-to", "list-id", "thread-index",
               "auto-submitted") if name.replace("-", "_") in more}  # fmt: skip
    if references:
        headers["references"] = " ".join(f"<{r}@x>" for r in references)
    people = [(sender, "from"), *((address, "to") for address in ([to] if isinstance(to, str) else to))]
    return {
        "record_id": id_,
        "source": "mail",
        "source_kind": "email",
        "source_uri": "file:///m",
        "native_id": f"<{key or id_}@x>",
        "subject": subject,
        "created_at": None if day is None else START + timedelta(days=day),
        "participants": [{"name": None, "address": a, "role": r} for a, r in people],
        "headers": list(headers.items()),
        "text": id_,
    } | more


def ticket(id_, native, *, turn=0, day=None, role=None, requester=CUSTOMER, source="desk", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "record_id": id_,
        "source": source,
        "source_kind": "tickets",
        "source_uri": "file:///t",
        "native_id": native,
        "created_at": None if day is None else START + timedelta(days=day),
        "role": role,
        "participants": [{"name": "Thandi Dlamini", "address": requester, "role": "requester"}] if requester else [],
        "headers": [("ticket-turn", str(turn)), *headers.items()],
        "text": id_,
    }


def table(rows):
    return batch.from_rows(rows, EXTRACTED)


def groups(table_):
    found = {}
    for row in table_.select(["record_id", "thread_id"]).to_pylist():
        found.setdefault(row["thread_id"], set()).add(row["record_id"])
    return sorted(map(sorted, found.values()))


def together(*rows, params=NONE):
    return groups(resolve(table(rows), None, params).records)


REPLY = "Re: Card blocked in Durban"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([mail("a"), mail("b", references=["a"])], [["a", "b"]], id="references"),
        pytest.param([mail("a"), mail("b", in_reply_to="<a@x>")], [["a", "b"]], id="in-reply-to"),
        pytest.param([mail("a"), mail("b", in_reply_to="thing of Mon <a@x>")], [["a", "b"]], id="in prose"),
        pytest.param([mail("b", references=["a"]), mail("c", references=["a"])], [["b", "c"]], id="missing root"),
        pytest.param([mail("a"), mail("c", references=["a", "b"])], [["a", "c"]], id="missing inner"),
        pytest.param([mail("a"), mail("b", subject="New matter", references=["a"])], [["a", "b"]], id="new subject"),
        pytest.param([mail("a"), mail("a2", key="a", subject="[x] y z w")], [["a", "a2"]], id="same Message-ID"),
        pytest.param(
            [mail("a"), mail("b", subject=REPLY, sender=AGENT, to=CUSTOMER)], [["a", "b"]], id="subject, pair"
        ),
        pytest.param([mail("a"), mail("b")], [["a"], ["b"]], id="same subject, none a reply"),
        pytest.param([mail("a"), mail("b", subject=REPLY, sender=OTHER)], [["a"], ["b"]], id="another customer"),
        pytest.param([mail("a"), mail("b", subject=REPLY, day=15)], [["a"], ["b"]], id="window over"),
        pytest.param([mail("a", day=1), mail("b", subject=REPLY)], [["a"], ["b"]], id="answer before its question"),
        pytest.param([mail("a"), mail("b", subject=REPLY, references=["z"])], [["a"], ["b"]], id="says to what"),
        pytest.param([mail("a"), mail("b", subject=REPLY, day=None)], [["a"], ["b"]], id="no date"),
        pytest.param([mail("a", subject="Invoice"), mail("b", subject="Re: Invoice")], [["a"], ["b"]], id="generic"),
        pytest.param([mail("a", subject=""), mail("b", subject="Re:")], [["a"], ["b"]], id="empty subject"),
        pytest.param(
            [mail("a", to="l@x.org", list_id="<l.x.org>"), mail("b", OTHER, "l@x.org", REPLY, list_id="L <l.x.org>")],
            [["a", "b"]],
            id="on a list, by subject",
        ),
        pytest.param(
            [mail("a", in_reply_to=f"<{CUSTOMER}>"), mail("b", in_reply_to=f"{CUSTOMER}'s message of Monday")],
            [["a"], ["b"]],
            id="an address is no message",
        ),
        pytest.param(
            [mail("a", thread_index="AdB" + "x" * 29), mail("b", thread_index="AdB" + "x" * 41)],
            [["a", "b"]],
            id="Outlook's thread index",
        ),
        pytest.param([mail("a", native_id=None), mail("b", native_id=None)], [["a"], ["b"]], id="no Message-ID"),
    ],
)
def test_mails_that_belong_together(rows, expected):
    assert together(*rows) == expected


def test_another_agent_answers_an_outsider_only_when_the_own_domain_is_known():
    rows = mail("a"), mail("b", AGENT2, CUSTOMER, REPLY)
    assert together(*rows) == [["a"], ["b"]]
    assert together(*rows, params=OWN) == [["a", "b"]]


def test_the_own_desk_alone_never_joins_two_customers():
    rows = mail("a", AGENT, CUSTOMER), mail("b", OTHER, AGENT, REPLY)
    assert together(*rows, params=OWN) == [["a"], ["b"]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([ticket("t", "12345"), mail("m", subject="[#12345] card")], [["m", "t"]]),
        ([ticket("t", "12345"), mail("m", subject="Re: Ticket 12345", sender=AGENT, to=CUSTOMER)], [["m", "t"]]),
        ([ticket("t", "HELP-42"), mail("m", subject="Re: [HELP-42]")], [["m", "t"]]),
        ([ticket("t", "12345"), mail("m", OTHER, subject="[#12345] card")], [["m"], ["t"]]),  # another's ticket system
        ([ticket("t", "12345", requester=None), mail("m", subject="[#12345] card")], [["m"], ["t"]]),  # unsafe
        ([ticket("t", "12345"), mail("m", subject="Order 12345")], [["m"], ["t"]]),
        ([mail("m", subject="[#12345] a"), mail("n", OTHER, subject="[#12345] b")], [["m"], ["n"]]),
        ([ticket("t", "12345"), ticket("u", "12345", source="old desk")], [["t"], ["u"]]),
        ([ticket("t", "12345"), ticket("u", "12345", turn=1)], [["t", "u"]]),
        (
            [ticket("t", "1", ticket_thread="9"), ticket("u", "2", ticket_thread="9"), ticket("v", "9")],
            [["t", "u", "v"]],
        ),
        ([ticket("t", None), ticket("u", None)], [["t"], ["u"]]),
        ([ticket("t", "7"), ticket("u", "8", in_reply_to="7")], [["t", "u"]]),
    ],
)  # fmt: skip
def test_tickets_and_mails(rows, expected):
    assert together(*rows) == expected


def test_attachments_answer_to_their_mail():
    scan = {"record_id": "s", "source_kind": "scans", "source_uri": "file:///m", "native_id": "<a@x>/attachment/0/0",
            "headers": [("in-reply-to", "<a@x>")], "role": "document", "text": "page"}  # fmt: skip
    found = resolve(table([mail("a"), scan, scan | {"record_id": "other", "headers": []}]), None, OWN).records
    assert groups(found) == [["a", "s"], ["other"]]
    assert found.column("role").to_pylist() == ["customer", "document", "document"]


def by_id(table_, name):
    return dict(zip(table_.column("record_id").to_pylist(), table_.column(name).to_pylist(), strict=True))


def test_turns_follow_dates_but_never_put_an_answer_first():
    rows = [
        mail("root", day=1),
        mail("early clock", AGENT, CUSTOMER, day=0.5, references=["root"]),
        mail("last", day=2, references=["root"]),
        mail("undated", day=None, references=["root", "last"]),
    ]
    assert by_id(resolve(table(rows), None, OWN).records, "turn_index") == {
        "root": 0, "early clock": 1, "last": 2, "undated": 3,
    }  # fmt: skip


def test_circles_of_references_end():
    rows = [mail("a", references=["b"]), mail("b", references=["a"], day=1), mail("c", references=["c"])]
    assert by_id(resolve(table(rows), None, OWN).records, "turn_index") == {"a": 0, "b": 1, "c": 0}


def test_ticket_comments_keep_the_order_of_the_export_without_dates():
    rows = [ticket("c", "9", turn=10), ticket("b", "9", turn=2), ticket("a", "9", turn=0, day=1)]
    assert by_id(resolve(table(rows), None, OWN).records, "turn_index") == {"a": 0, "b": 1, "c": 2}


@pytest.mark.parametrize(
    ("params", "rows", "expected"),
    [
        (OWN, [mail("a"), mail("b", AGENT, CUSTOMER, references=["a"])], ["customer", "agent"]),
        (OWN, [mail("a", AGENT, CUSTOMER), mail("b", references=["a"])], ["agent", "customer"]),
        (OWN, [mail("a", "x@eu.desk.example"), mail("b", "x@notdesk.example")], ["agent", "customer"]),
        (NONE, [mail("a"), mail("b", AGENT, CUSTOMER, references=["a"])], ["customer", "agent"]),
        (NONE, [mail("a", auto_submitted="auto-generated"), mail("b", "MAILER-DAEMON@x.y")], ["system"] * 2),
        (NONE, [mail("a", auto_submitted="no")], ["customer"]),
        (NONE, [ticket("a", "9", role="agent"), ticket("b", "9", turn=1, role="customer")], ["agent", "customer"]),
        (NONE, [ticket("a", "9"), mail("b", AGENT, CUSTOMER, "Re: [#9000] x")], ["customer", "customer"]),
        (NONE, [mail("a", AGENT, CUSTOMER, "[#9000] x"), ticket("b", "9000", day=1)], ["agent", "customer"]),
        (NONE, [ticket("a", None, requester=None)], ["customer"]),
    ],
)  # fmt: skip
def test_roles(params, rows, expected):
    assert resolve(table(rows), None, params).records.column("role").to_pylist() == expected


def test_every_row_of_a_thread_lists_what_all_its_messages_name():
    rows = [
        mail("a", participants=[{"name": "Dlamini, Thandi", "address": CUSTOMER, "role": "from"}]),
        mail("b", references=["a"], participants=[{"name": "Support", "address": AGENT, "role": "from"}]),
        ticket("t", "77", ticket_requester_phone="+27 82 123 4567"),
        mail("other", OTHER),
    ]
    listed = by_id(resolve(table(rows), None, OWN).records, "known_values")
    assert listed["a"] == listed["b"]
    assert {(v["value"], v["entity_type"]) for v in listed["a"]} == {
        ("Dlamini, Thandi", "PERSON"), ("Thandi Dlamini", "PERSON"), (CUSTOMER, "EMAIL_ADDRESS"),
        (AGENT, "EMAIL_ADDRESS"),
    }  # fmt: skip
    assert {"value": "+27 82 123 4567", "entity_type": "PHONE_NUMBER"} in listed["t"]
    assert OTHER not in {v["value"] for v in listed["a"]}


def test_too_many_values_are_cut_to_those_that_most_messages_name():
    rows = [mail(f"m{n}", f"c{n}@x.example", "often@x.example", references=["root"]) for n in range(30)]
    listed = resolve(table(rows), None, ThreadParams(max_known_values=3)).records.column("known_values")[0].as_py()
    assert len(listed) == 3
    assert "often@x.example" in {value["value"] for value in listed}


def nights(*tables, params=OWN):
    index, last = None, None
    for rows in tables:
        last = resolve(table(rows), index, params)
        index = update_index(index, last)
    return index, last


def test_a_thread_keeps_its_id_when_an_older_message_arrives_later():
    first = resolve(table([mail("b", references=["a"], day=1)]), None, OWN)
    second = resolve(table([mail("a")]), first.index, OWN)
    assert second.records.column("thread_id").to_pylist() == first.records.column("thread_id").to_pylist()
    assert second.grown == tuple(first.records.column("thread_id").to_pylist())
    assert by_id(update_index(first.index, second), "turn_index") == {"a": 0, "b": 1}


def test_the_older_id_survives_when_two_threads_turn_out_to_be_one():
    first = resolve(table([mail("b", references=["a"], day=5)]), None, OWN)
    index = update_index(None, first)
    second = resolve(table([mail("c", subject="Elsewhere", day=1)]), index, OWN)
    index = update_index(index, second)
    bridge = resolve(table([mail("d", references=["a", "c"], day=6)]), index, OWN)
    old, young = first.records["thread_id"][0].as_py(), second.records["thread_id"][0].as_py()
    assert bridge.merged == {young: old}
    assert bridge.grown == (old,)
    assert set(update_index(index, bridge).column("thread_id").to_pylist()) == {old}
    assert sorted(bridge.earlier.column("record_id").to_pylist()) == ["b", "c"]


def test_earlier_messages_are_brought_up_to_date():
    rows = [mail("b", AGENT, CUSTOMER, references=["a"], day=1)]
    first = resolve(table(rows), None, ThreadParams())
    assert first.records.column("role").to_pylist() == ["customer"]
    second = resolve(table([mail("a", participants=[{"name": "T. Moyo", "address": CUSTOMER, "role": "from"}])]),
                     first.index, ThreadParams())  # fmt: skip
    again = rejoin(table(rows), second.earlier.to_pylist(), second.known_values)
    assert again.schema.equals(WORK)
    assert (again["turn_index"][0].as_py(), again["role"][0].as_py()) == (1, "agent")
    assert "T. Moyo" in {value["value"] for value in again["known_values"][0].as_py()}


def test_a_known_record_that_comes_again_stays_where_it_is():
    index, first = nights([mail("a"), mail("b", references=["a"])])
    again = resolve(table([mail("b", references=["a"])]), index, OWN)
    assert again.records["thread_id"][0] == first.records["thread_id"][0]
    assert again.grown == ()
    assert update_index(index, again).num_rows == 2


def test_threads_that_nobody_wrote_to_are_left_alone():
    index, _ = nights([mail("a"), mail("z", OTHER, subject="Loan for a tractor")])
    second = resolve(table([mail("b", references=["a"])]), index, OWN)
    assert second.earlier.column("record_id").to_pylist() == ["a"]


@pytest.mark.parametrize("index", [None, THREAD_INDEX.empty_table()])
def test_nothing_gives_nothing(index):
    found = resolve(EXTRACTED.empty_table(), index, ThreadParams())
    assert found.records.schema.equals(WORK)
    assert (found.records.num_rows, found.index.num_rows, found.grown) == (0, 0, ())


def test_output_columns_are_those_of_the_schemas():
    found = resolve(table([mail("a")]), None, OWN)
    assert found.records.schema.equals(WORK)
    assert found.index.schema.equals(THREAD_INDEX)
    assert found.records.column("text").to_pylist() == ["a"]
    assert isinstance(found.records, pa.Table)


def test_a_long_chain_is_no_problem():
    rows = [mail(f"m{n}", day=n / 100, in_reply_to=f"<m{n - 1}@x>") for n in range(3000)]
    turns = by_id(resolve(table(rows), None, OWN).records, "turn_index")
    assert [turns[f"m{n}"] for n in range(3000)] == list(range(3000))
