"""What a subject tells about its thread: the words before it, what is left, and the ticket numbers in it.

The lists are data, with the mail programs' and languages' own words; a missing one can be added.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from tasks.threads.wordlists import phrases

REPLY_PREFIXES = phrases(
    """
    re|aw|antw|antwort|antwoord|sv|vs|odp|res|r|rif|rép|réf|ynt|yan|vá|bls|atb|απ|ats|resp|respuesta|resposta|réponse
    risposta|vastus|jibu|majibu|impendulo|phendula|rd|rv|رد|الرد|ردّ|መልስ|ምላሽ|השב|מענה|回复|回覆|答复|返信|답장
    automatic reply|auto reply|auto-reply|autoreply|auto|réponse automatique|automatische antwort|automatisch antwoord
    outomatiese antwoord|resposta automática|respuesta automática|risposta automatica|رد تلقائي|الرد التلقائي
    """
)
"""Words that a mail program puts before the subject of a reply. `rv` (Reenviado, but also Respuesta) counts as one."""
FORWARD_PREFIXES = phrases(
    """
    fwd|fw|wg|tr|trans|transf|enc|encaminhada|enviado|doorst|vl|i|fs|vb|pd|ilt|továbbítás|προωθ|mbele|pelekwa
    aangestuur|dlulisela|تحويل|إعادة توجيه|ተላልፏል|הועבר|转发|轉寄|転送
    """
)
OTHER_PREFIXES = ("external", "ext", "extern", "externe", "spam", "suspected spam", "possible spam")
"""What gateways put there."""
GENERIC = frozenset(
    phrases(
        """
    hi|hello|hey|hallo|hola|olá|ola|bonjour|salut|salam|salaam|habari|jambo|sawubona|molo|dumela|السلام عليكم|مرحبا
    ሰላም|question|questions|a question|quick question|help|help me|please help|help needed|urgent|very urgent
    important|info|information|more information|request|inquiry|enquiry|general inquiry|general enquiry|support
    support request|problem|issue|error|complaint|feedback|update|status|follow up|follow-up|followup|reminder
    thanks|thank you|test|testing|no subject|(no subject)|none|n/a|untitled|message|new message|mail|email
    your message|your request|your email|order|my order|your order|new order|order confirmation|invoice|invoices
    your invoice|payment|payment confirmation|receipt|statement|account|my account|refund|delivery|quote|quotation
    document|documents|report|meeting|call|contact|contact form|contact us|website contact|ticket|new ticket|case
    notification|alert|newsletter|sans objet|aucun objet|demande d'information|aide|réclamation|facture|commande
    problème|urgence|merci|sem assunto|demande|(sem assunto)|ajuda|dúvida|reclamação|fatura|pedido|pagamento
    obrigado|sin asunto|(sin asunto)|consulta|ayuda|factura|gracias|kein betreff|(kein betreff)|anfrage|frage
    rechnung|hilfe|bestellung|danke|geen onderwerp|vraag|hulp|factuur|bestelling|geen|navraag|klagte|klacht|rekening
    betaling|dankie|swali|msaada|malalamiko|malipo|ombi|asante|usizo|isicelo|umbuzo|isikhalazo|uncedo|استفسار|شكوى
    مساعدة|سؤال|فاتورة|طلب|شكرا|بدون موضوع|ጥያቄ|እርዳታ
    """
    )
)
"""Subjects that so many people write that they say nothing; no thread is ever joined by one."""
LEAST_LETTERS = 4
"""A subject with fewer letters says nothing either."""


def _alternatives(words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_COUNTER = r"(?:\s?[\[(^*]?\d{1,3}[\])]?)?"
_REPLY = re.compile(rf"(?:{_alternatives(REPLY_PREFIXES)}){_COUNTER}\s?[:：፡፦]\s*")
_FORWARD = re.compile(rf"(?:{_alternatives(FORWARD_PREFIXES)}){_COUNTER}\s?[:：፡፦]\s*")
_OTHER = re.compile(rf"(?:{_alternatives(OTHER_PREFIXES)})\s?[:：]\s*|\*{{2,3}}\w[\w ]{{0,20}}\*{{2,3}}\s*")
_TAG = re.compile(r"[\[【(][^\W\d][^\[\]【】()#\d]{0,30}[\]】)]\s*")
_TAIL_CHARS = " .!?…,;:-"
_TAIL_ASIDES = ("(fwd)", "(fw)", "(re)")
_LONGEST = 1000


class Subject(NamedTuple):
    """A subject taken apart. `text` is what is left, folded; '' when it is empty or generic."""

    text: str
    is_reply: bool


def parse(subject: str | None) -> Subject:
    """Return what a subject is about and whether it says to be a reply. Prefixes may stand in any order and number."""
    folded = unicodedata.normalize("NFKC", (subject or "")[:_LONGEST]).casefold()
    rest = " ".join(folded.split())
    is_reply = False
    while match := next((m for m in (p.match(rest) for p in (_REPLY, _FORWARD, _OTHER, _TAG)) if m), None):
        is_reply = is_reply or match.re is _REPLY
        rest = rest[match.end() :]
    rest = rest.rstrip(_TAIL_CHARS)
    while aside := next((aside for aside in _TAIL_ASIDES if rest.endswith(aside)), None):
        rest = rest.removesuffix(aside).rstrip(_TAIL_CHARS)
    says_little = sum(char.isalpha() for char in rest) < LEAST_LETTERS and not ticket_numbers(rest)
    return Subject("" if rest in GENERIC or says_little else rest, is_reply)


_TICKET_WORDS = phrases(
    """
    ticket|tkt|case|request|req|incident|issue|sr|service request|ref|reference|conversation|demande|dossier|billet
    chamado|caso|protocolo|solicitud|anfrage|vorgang|fall|melding|zaak|saak|kaartjie|verwysing|tiketi|kesi|ithikithi
    تذكرة|رقم التذكرة
    """
)
_NUMBER = r"(?:[A-Z][A-Z0-9]{1,9}-\d{1,9}|(?:INC|RITM|REQ|CHG|PRB|CS|TASK|SCTASK)\d{5,10}|\d{3,12})"
_TICKETS = (
    re.compile(
        rf"\b(?:{_alternatives(_TICKET_WORDS)}) ?(?:id|no|nr|number|num|n[°º])? ?[.:]? ?[#:]? ?({_NUMBER})\b",
        re.IGNORECASE,
    ),
    re.compile(rf"[\[(] ?#? ?({_NUMBER}) ?[\])]"),
    re.compile(r"(?<![\w#])# ?(\d{3,12})\b"),
    re.compile(r"\b((?:INC|RITM|REQ|CHG|PRB|CS|TASK|SCTASK)\d{5,10})\b"),
    re.compile(r"(?<![\w-])([A-Z][A-Z0-9]{1,9}-\d{1,9})\b"),
)


def ticket_numbers(subject: str | None) -> set[str]:
    """Return what may be ticket numbers in a subject, in upper case: `[#12345]`, `Ticket 12345`, `HELP-42`, `INC…`."""
    text = " ".join(unicodedata.normalize("NFKC", (subject or "")[:_LONGEST]).split())
    return {match[1].upper() for pattern in _TICKETS for match in pattern.finditer(text)}
