"""Dialplans in files: read, included, checked.

>>> inspected = inspect(Path("dialplans/hotel.yaml"), date.today())
>>> inspected.problems, inspected.plan
"""

from phoneetiquette.config.dialplans.loader import Drafts, Inspected, inspect, is_dialplan, misspelt

__all__ = ["Drafts", "Inspected", "inspect", "is_dialplan", "misspelt"]
