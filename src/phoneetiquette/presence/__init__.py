"""Who of the dialplan's people is in a call: subscriptions at the PBX (RFC 6665)."""
