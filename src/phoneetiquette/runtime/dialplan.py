"""The dialplan of a running seat: read, made ready, spoken, handed to the desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from phoneetiquette.calls.guide import Guide
from phoneetiquette.config import Config
from phoneetiquette.dialplan.model import Plan
from phoneetiquette.errors import ConfigurationError, PhoneEtiquetteError
from phoneetiquette.followups.form import Service, Site
from phoneetiquette.problems import Severity
from phoneetiquette.runtime.sound_files import remove_sounds
from phoneetiquette.units import NS_PER_S

if TYPE_CHECKING:
    from phoneetiquette.dialplan.model import Words


class Dialplans:
    """The dialplan that the configuration names, in the state its files are in."""

    def __init__(
        self,
        config: Config,
        rate_hz: int,
        cache: Path,
        speak: Callable[[Iterable[tuple[str, str]], Iterable[Path]], Awaitable[None]],
    ) -> None:
        """Sounds are of ``rate_hz`` and lie in the directory ``cache``; ``speak`` makes those of these texts, each with
        its language, and of these sound files."""
        self._config = config
        self._rate = rate_hz
        self._cache = cache
        self._speak = speak
        self._seen: dict[Path, tuple[int, int]] = {}
        """Files of the plan as they were when it was read last."""
        self._found: dict[Path, tuple[int, int]] = {}
        """The same as they were when :meth:`changed` looked last."""

    def read(self) -> Guide | None:
        """The plan as its files are now, ready to be followed; ``None``: the configuration names none. Takes its time.

        Raises:
            ConfigurationError: it has errors; every one stands on a line of its own.
        """
        if self._config.dialplan is None:
            return None
        from phoneetiquette.config.dialplans.seat import file_states

        before = file_states([self._config.dialplan, *self._seen])
        guide, files = self._guide(self._config.dialplan)
        self._seen = file_states(files) | {file: state for file, state in before.items() if file in files}
        if isinstance(guide, ConfigurationError):
            raise guide
        return guide

    def _guide(self, file: Path) -> tuple[Guide | ConfigurationError, tuple[Path, ...]]:
        """The plan, or its errors, and the files that it was made of."""
        # Only a seat with a dialplan pays for the libraries of numbers and hours.
        from phoneetiquette.config.dialplans.seat import called_of, files_of, inspect_for_seat, version_of
        from phoneetiquette.dialplan.codes import codes_of
        from phoneetiquette.dialplan.numbers import canonical, said
        from phoneetiquette.dialplan.presence import packages_of
        from phoneetiquette.dialplan.reception import Reception
        from phoneetiquette.dialplan.router import Router
        from phoneetiquette.runtime.plan_voice import PlanVoice

        config = self._config
        inspected, problems = inspect_for_seat(file, config)
        errors = [problem for problem in problems if problem.severity is Severity.ERROR]
        files = files_of(inspected)
        if errors or inspected.plan is None:
            return ConfigurationError("\n".join(map(str, errors))), files
        plan: Plan = inspected.plan
        router = Router(plan)

        def target(address: str) -> str:
            try:
                return config.dial(address)
            except PhoneEtiquetteError:
                return ""

        def label(words: Words | None, name: str) -> str:
            shown = words.in_language(plan.language, plan.language).text if words else ""
            return shown or name.replace("_", " ")

        return Guide(
            version=version_of(inspected),
            route=router.route,
            moment=moment,
            target=target,
            voice=PlanVoice(plan, config.seat.display_name, self._rate, self._cache),
            number=lambda party: canonical(party, plan.country),
            said_number=lambda party: said(canonical(party, plan.country), plan.country),
            name=plan.name,
            topics={name: label(topic.label, name) for name, topic in plan.topics.items()},
            people={name: person.name for name, person in plan.people.items()},
            addresses={who: target(router.address(who)) for who in called_of(plan)},
            watched=packages_of(plan, config.pbx_hosts),
            reception=Reception(router),
            site=_site(plan),
            patience_s={name: menu.no_key.after_s for name, menu in plan.menus.items()},
            services={name: service.name or name for name, service in plan.services.items()},
            switches={name: label(switch.label, name) for name, switch in plan.switches.items()},
            codes=codes_of(plan),
        ), files

    async def load(self) -> Guide | None:
        """:meth:`read`, and every sound of the plan is made: nobody waits for one once it is followed.

        Raises:
            ConfigurationError: see :meth:`read`.
        """
        guide = await asyncio.to_thread(self.read)
        await self.speak(guide)
        return guide

    async def speak(self, guide: Guide | None) -> None:
        """Make the sounds of a plan that are not there yet."""
        if guide:
            await self._speak(guide.voice.texts, guide.voice.files)

    def forget_others(self, guides: Iterable[Guide]) -> None:
        """Remove the sounds that none of these plans can be asked for. Blocks."""
        remove_sounds(self._cache, apart_from={file.name for guide in guides for file in guide.voice.sounds})

    def changed(self) -> bool:
        """Whether one of the plan's files is another one than when it was read last, errors or not.

        A file that is being written is not one yet: it has to be the same twice. Blocks for a moment.
        """
        from phoneetiquette.config.dialplans.seat import file_states

        now = file_states(self._seen)
        settled, self._found = now == self._found, now
        return settled and now != self._seen


def plan_site(config: Config) -> Site | None:
    """What the dialplan of the configuration says to messages; ``None``: it names none, or one with errors."""
    if config.dialplan is None:
        return None
    from phoneetiquette.config.dialplans.seat import inspect_for_seat

    inspected, _ = inspect_for_seat(config.dialplan, config)
    return _site(inspected.plan) if inspected.plan else None


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
