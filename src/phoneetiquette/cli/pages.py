"""What ``doctor`` says of who can open the pages."""

from __future__ import annotations

import stat
from collections.abc import Iterator

from phoneetiquette.access.users import Role
from phoneetiquette.access.users_file import UsersFile
from phoneetiquette.cli.checks import Finding, Level
from phoneetiquette.config import Config, ConsoleConfig, OfficeConfig
from phoneetiquette.config.access_schema import is_for_others
from phoneetiquette.errors import ConfigurationError

_ADD = "phoneetiquette users add NAME --role administrator"


def for_others(config: Config) -> list[str]:
    """The sections whose pages are for other machines too."""
    pages: dict[str, ConsoleConfig | OfficeConfig] = {"console": config.console, "office": config.office}
    return [name for name, page in pages.items() if is_for_others(page.listen, page.hosts)]


def findings(config: Config) -> Iterator[Finding]:
    path = config.access.users
    try:
        users = UsersFile(path).users()
    except ConfigurationError as error:
        yield Finding(Level.FAIL, f"{error.what}; nobody can log in to a page", error.advice)
        return
    wide = for_others(config)
    if not users and wide:
        what = f"other machines may ask for {' and '.join(wide)} (listen, hosts), and there are no users"
        yield Finding(Level.FAIL, f"{what}: nobody can log in", _ADD)
    elif not users:
        yield Finding(Level.OK, "pages: on loopback, without a login: whoever works at this machine may use them")
    else:
        yield Finding(Level.OK, f"pages: a login is needed; {len(users)} users in {path}")
        if not any(user.role is Role.ADMINISTRATOR for user in users.values()):
            yield Finding(Level.WARN, "no user is an administrator: nobody can publish a dialplan by the page", _ADD)
        if path is not None and stat.S_IMODE(path.stat().st_mode) & 0o007:
            yield Finding(Level.WARN, f"{path} can be read by everybody on this machine", f"chmod o= {path}")
