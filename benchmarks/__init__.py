"""Benchmarks of the seat beside other SIP agents in the same run. See ``docs/measurements.md``."""
