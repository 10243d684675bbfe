"""Several dialplans of one site: a call belongs to the plan that knows its called number best."""

from __future__ import annotations

from collections.abc import Iterable

from phoneetiquette.dialplan.numbers import canonical
from phoneetiquette.dialplan.router import Router


class Site:
    """The plans of a site, in the order in which they are asked.

    Raises:
        ValueError: there is none.
    """

    def __init__(self, routers: Iterable[Router]) -> None:
        self.routers = tuple(routers)
        if not self.routers:
            raise ValueError("a site has a dialplan")

    def router_of(self, called: str) -> Router:
        """The plan with this very number, else with a pattern of it, else with a line for every other number; the first
        plan when there is none. ``called`` is as the network sent it."""

        def rank(router: Router) -> int:
            return router.knows(canonical(called, router.plan.country))

        return max(self.routers, key=rank)
