"""How each ticket system writes its tickets, one small file a system.

The first dialect that recognizes an object reads it; what none recognizes is a table, read by its columns' names.
"""

from __future__ import annotations

from tasks.ingest.dialects.conversation import CONVERSATION
from tasks.ingest.dialects.freshdesk import FRESHDESK, FRESHDESK_EXPORT
from tasks.ingest.dialects.jira import JIRA
from tasks.ingest.dialects.jira_table import JIRA_TABLE
from tasks.ingest.dialects.servicenow import SERVICENOW
from tasks.ingest.dialects.zendesk import ZENDESK
from tasks.ingest.ticket_columns import guess
from tasks.ingest.ticket_message import Dialect, Fields

DIALECTS: tuple[Dialect, ...] = (JIRA, JIRA_TABLE, FRESHDESK, ZENDESK, SERVICENOW, CONVERSATION)


def dialect_of(fields: Fields) -> Dialect | None:
    """Return the dialect that reads an object, None for a row of a table."""
    return next((dialect for dialect in DIALECTS if dialect.recognizes(fields)), None)


def is_ticket(fields: Fields) -> bool:
    """Tell one ticket, with its comments or without, from a document that holds a list of tickets or of comments.

    A dialect reads a ticket, and it has a number, a subject or a text of its own.
    """
    own = guess(name for name, value in fields.items() if isinstance(value, str | int))
    named = own.keys() & {"native_id", "subject", "text"} or FRESHDESK_EXPORT in fields
    return bool(named) and dialect_of(fields) is not None
