"""How each ticket system writes its tickets, one small file a system.

The first dialect that recognizes an object reads it; what none recognizes is a table, read by its columns' names.
"""

from __future__ import annotations

from tasks.ingest.dialects.conversation import CONVERSATION
from tasks.ingest.dialects.freshdesk import FRESHDESK
from tasks.ingest.dialects.jira import JIRA
from tasks.ingest.dialects.jira_table import JIRA_TABLE
from tasks.ingest.dialects.servicenow import SERVICENOW
from tasks.ingest.dialects.zendesk import ZENDESK
from tasks.ingest.ticket_message import Dialect

DIALECTS: tuple[Dialect, ...] = (JIRA, JIRA_TABLE, FRESHDESK, ZENDESK, SERVICENOW, CONVERSATION)
