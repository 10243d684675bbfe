"""``phoneetiquette provision --resync``: phones told to read their configuration again."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping

from phoneetiquette.config import Config, PhoneConfig
from phoneetiquette.edge.programs import Running
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.phones.notify import event_of
from phoneetiquette.phones.profiles import profile_of
from phoneetiquette.runtime.edge_settings import edge_directory
from phoneetiquette.runtime.phone_notify import check_sync as ask_to_read


def run(config: Config, phones: Mapping[str, PhoneConfig], *, reboot: bool, as_json: bool) -> int:
    """0: each has said that it will; 1: one has not."""
    told = [{"phone": name, **_one(config, phone, reboot=reboot)} for name, phone in phones.items()]
    failed = [one for one in told if not one["done"]]
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return int(bool(failed))
    for one in told:
        line = f"{one['phone']}: {one['what']}" + (f" ({one['advice']})" if one["advice"] else "")
        print(line, file=sys.stdout if one["done"] else sys.stderr)
    return int(bool(failed))


def _one(config: Config, phone: PhoneConfig, *, reboot: bool) -> dict[str, str | bool]:
    profile = profile_of(phone.profile)
    check_sync = profile.check_sync
    event = event_of(check_sync, reboot=reboot) if check_sync else ""
    if check_sync is None or not event:
        what = f"no NOTIFY is known by which {profile.vendor} reads anew" + (" with a reboot" if reboot else "")
        return {"done": False, "what": what, "advice": "restart the phone"}
    try:
        code, reason = ask_to_read(config, phone, event, Running(edge_directory()))
    except PhoneEtiquetteError as error:
        return {"done": False, "what": error.what, "advice": error.advice}
    if 200 <= code < 300:
        return {"done": True, "what": f"told by Event: {event}, and has answered {code}", "advice": ""}
    if code == 408:  # which the edge says for a phone that says nothing
        return {"done": False, "what": f"it does not answer to Event: {event}", "advice": "check that it is on"}
    advice = ""
    if code in (401, 407):
        advice = "it asks for its account's password first; allow check-sync without one on its page, or restart it"
    elif code == 489:
        advice = "it does not know this event; restart it"
    return {"done": False, "what": f"it has answered {code} {reason} to Event: {event}", "advice": advice}
