"""Where the profiles of desk phones are. Their names are what the configuration can call a phone."""

from __future__ import annotations

from pathlib import Path

PROFILES = Path(__file__).parents[1] / "hardware" / "phones"
"""One YAML file for each family of phones."""
