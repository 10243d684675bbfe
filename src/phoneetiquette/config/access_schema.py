"""Who may open the pages, and how they are served beyond this machine."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from phoneetiquette.config.keys import described
from phoneetiquette.config.kinds import File, Host, ListOf, Whole


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTlsConfig:
    """HTTPS of the page. Needed where it is served to other machines."""

    certificate: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Certificate of the page and its chain, PEM.",
            null="plain HTTP",
            example="certificate: /etc/phoneetiquette/page.pem",
        ),
    )
    key: Path | None = field(
        default=None,
        metadata=described(
            File(),
            "Its private key, PEM, without a passphrase; mode 0600.",
            null="none",
            example="key: /etc/phoneetiquette/page.key",
        ),
    )


HOSTS = described(
    ListOf(Host()),
    "Names and addresses, besides the loopback ones and `listen`, under which the page may be asked for: that of the"
    " certificate, or that of a proxy in front. A browser that asks for another name is refused. With a name a login is"
    " needed.",
    example="hosts: [desk.hotel.example]",
)


def is_for_others(listen: str, hosts: Collection[str]) -> bool:
    """Whether a page is for other machines too, by its address or, behind a proxy, by its names. Then it wants a login
    though there are no users."""
    return bool(hosts) or not ip_address(listen).is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessConfig:
    """Users of the pages, made with `phoneetiquette users`. A [login](security.md) is needed as soon as there are
    users, or a page is served beyond loopback or has `hosts`."""

    users: Path | None = field(
        default=None,
        compare=False,
        metadata=described(
            File(),
            "The file of the users. Where it is named it has to be there.",
            null="`users.json` beside the configuration file",
            example="users: /etc/phoneetiquette/users.json",
        ),
    )
    idle_min: int = field(
        default=30,
        metadata=described(
            Whole(1, 24 * 60),
            "A session ends when nothing was asked for so long and no live page is open: the page of a seat stays"
            " up through a quiet night.",
            unit="min",
            example="idle_min: 15",
        ),
    )
    longest_min: int = field(
        default=12 * 60,
        metadata=described(
            Whole(1, 24 * 60),
            "A session ends so long after its login, whatever is open.",
            unit="min",
            example="longest_min: 540",
        ),
    )
