"""Recorded calls measured by the same code as live ones. Start at :func:`phoneetiquette.analysis.job.work`."""
