"""Follow-ups: messages that are owed an answer within three days, and what becomes of them. Pure."""
