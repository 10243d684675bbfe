"""Wiring: the only place that picks concrete parts for a seat, starts them in order and stops them in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from phoneetiquette.audio.settings import AudioSettings, HeadsetSettings, RingerSettings, WavSettings
from phoneetiquette.calls.phone_settings import PhoneSettings
from phoneetiquette.calls.settings import DeskSettings
from phoneetiquette.config import Config
from phoneetiquette.config.schema import AbsentConfig, DeadlineConfig
from phoneetiquette.directory.contacts import Directory
from phoneetiquette.errors import CallError, PhoneEtiquetteError, StoreError
from phoneetiquette.etiquette.cadence import country
from phoneetiquette.etiquette.policy import DeadlineAction, PickupPolicy
from phoneetiquette.followups.form import Site
from phoneetiquette.followups.promise import Promise
from phoneetiquette.headset.settings import ButtonSettings
from phoneetiquette.notify.outbox import Outbox
from phoneetiquette.records.entry import Entry
from phoneetiquette.records.journal import Journal
from phoneetiquette.records.record import CallRecord
from phoneetiquette.records.store.catch_up import Filler
from phoneetiquette.records.store.claims import claim
from phoneetiquette.runtime import call_log
from phoneetiquette.runtime.announcer import Announcer
from phoneetiquette.runtime.by_hand import ByHand
from phoneetiquette.runtime.callers import Callers
from phoneetiquette.runtime.courier import Courier
from phoneetiquette.runtime.dialplan import Dialplans
from phoneetiquette.runtime.engine_link import EngineLink
from phoneetiquette.runtime.hooks import Hooks
from phoneetiquette.runtime.messages import MessageDesk, promise_of, site_of
from phoneetiquette.runtime.meters import Meters
from phoneetiquette.runtime.paths import announce, make_token, only_main, runtime_dir
from phoneetiquette.runtime.seat import Seat
from phoneetiquette.runtime.service import notify, watchdog_interval_s
from phoneetiquette.runtime.sound_files import convert_sounds, make_plan_sounds
from phoneetiquette.runtime.wake_ups import WakeUpDesk, hotel_zone, wake_up_settings
from phoneetiquette.runtime.ways import hook_channels_of, routes_of, ways_of
from phoneetiquette.sip.settings import AccountSettings, EdgeLink, EngineSettings, PhonePeer
from phoneetiquette.units import NS_PER_S

log = logging.getLogger(__name__)

WATCH_S = 2.0
"""How often the files of the dialplan are looked at; a change is followed when it is the same twice."""


def desk_settings(config: Config) -> DeskSettings:
    """What the desk has to know of the configuration."""
    pickup = config.pickup
    return DeskSettings(
        country=country(pickup.country),
        pickup=PickupPolicy(
            country=pickup.country,
            ring_end=pickup.ring_end,
            ringback=pickup.ringback,
            deadline=_deadline_action(config, pickup.deadline),
            when_absent=_deadline_action(config, pickup.when_absent),
            overflow_rings=pickup.overflow_rings,
            message_limit_s=pickup.message_limit_s,
            emergency_lines=pickup.emergency_lines,
            auto_answer_from=pickup.auto_answer_from,
            enforce=pickup.enforce,
        ),
        presence=config.seat.presence,
        auto_lift=config.seat.auto_lift,
        wrap_up_ns=config.seat.wrap_up_s * NS_PER_S,
        agent=config.seat.agent or "",
        lines=config.sip.lines,
        phones=_phones(config)[0],
    )


def _phones(config: Config) -> tuple[tuple[PhoneSettings, ...], tuple[PhonePeer, ...]]:
    """The desk phones as the desk and as the engine know them. What is known of phones is loaded only for them."""
    if config.seat.hardware != "desk_phone":
        return (), ()
    from phoneetiquette.runtime.desk_phone import phone_peers, phone_settings

    return phone_settings(config), phone_peers(config)


def _deadline_action(config: Config, part: DeadlineConfig | AbsentConfig) -> DeadlineAction:
    target = config.dial(part.target) if part.target else None
    return DeadlineAction(part.action, target, str(part.prompt) if part.prompt else None)


def engine_settings(config: Config, runtime: Path) -> EngineSettings:
    """What the engine has to know of the configuration."""
    sip, audio, account = config.sip, config.audio, config.sip.account
    return EngineSettings(
        seat=config.seat.name,
        socket=str(runtime / "engine.sock"),
        user=sip.user,
        display_name=config.seat.display_name,
        listen=sip.listen,
        port=sip.port,
        tls_port=sip.tls.port,
        advertise=sip.advertise or "",
        transports=sip.transports,
        tls_certificate=str(sip.tls.certificate or ""),
        tls_key=str(sip.tls.key or ""),
        tls_ca=str(sip.tls.ca or ""),
        tls_verify=sip.tls.verify,
        rtp_first=sip.rtp_ports.first,
        rtp_last=sip.rtp_ports.last,
        peers=sip.peers,
        auto_answer_from=config.pickup.auto_answer_from,
        refer_from=sip.refer_from,
        account=None
        if account is None
        else AccountSettings(
            registrar=account.registrar,
            user=account.user,
            auth_user=account.auth_user or account.user,
            password=account.password.reveal() if account.password else "",
            proxy=account.proxy or "",
            transport=account.transport,
            expires_s=account.expires_s,
        ),
        srtp=sip.srtp,
        codecs=sip.codecs,
        lines=sip.lines,
        ringback=config.pickup.ringback,
        country=config.pickup.country,
        hold_music=str(audio.hold_music or ""),
        messages_dir=str(config.directory / "messages"),
        cache_dir=str(runtime / "sounds"),
        vad_mode=config.measurement.vad_mode,
        edge=_edge_link(config),
        phones=_phones(config)[1],
        log_level=config.log.level,
        log_personal_data=config.log.personal_data,
        audio=AudioSettings(
            backend="null" if config.seat.hardware == "desk_phone" else audio.backend,
            headset=HeadsetSettings(
                input=audio.headset.input,
                output=audio.headset.output,
                spare_input=audio.headset.spare_input,
                spare_output=audio.headset.spare_output,
            ),
            ringer=RingerSettings(output=audio.ringer.output),
            rate_hz=audio.rate_hz,
            wav=WavSettings(
                play=str(audio.wav.play) if audio.wav.play else None,
                store=str(audio.wav.store) if audio.wav.store else None,
            ),
        ),
    )


def button_settings(config: Config) -> ButtonSettings:
    """What the headset's buttons have to know of the configuration."""
    sound, buttons = config.audio.headset, config.headset
    names = (sound.input, sound.output, sound.spare_input, sound.spare_output)
    return ButtonSettings(
        device=buttons.device,
        sound=tuple(dict.fromkeys(filter(None, names))),
        hook_style=buttons.hook_style,
        mute_style=buttons.mute_style,
        second_call=buttons.second_call,
        programmable=buttons.programmable,
        volume=buttons.volume,
    )


def _edge_link(config: Config) -> EdgeLink | None:
    edge, sip = config.edge, config.sip
    if edge is None:
        return None
    relays = edge.media == "relay"
    return EdgeLink(
        inside=f"127.0.0.1:{edge.inside_port}",
        host=sip.advertise or edge.listen[0],
        port=edge.port,
        tls_port=edge.tls.port,
        relays_media=relays,
        media_listen=sip.listen if relays else next((one for one in edge.listen if ":" not in one), sip.listen),
    )


@contextlib.asynccontextmanager
async def running_seat(config: Config) -> AsyncIterator[tuple[Seat, str]]:
    """A seat with its console while the block runs; gives the seat and the console's URL.

    Raises:
        PhoneEtiquetteError: a part cannot start; says which and what to do.
    """
    from phoneetiquette.console.app import create_app
    from phoneetiquette.console.server import ConsoleServer
    from phoneetiquette.console.wiring import gate_of

    os.umask(0o077)  # who called, and what they said to the machine, is nobody else's business
    runtime = runtime_dir(config.seat.name)
    (runtime / "sounds").mkdir(exist_ok=True)
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(only_main(runtime, config.seat.name))
        contacts_country = config.contacts.country or config.pickup.country
        journal = stack.enter_context(Journal.open(config.directory / "journal", config.seat.name))
        phone = None
        if config.seat.hardware == "desk_phone":
            from phoneetiquette.runtime.desk_phone import phone_face

            phone = phone_face(config)
        meters = Meters()
        announcer: Announcer | None = None

        def on_entry(entry: Entry, complete: list[CallRecord]) -> None:
            call_log.tell(entry)
            hooks.take_in(entry, complete)
            if announcer:
                announcer.take_in(entry.event)
            for record in complete:
                meters.count(record)

        def site() -> Site:
            return site_of(config, seat.planned_site)

        def promise() -> Promise:
            return promise_of(config, seat.planned_site)

        messages = MessageDesk(config.directory, site, promise)
        wake_ups: WakeUpDesk | None = None
        settings = engine_settings(config, runtime)

        async def speak(texts: Iterable[tuple[str, str]], files: Iterable[Path]) -> None:
            seat.trouble("dialplan.voice", await make_plan_sounds(rate_hz, sounds, texts, files))

        async def speak_to_guests(texts: Iterable[tuple[str, str]]) -> None:
            seat.trouble("wakeups.voice", await make_plan_sounds(rate_hz, greetings, texts, ()))

        callers = Callers(_directory(config), contacts_country, config.seat.agent or "")
        rate_hz, sounds = settings.audio.rate_hz, config.directory / "sounds"
        greetings = sounds / "wake-ups"  # of its own: dialplans remove what none of them says
        woken = wake_up_settings(config)
        if woken is not None:
            wake_ups = WakeUpDesk(
                woken,
                rate_hz=rate_hz,
                sounds=greetings,
                speak=speak_to_guests,
                zone=lambda: hotel_zone(config, site()),
                guest=lambda room: callers.directory.in_room(room),
                put=lambda parcel: courier.put(parcel),
                now=messages.now,
            )
        dialplans = Dialplans(config, rate_hz, sounds, speak)
        seat = Seat(
            config.seat.name,
            config.seat.display_name,
            desk_settings(config),
            journal,
            dial_uri=config.dial,
            keep_records=config.console.history,
            keep_digits=config.records.keep_digits,
            score_card=config.score_card.policy,
            on_record=lambda: filler.poke(),
            desk_phone=phone,
            callers=callers,
            load_directory=lambda: _directory(config),
            site=_site(config),
            followups=messages,
            wake_ups=wake_ups,
            on_entry=on_entry,
            dialplans=dialplans,
            by_hand=ByHand(config.directory / "by_hand.json"),
        )
        if wake_ups is not None:
            wake_ups.attach(seat)
        courier = Courier(
            seat.name,
            messages.book,
            Outbox(config.directory / "outbox"),
            ways_of(config),
            routes_of(config),
            site=site,
            promise=promise,
            note=messages.record,
            trouble=seat.trouble,
            now=messages.now,
            refresh=lambda: filler.poke(),
            claim=lambda duty: claim(f"sqlite:///{config.database}", seat.name, duty),
        )
        hooks = Hooks(
            seat.name,
            frozenset(config.hooks.on),
            hook_channels_of(config),
            courier.outbox,
            trouble=lambda key, error: loop.call_soon_threadsafe(seat.trouble, key, error),
        )
        stack.push_async_callback(asyncio.to_thread, hooks.close)
        messages.attach(seat, courier.look_again, courier.outbox.try_again)
        stack.push_async_callback(messages.finish)

        def store_trouble(error: StoreError | None) -> None:
            loop.call_soon_threadsafe(seat.trouble, "records.store", error)

        filler = Filler(
            journal.directory,
            seat.name,
            config.store,
            store_trouble,
            keep_days=config.records.journal_days,
            zone=str(site().zone or ""),
            records_days=config.records.record_days,
            on_messages=lambda known: loop.call_soon_threadsafe(messages.merge, known),
            on_damage=lambda error: loop.call_soon_threadsafe(seat.trouble, "records.damaged", error),
            on_wake_ups=lambda known: loop.call_soon_threadsafe(wake_ups.merge, known) if wake_ups else None,
        )
        engine = EngineLink(settings, seat.engine_event)
        seat.attach(engine)
        if config.seat.announce_caller:
            announcer = _announcer(config, settings, seat, engine, callers)
            stack.callback(announcer.close)
        page = create_app(
            seat,
            hosts=(*config.console.hosts, config.console.listen),
            gate=gate_of(config, config.console, seat.name, runtime, make_token(runtime)),
            encrypted=config.console.tls.certificate is not None,
            messages=messages,
            wake_ups=wake_ups,
            metrics=lambda: meters.text(seat.snapshot()),
            language=config.console.language,
            hints=config.console.hints,
        )
        tls = config.console.tls
        console = ConsoleServer(
            page, config.console.listen, config.console.port, certificate=tls.certificate, key=tls.key
        )
        await stack.enter_async_context(console)
        filler.start()
        # Stopped after the engine: the calls that end with it are to be stored too.
        stack.push_async_callback(asyncio.to_thread, filler.stop)
        await engine.start()
        stack.push_async_callback(engine.stop)
        if phone:
            await stack.enter_async_context(phone.serving(seat))
        if config.seat.hardware == "headset":
            from phoneetiquette.runtime.headset import HeadsetFace

            headset = HeadsetFace(seat, button_settings(config))
            headset.start()
            stack.push_async_callback(headset.stop)
        if config.dialplan:
            from phoneetiquette.runtime.presence import Presence

            presence = Presence(config, seat)
            seat.subscribe(presence)
            presence.state_changed()
            stack.push_async_callback(presence.stop)
            watching = asyncio.create_task(_watch(seat, dialplans))
            stack.callback(watching.cancel)
        converting = asyncio.create_task(_convert_sounds(seat, settings, config))
        stack.callback(converting.cancel)
        stack.callback(announce(seat.name, console.url, tls.certificate).unlink, missing_ok=True)
        messages.settle()
        courier.start()
        stack.push_async_callback(courier.stop)
        if wake_ups is not None:
            wake_ups.start()
            stack.push_async_callback(wake_ups.stop)
        yield seat, console.url


def _announcer(config: Config, settings: EngineSettings, seat: Seat, engine: EngineLink, callers: Callers) -> Announcer:
    rate_hz = settings.audio.rate_hz

    async def make(text: str, language: str, folder: Path) -> PhoneEtiquetteError | None:
        return await make_plan_sounds(rate_hz, folder, [(text, language)], [])

    return Announcer(
        config.console.language,
        rate_hz,
        Path(settings.cache_dir) / "callers",
        known=lambda arrived: callers.spoken(arrived.caller, arrived.caller_name),
        make=make,
        send=engine.send,
        trouble=lambda error: seat.trouble("announce_caller", error),
    )


def _directory(config: Config) -> Directory:
    contacts = config.contacts
    if not contacts.files:
        return Directory()
    from phoneetiquette.config.contact_files import read_directory

    return read_directory(contacts.files, contacts.country or config.pickup.country)[0]


def _site(config: Config) -> dict[str, str]:
    site = config.site
    return {
        "name": site.name or config.seat.display_name,
        "address": site.address or "",
        "hours": site.hours or "",
        "reception_hours": site.reception_hours or "",
        "agent": config.seat.agent or "",
    }


async def _convert_sounds(seat: Seat, settings: EngineSettings, config: Config) -> None:
    parts = (config.pickup.deadline, config.pickup.when_absent)
    error = await convert_sounds(settings, [str(part.prompt) for part in parts if part.prompt])
    seat.trouble("audio.files", error)
    await seat.speak()


async def run_until_stopped(config: Config, on_ready: Callable[[Seat, str], None]) -> None:
    """Run a seat until SIGTERM or SIGINT; calls are then ended politely."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running_seat(config) as (seat, url):
        reloads: set[asyncio.Task[None]] = set()

        def reload() -> None:
            task = asyncio.create_task(_reload(seat))
            reloads.add(task)
            task.add_done_callback(reloads.discard)

        loop.add_signal_handler(signal.SIGHUP, reload)
        on_ready(seat, url)
        notify(f"READY=1\nSTATUS=seat {seat.name} at {url}")
        watchdog = asyncio.create_task(_feed_watchdog())
        await stop.wait()
        notify("STOPPING=1")
        watchdog.cancel()


async def _reload(seat: Seat) -> None:
    """Load the dialplan anew, asked by nobody who waits; what is wrong with it is told on the page, and here."""
    try:
        await seat.reload()
    except CallError as error:
        log.error("%s", error)


async def _watch(seat: Seat, dialplans: Dialplans) -> None:
    """Follow the dialplan whenever one of its files has been changed."""
    while True:
        await asyncio.sleep(WATCH_S)
        if await asyncio.to_thread(dialplans.changed):
            await _reload(seat)


async def _feed_watchdog() -> None:
    """A loop that is stuck does not feed it, and the service manager starts the seat again."""
    interval = watchdog_interval_s()
    while interval:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval)
