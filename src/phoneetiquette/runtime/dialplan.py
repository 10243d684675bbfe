"""The dialplan of a running seat: loaded, made ready, handed to the desk."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from phoneetiquette.calls.guide import Guide
from phoneetiquette.config import Config
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.errors import ConfigurationError, PhoneEtiquetteError
from phoneetiquette.followups.form import Service, Site
from phoneetiquette.problems import Severity
from phoneetiquette.units import NS_PER_S


def guide_for(config: Config) -> Guide | None:
    """The dialplan that the configuration names, ready to be followed; ``None``: it names none.

    Raises:
        ConfigurationError: it has errors; every one stands on a line of its own.
    """
    if config.dialplan is None:
        return None
    # Only a seat with a dialplan pays for the libraries of numbers and hours.
    from phoneetiquette.config.dialplans.seat import called_of, inspect_for_seat, not_followed, version_of
    from phoneetiquette.dialplan.reception import Reception
    from phoneetiquette.dialplan.router import Router

    inspected, problems = inspect_for_seat(config.dialplan, config)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    plan = inspected.plan
    if errors or plan is None:
        raise ConfigurationError("\n".join(map(str, errors)))
    router = Router(plan)

    def target(address: str) -> str:
        try:
            return config.dial(address)
        except PhoneEtiquetteError:
            return ""

    labels = {
        name: topic.label.in_language(plan.language, plan.language).text if topic.label else ""
        for name, topic in plan.topics.items()
    }
    return Guide(
        version=version_of(inspected),
        route=router.route,
        moment=moment,
        target=target,
        name=plan.name,
        lacks=tuple(problem.what for problem in not_followed(plan)),
        topics={name: label or name.replace("_", " ") for name, label in labels.items()},
        people={name: person.name for name, person in plan.people.items()},
        reception=Reception(router),
        addresses={who: target(router.address(who)) for who in called_of(plan)},
        site=_site(plan),
    )


def _site(plan: Plan) -> Site:
    """What the plan says to messages."""
    named = {
        name: next((action.name for action in topic.otherwise if action.verb == "message"), "")
        for name, topic in plan.topics.items()
    }
    return Site(
        country=plan.country,
        services={name: Service(name=one.name, email=one.email) for name, one in plan.services.items()},
        topics={topic: service for topic, service in named.items() if service},
        region=plan.region,
        zone=ZoneInfo(plan.timezone),
    )


def moment(at_ns: int) -> datetime:
    """The wall clock at a monotonic moment, by what lies between the two now: a laptop that slept is right again."""
    apart_ns = time.time_ns() - time.monotonic_ns()
    return datetime.fromtimestamp((at_ns + apart_ns) / NS_PER_S, UTC)
