"""Sending to others: a durable outbox, and the ways out of it (mail, webhook, command)."""
