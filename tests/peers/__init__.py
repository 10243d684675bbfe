"""Real SIP peers for tests and benchmarks: our own caller, SIPp and baresip. Loopback only, ports 15400-15999."""
