"""From a phone to the files it is configured by, and to what of its configuration could not be said in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from phoneetiquette.errors import ConfigurationError
from phoneetiquette.phones import formats
from phoneetiquette.phones.facts import FACTS, SECRET_FACTS
from phoneetiquette.phones.formats import Entry, Setting
from phoneetiquette.phones.phone import Phone
from phoneetiquette.phones.profile import PLACEHOLDER, Codecs, Directory, Provisioning

MASK = "********"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something of the configuration that the phone's file does not say. With a ``grave`` one it must not be written:
    the phone could not register, or would talk in the clear."""

    what: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file for a phone. ``form`` is what :mod:`.reading` calls it."""

    name: str
    form: str
    settings: tuple[Setting, ...] = ()
    people: tuple[Entry, ...] = ()

    def text(self, *, masked: bool = False) -> str:
        """The file's content; ``masked``: with stars for secrets, to be shown.

        Raises:
            RefusedValueError: a value cannot be written so that the phone reads the same.
        """
        shown = [Setting(s.key, MASK, True) if masked and s.secret else s for s in self.settings]
        return formats.write(self.form, shown, self.people)


@dataclass(frozen=True, slots=True)
class Rendered:
    files: tuple[ConfigFile, ...]
    gaps: tuple[Gap, ...]


def render(phone: Phone) -> Rendered:
    """The files of a phone.

    Raises:
        ConfigurationError: nobody knows the keys of such phones.
    """
    provisioning = phone.profile.provisioning
    if provisioning is None:
        what = f"no configuration file is known for {phone.profile.vendor} {phone.profile.models}"
        raise ConfigurationError(what, "set the phone up by hand, or write hardware/phones")
    gaps = [Gap(what) for what in phone.untold]
    facts = _translated(phone, provisioning, gaps)
    settings = list(_settings(provisioning, facts))
    if provisioning.codecs:
        settings += _codec_settings(provisioning.codecs, phone.codecs, gaps)
    settings += _event_settings(phone, gaps)
    gaps += _unsaid(phone, provisioning, facts)
    return Rendered(tuple(_files(phone, provisioning, settings, gaps)), tuple(gaps))


def _translated(phone: Phone, provisioning: Provisioning, gaps: list[Gap]) -> dict[str, str]:
    """The facts in the phone's own words; what it has no word for is left out."""
    facts = phone.facts()
    for name, words in provisioning.words.items():
        if name in facts and facts[name] not in words:
            gaps.append(Gap(f"{_called(name)} {facts[name]!r} has no word that is known", grave=name in _GRAVE))
            del facts[name]
        elif name in facts:
            facts[name] = words[facts[name]]
    return facts


def _settings(provisioning: Provisioning, facts: Mapping[str, str]) -> Iterator[Setting]:
    groups = [provisioning.settings, *(some for name, some in provisioning.when.items() if name in facts)]
    for group in groups:
        for key, template in group.items():
            names = set(PLACEHOLDER.findall(template))
            if names <= facts.keys():
                yield Setting(key, PLACEHOLDER.sub(lambda m: facts[m[1]], template), bool(names & SECRET_FACTS))


def _codec_settings(codecs: Codecs, wanted: Iterable[str], gaps: list[Gap]) -> Iterator[Setting]:
    known = [codecs.names[name] for name in wanted if name in codecs.names]
    if missing := [name for name in wanted if name not in codecs.names]:
        gaps.append(Gap(f"it has no codec {', '.join(missing)}", grave=not known))
    if not known:
        return
    for rank, codec in enumerate(known, start=1):
        for key, value in codecs.each.items():
            yield Setting(_of_codec(key, codec, rank), _of_codec(value, codec, rank))
    for codec in (name for name in codecs.names.values() if name not in known):
        for key, value in codecs.others.items():
            yield Setting(_of_codec(key, codec, 0), _of_codec(value, codec, 0))
    if codecs.slots:
        if len(known) > len(codecs.slots):
            gaps.append(Gap(f"it has room for {len(codecs.slots)} codecs only"))
        rest = codecs.unused or known[-1]
        for place, key in enumerate(codecs.slots):
            yield Setting(key, known[place] if place < len(known) else rest)
    if codecs.joined:
        yield Setting(codecs.joined, codecs.separator.join((*known, *codecs.always)))


def _of_codec(template: str, codec: str, rank: int) -> str:
    return template.replace("{codec}", codec).replace("{rank}", str(rank))


def _event_settings(phone: Phone, gaps: list[Gap]) -> Iterator[Setting]:
    urls = phone.profile.provisioning and phone.profile.provisioning.action_urls
    for key, url in phone.event_urls():
        if urls and urls.longest and len(url) > urls.longest:
            gaps.append(Gap(f"the URL for {key} is longer than {urls.longest} characters"))
        else:
            yield Setting(key, url)


_ABOUT = {
    "the transport": ("transport",),
    "sip.srtp": ("srtp", "srtp_off", "srtp_optional", "srtp_mandatory"),
    "the language": ("language",),
    "the time server": ("ntp",),
    "the administrator's password": ("admin_password",),
    "the time zone": ("time_zone", *(name for name in sorted(FACTS) if name.startswith(("utc_", "posix_")))),
    "a ring tone of our calls' own": ("ring",),
}
"""What the configuration is about, for a person -> the fact that it is, and others that say the same."""
_GRAVE = {"transport": "udp", "srtp": "off"}
"""Facts that must be said, unless they have the value that every phone has by itself."""


def _called(fact: str) -> str:
    return next((what for what, facts in _ABOUT.items() if fact in facts), fact)


def _unsaid(phone: Phone, provisioning: Provisioning, facts: Mapping[str, str]) -> Iterator[Gap]:
    """What is configured, but has no key in this profile."""
    templates = [*provisioning.settings.values(), *(t for some in provisioning.when.values() for t in some.values())]
    said = {name for template in templates for name in PLACEHOLDER.findall(template)} | set(provisioning.when)
    if phone.profile.ring:
        said.add("ring")
    by_default = {name for name, value in phone.facts().items() if _GRAVE.get(name) == value}
    for what, names in _ABOUT.items():
        if names[0] in facts and not said & set(names) and names[0] not in by_default:
            yield Gap(f"{what} has no key that is known", grave=names[0] in _GRAVE)
    if provisioning.codecs is None:
        yield Gap("the codecs have no key that is known")
    if phone.events and not provisioning.action_urls and "events_url" not in said:
        yield Gap("action URLs are not known of it")
    if phone.people and not provisioning.directory:
        yield Gap("the telephone book has no key that is known")
    if not phone.registers and "unregistered" not in provisioning.when:
        yield Gap("nothing that is known keeps it from registering", grave=True)


def _files(phone: Phone, provisioning: Provisioning, settings: list[Setting], gaps: list[Gap]) -> Iterator[ConfigFile]:
    def named(template: str) -> str:
        return template.replace("{mac}", phone.mac).replace("{MAC}", phone.mac.upper())

    directory = provisioning.directory
    people = _book(phone, directory, gaps) if directory else ()
    within = people if directory and not directory.file else ()
    name = named(provisioning.file)
    yield ConfigFile(name, provisioning.format, tuple(settings), within)
    if provisioning.master:
        yield ConfigFile(named(provisioning.master), "poly_master", (Setting("CONFIG_FILES", name),))
    if directory and directory.file and people:
        yield ConfigFile(named(directory.file), f"{directory.format}_directory", people=people)


def _book(phone: Phone, directory: Directory, gaps: list[Gap]) -> tuple[Entry, ...]:
    if len(phone.people) > directory.most:
        gaps.append(Gap(f"its telephone book holds {directory.most} of {len(phone.people)} people"))
    return phone.people[: directory.most]
