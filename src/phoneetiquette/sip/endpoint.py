"""The pjsua2 endpoint of a seat: transports, codecs, accounts. SIP thread only."""

from __future__ import annotations

import contextlib
import json
import logging
from errno import EADDRINUSE
from ipaddress import ip_address
from socket import SOCK_DGRAM, SOCK_STREAM
from typing import TYPE_CHECKING
from urllib.parse import quote

import pjsua2 as pj

from phoneetiquette.addresses import display_number, parse_sip_uri
from phoneetiquette.errors import EngineError
from phoneetiquette.sip.call import guarded
from phoneetiquette.sip.messages import text
from phoneetiquette.sip.native import build_options
from phoneetiquette.sip.network import SOMEBODY, address_toward, check_free, first_outside, name_servers
from phoneetiquette.sip.settings import AccountSettings, EngineSettings, PhonePeer

if TYPE_CHECKING:
    from phoneetiquette.sip.engine import SipEngine

log = logging.getLogger(__name__)
library_log = logging.getLogger("pjsip")

USER_AGENT = "phoneetiquette"
MAX_CALLS = 4
"""What the wheel is compiled for; a larger wish is cut to it silently."""
_SRTP = {"off": pj.PJMEDIA_SRTP_DISABLED, "optional": pj.PJMEDIA_SRTP_OPTIONAL, "mandatory": pj.PJMEDIA_SRTP_MANDATORY}
_TRANSPORT = {
    "udp": pj.PJSIP_TRANSPORT_UDP,
    "tcp": pj.PJSIP_TRANSPORT_TCP,
    "tls": pj.PJSIP_TRANSPORT_TLS,
}
_TRANSPORT6 = {
    "udp": pj.PJSIP_TRANSPORT_UDP6,
    "tcp": pj.PJSIP_TRANSPORT_TCP6,
    "tls": pj.PJSIP_TRANSPORT_TLS6,
}
WARNINGS = 2
"""The library's log levels: 1 errors, 2 warnings, 5 everything."""
_LOG_LEVEL = {1: logging.ERROR, 2: logging.WARNING}
_JB_DISCARD_NONE = 0
"""``PJMEDIA_JB_DISCARD_NONE``."""


class Account(pj.Account):
    """An identity of the seat: the registered one, or the plain one that takes direct calls."""

    def __init__(self, engine: SipEngine, name: str) -> None:
        super().__init__()
        self._engine = engine
        self.name = name
        self.registered = False

    @guarded
    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:  # noqa: N802
        self._engine.on_invite(self, prm.callId, prm.rdata.srcAddress, text(prm.rdata.wholeMsg))

    @guarded
    def onRegStarted(self, prm: pj.OnRegStartedParam) -> None:  # noqa: N802
        if prm.renew:
            self._engine.reachability.registration_asked(self)

    @guarded
    def onRegState(self, prm: pj.OnRegStateParam) -> None:  # noqa: N802
        self._engine.reachability.registration_answered(self, prm.code, text(prm.reason), prm.expiration)


class LibraryLog(pj.LogWriter):
    """What the library writes to its log goes to ours. Called on the SIP thread and others."""

    def write(self, entry: pj.LogEntry) -> None:
        # After the first line come messages as strangers sent them: they shall not write our log.
        text = "".join(letter if letter.isprintable() else "?" for letter in entry.msg.partition("\n")[0])
        library_log.log(_LOG_LEVEL.get(entry.level, logging.DEBUG), "%s", text)


class Library(pj.Endpoint):
    """The endpoint, with an ear for what becomes of connections, and for callers it turns away by itself."""

    def __init__(self, engine: SipEngine) -> None:
        super().__init__()
        self._engine = engine

    @guarded
    def onRejectedIncomingCall(self, prm: pj.OnRejectedIncomingCallParam) -> None:  # noqa: N802
        self._engine.on_library_refusal(prm.rdata.srcAddress, text(prm.rdata.wholeMsg), prm.statusCode)

    @guarded
    def onTransportState(self, prm: pj.OnTransportStateParam) -> None:  # noqa: N802
        tls = prm.tlsInfo
        if tls.isEmpty():
            return
        if tls.verifyStatus and prm.state == pj.PJSIP_TP_STATE_DISCONNECTED:
            why = ", ".join(tls.verifyMsgs)
            self._engine.reachability.certificate_refused(f"{tls.remoteAddr}: {why}")
        elif prm.state == pj.PJSIP_TP_STATE_CONNECTED:
            self._engine.reachability.certificate_accepted()


class SipEndpoint:
    """Owns the library. One per process, by the library's own limit."""

    def __init__(self, settings: EngineSettings, engine: SipEngine) -> None:
        self._settings = settings
        self._engine = engine
        self._log = LibraryLog()
        self.library = Library(engine)
        self.accounts: list[Account] = []
        self.listening: tuple[str, ...] = ()

    def open(self) -> None:
        """Start the library, listen, register.

        Raises:
            EngineError: a port is taken, an address is not ours or of the wrong kind, a certificate cannot be read.
        """
        self.library.libCreate()
        try:
            self.library.libInit(self._library_settings())
            if ":" in self._settings.listen and build_options().get("PJ_HAS_IPV6") != "1":
                raise EngineError(
                    f"sip.listen is {self._settings.listen}, but this build of pjsua2 was made without IPv6",
                    "listen at an IPv4 address; an edge in front can take IPv6",
                )
            self.listening = tuple(self._listen(transport) for transport in self._settings.transports)
            used = self._settings.account.transport if self._settings.account and not self._settings.edge else "udp"
            if used not in self._settings.transports:
                self._listen(used, port=0)  # to call by; the library cannot but listen
            self.library.libStart()
            self._choose_codecs()
            self._open_accounts()
        except pj.Error as error:
            raise EngineError(f"the SIP library does not start: {error.reason}", "see the log above") from error

    def close(self) -> None:
        """Stop. What has to be said to others has been: the library would wait a second for their answers."""
        self.accounts.clear()
        self.library.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)

    @property
    def registered(self) -> bool:
        return any(account.registered for account in self.accounts)

    def register(self, wanted: bool = True) -> None:
        """Register now, or (not wanted) take the registration back."""
        for account in self.accounts:
            if account.getInfo().regIsConfigured:
                account.setRegistration(wanted)

    def _library_settings(self) -> pj.EpConfig:
        settings = pj.EpConfig()
        settings.uaConfig.maxCalls = MAX_CALLS
        settings.uaConfig.threadCnt = 0
        settings.uaConfig.mainThreadOnly = False
        settings.uaConfig.userAgent = USER_AGENT
        account = self._settings.account
        for server in name_servers([parse_sip_uri(account.proxy or account.registrar).host] if account else []):
            settings.uaConfig.nameserver.push_back(server)
        settings.logConfig.level = settings.logConfig.consoleLevel = WARNINGS
        settings.logConfig.msgLogging = 0
        settings.logConfig.decor = 0
        settings.logConfig.writer = self._log
        media = settings.medConfig
        media.clockRate = media.sndClockRate = self._settings.audio.rate_hz
        media.audioFramePtime = media.ptime = 20
        media.noVad = True
        media.quality = 4  # the short resampling filter: half the processor time, and speech does not need the long one
        media.ecTailLen = 0
        media.jbInit = media.jbMinPre = 20
        media.jbMaxPre, media.jbMax = 200, 500
        # What waits in the jitter buffer is worked off by pacing the bridge, without cutting anything out.
        _set_media(settings, jbDiscardAlgo=_JB_DISCARD_NONE)
        return settings

    def _listen(self, transport: str, port: int | None = None) -> str:
        """The URI we can be called at by this transport; ``port`` other than the configured one: 0 for any."""
        s = self._settings
        config = pj.TransportConfig()
        config.boundAddress = s.listen
        config.port = port if port is not None else s.tls_port if transport == "tls" else s.port
        config.publicAddress = "" if s.edge else s.advertise
        if transport == "tls":
            config.tlsConfig.certFile, config.tlsConfig.privKeyFile = s.tls_certificate, s.tls_key
            config.tlsConfig.CaListFile = s.tls_ca or _authorities()
            config.tlsConfig.verifyServer = s.tls_verify
            config.tlsConfig.method = pj.PJSIP_TLSV1_2_METHOD
        family = _TRANSPORT6 if ":" in s.listen else _TRANSPORT
        where = f"{s.listen}:{config.port} ({transport})"
        try:
            # The library would tell less, and of a TLS port that is taken nothing at all.
            check_free(SOCK_DGRAM if transport == "udp" else SOCK_STREAM, s.listen, config.port)
            number = self.library.transportCreate(family[transport], config)
        except OSError as error:
            if error.errno == EADDRINUSE:
                raise EngineError(
                    f"SIP port {where} is taken by another program", "stop it, or choose another sip.port"
                ) from error
            raise EngineError(f"cannot listen on {where}: {error.strerror}", "check sip.listen and sip.port") from error
        except pj.Error as error:
            raise EngineError(f"cannot listen on {where}: {error.reason}", "check sip.tls") from error
        used = self.library.transportGetInfo(number).localName.rpartition(":")[2]
        suffix = "" if transport == "udp" else f";transport={transport}"
        return f"sip:{s.user}@{s.listen if s.edge else self._host()}:{used}{suffix}"

    def _choose_codecs(self) -> None:
        wanted = [name.upper() for name in self._settings.codecs]
        for codec in self.library.codecEnum2():
            name = codec.codecId.partition("/")[0].upper()
            self.library.codecSetPriority(codec.codecId, 255 - wanted.index(name) if name in wanted else 0)

    def _open_accounts(self) -> None:
        plain = self._account_settings()
        plain.idUri = self._identity(self._settings.user, self._host())
        self._go_through_edge(plain, self._settings.user, "udp")
        local = Account(self._engine, "direct")
        local.create(plain, self._settings.account is None)
        self.accounts.append(local)
        if self._settings.account:
            registered = Account(self._engine, self._settings.account.registrar)
            registered.create(self._registration(self._settings.account), True)
            self.accounts.append(registered)

    def _host(self) -> str:
        """Our host as others are told it."""
        s = self._settings
        if s.edge:
            return f"[{s.edge.host}]" if ":" in s.edge.host else s.edge.host
        host = s.advertise or s.listen
        if ip_address(s.listen).is_unspecified and not s.advertise:
            with contextlib.suppress(OSError):
                host = address_toward(first_outside(s.peers) or SOMEBODY)
        return f"[{host}]" if ":" in host else host

    def _identity(self, user: str, host: str) -> str:
        name = self._settings.display_name.replace("\\", "").replace('"', "")
        return f'"{name}" <sip:{user}@{host}>' if name else f"<sip:{user}@{host}>"

    def _account_settings(self) -> pj.AccountConfig:
        s = self._settings
        config = pj.AccountConfig()
        media = config.mediaConfig
        media.transportConfig.boundAddress = s.edge.media_listen if s.edge else s.listen
        media.transportConfig.publicAddress = "" if s.edge and s.edge.relays_media else s.advertise
        media.transportConfig.port = s.rtp_first
        media.transportConfig.portRange = s.rtp_last - s.rtp_first
        media.srtpUse = _SRTP["off" if s.edge and s.edge.relays_media else s.srtp]
        media.srtpSecureSignaling = 0
        if ":" in s.listen:
            media.ipv6Use = pj.PJSUA_IPV6_ENABLED
            config.sipConfig.ipv6Use = pj.PJSUA_IPV6_ENABLED
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
        config.natConfig.contactRewriteUse = 0 if s.advertise else 2
        return config

    def _registration(self, account: AccountSettings) -> pj.AccountConfig:
        config = self._account_settings()
        registrar = account.registrar
        suffix = "" if account.transport == "udp" else f";transport={account.transport}"
        config.idUri = self._identity(account.user, registrar.partition(":")[2].partition(";")[0])
        config.regConfig.registrarUri = registrar + suffix
        config.regConfig.timeoutSec = account.expires_s
        config.regConfig.retryIntervalSec = 15
        config.regConfig.firstRetryIntervalSec = 2
        self._go_through_edge(config, account.user, account.transport)
        config.sipConfig.authCreds.push_back(
            pj.AuthCredInfo("digest", "*", account.auth_user or account.user, 0, account.password)
        )
        if account.proxy:
            config.sipConfig.proxies.push_back(f"{account.proxy}{suffix};lr")
        return config

    def _go_through_edge(self, config: pj.AccountConfig, user: str, transport: str) -> None:
        """All requests of this account leave by the edge, and name it as where we are."""
        edge = self._settings.edge
        if edge is None:
            return
        config.sipConfig.proxies.push_back(f"sip:{edge.inside};lr")
        port = edge.tls_port if transport == "tls" else edge.port
        suffix = "" if transport == "udp" else f";transport={transport}"
        config.sipConfig.contactForced = f"<sip:{user}@{self._host()}:{port}{suffix}>"
        config.natConfig.contactRewriteUse = 0
        config.natConfig.viaRewriteUse = False
        config.natConfig.sdpNatRewriteUse = False

    def routable(self, target: str) -> str:
        """A dialled URI with the transport that our calls use, unless it names one."""
        used = self._settings.account.transport if self._settings.account else self._settings.transports[0]
        return target if used == "udp" or ";transport=" in target else f"{target};transport={used}"

    def account_for(self, phone: PhonePeer) -> Account:
        """The account that a desk phone is called by."""
        return self.default_account() if phone.by_account else self.accounts[0]

    def caller_shown(self, uri: str, name: str) -> str:
        """The From of a call to the desk phone: the caller's number and name, at our own host."""
        user = display_number(uri) or "anonymous"
        user = quote(user, safe="+*#-_.!~'()&=$,;?/") if user.isprintable() else "anonymous"
        name = "".join(letter for letter in name if letter.isprintable() and letter not in '"\\')
        address = f"<sip:{user}@{self._host()}>"
        return f'"{name}" {address}' if name else address

    def default_account(self) -> Account:
        """The account that outgoing calls use."""
        return self.accounts[-1]

    def address_changed(self) -> None:
        """The machine has another address: restart what depends on it and register anew."""
        self.library.handleIpChange(pj.IpChangeParam())


def _set_media(settings: pj.EpConfig, **values: int) -> None:
    """Set what the Python bindings cannot (enumerations they give no values of) by the library's own JSON form."""
    document = pj.JsonDocument()
    document.writeObject(settings)
    data = json.loads(document.saveString())
    data["EpConfig"]["MediaConfig"].update(values)
    changed = pj.JsonDocument()
    changed.loadString(json.dumps(data))
    changed.readObject(settings)


def _authorities() -> str:
    """The certificates that the system trusts; the library brings an OpenSSL that does not know where they are."""
    from ssl import get_default_verify_paths

    return get_default_verify_paths().cafile or ""
