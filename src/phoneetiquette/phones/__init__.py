"""Desk phones of many vendors: what each can do in a call, and the file it is configured by."""
