"""Dialplans: where a call goes and why, as a pure function of the plan, the moment and what is known.

``model`` holds what a plan says, ``router`` decides, ``walk`` follows a call through everything that may happen to it,
``explain``, ``simulate``, ``coverage`` and ``diff`` are views of that walk, ``lint`` says what is wrong with a plan.
Files are read by :mod:`phoneetiquette.config.dialplans`.
"""
