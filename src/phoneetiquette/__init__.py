"""phoneetiquette: a SIP softphone layer for people who answer for an organisation."""

__version__ = "0.1.0"
