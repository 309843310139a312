"""Which messages are no conversation: automatic replies, bounces, bulk mail, notices."""
