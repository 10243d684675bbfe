"""A signed HTTP POST to a program of others.

The body is JSON. ``X-Phoneetiquette-Signature: t=SECONDS,v1=HEX`` is the HMAC-SHA256 of ``SECONDS.BODY`` with the
shared secret; ``X-Phoneetiquette-Delivery`` is the same whenever the same thing is sent again.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from phoneetiquette import __version__
from phoneetiquette.followups.parcel import Parcel
from phoneetiquette.notify.errors import DeliveryError

TIMEOUT_S = 10.0
WHOLE_TIMEOUT_S = 30.0
"""For all of it: who answers a byte at a time is not waited for."""
_FINAL = frozenset({400, 410, 413, 414, 415, 422, 501})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Where to, and the secret both sides share. ``allow_private``: also to addresses of private networks."""

    url: str
    secret: str
    allow_private: bool = False
    ca: str = ""


def post(settings: WebhookSettings, parcel: Parcel) -> None:
    """Deliver the parcel.

    Raises:
        DeliveryError: it was not taken (2xx). Redirects are not followed.
    """
    body = json.dumps(parcel.data, separators=(",", ":")).encode("ascii")
    address = urlsplit(settings.url)
    host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"phoneetiquette/{__version__}",
        "X-Phoneetiquette-Delivery": parcel.id,
        "X-Phoneetiquette-Signature": signature(settings.secret, body, int(time.time())),
    }
    try:
        connection = _connected(settings, host, port, address.scheme)
        timer = threading.Timer(WHOLE_TIMEOUT_S, _cut, [connection.sock])
        timer.daemon = True
        timer.start()
        try:
            connection.request(
                "POST", (address.path or "/") + (f"?{address.query}" if address.query else ""), body, headers
            )
            status = connection.getresponse().status
        finally:
            timer.cancel()
            connection.close()
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or error
        raise DeliveryError(
            f"no trusted connection to {host}: {reason}", "check the certificate of the receiver"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise DeliveryError(f"{host}:{port} cannot be reached: {reason}", "check whether the receiver runs") from error
    if 300 <= status < 400:
        raise DeliveryError(f"{host} answers {status}: redirects are not followed", "write the final address as url")
    if not 200 <= status < 300:
        raise DeliveryError(f"{host} answers {status}", "see the log of the receiver", final=status in _FINAL)


def signature(secret: str, body: bytes, at_s: int) -> str:
    """The value of the signature's header for a body sent at this moment (Unix time)."""
    signed = hmac.new(secret.encode(), b"%d." % at_s + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={signed}"


def _connected(settings: WebhookSettings, host: str, port: int, scheme: str) -> http.client.HTTPConnection:
    """Connected to an address that was looked at: a second look-up could give another one."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[4][0]) for address in found]
    if not settings.allow_private:
        for address in addresses:
            if not _is_public(address):
                raise DeliveryError(
                    f"{host} is {address}, an address of a private network",
                    "write allow_private: true if that is meant",
                    final=True,
                )
    trouble: OSError = OSError("no address")
    for address in addresses:
        try:
            sock = socket.create_connection((address, port), TIMEOUT_S)
            break
        except OSError as error:
            trouble = error
    else:
        raise trouble
    if scheme == "https":
        context = ssl.create_default_context(cafile=settings.ca or None)
        try:
            sock = context.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
    connection.sock = sock
    return connection


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        address = mapped
    return address.is_global and not address.is_multicast and address not in _NAT64


def _cut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
