"""A configuration file as it lies there, against what would be written now: key by key."""

from __future__ import annotations

from collections.abc import Iterator

from phoneetiquette.phones.reading import Found
from phoneetiquette.phones.rendering import MASK, ConfigFile


def differences(found: Found, wanted: ConfigFile) -> Iterator[str]:
    """One line for each key that is missing, differs or is not ours. Secrets are not shown.

    Of another form than the wanted file's, that alone is told.
    """
    if found.form != wanted.form:
        yield f"it has the form {found.form}, not {wanted.form}"
        return
    secret = {setting.key for setting in wanted.settings if setting.secret}
    values = {setting.key: setting.value for setting in wanted.settings}
    values |= {f"book[{person.name}]": person.number for person in wanted.people}
    for key, value in values.items():
        if key not in found.values:
            yield f"{key} is missing, it should be {_shown(value, key in secret)}"
        elif found.values[key] != value:
            is_, should = (_shown(one, key in secret) for one in (found.values[key], value))
            yield f"{key} is {is_}, it should be {should}" if key not in secret else f"{key} is another secret"
    for key in found.values:
        if key not in values:
            yield f"{key} is none of ours"


def _shown(value: str, secret: bool) -> str:
    return MASK if secret else repr(value)
