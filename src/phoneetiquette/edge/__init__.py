"""The edge: Kamailio and rtpengine in front of the seats, their configuration written and judged here."""
