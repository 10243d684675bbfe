"""``phoneetiquette calls export`` and ``calls erase``: what is kept about one customer."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime

from phoneetiquette.cli.places import located
from phoneetiquette.config import Config, inspect
from phoneetiquette.config.contact_files import read_directory
from phoneetiquette.dialplan.numbers import canonical
from phoneetiquette.errors import PhoneEtiquetteError
from phoneetiquette.followups.message import message_object
from phoneetiquette.records.erasing import IsCustomer, erase, find
from phoneetiquette.records.record_json import record_object
from phoneetiquette.records.store import existing_store
from phoneetiquette.wakeups.wake_up import wake_up_object


def run(args: argparse.Namespace) -> int:
    """0: done; 1: nothing is kept about this customer; 2: bad input, or the seat runs."""
    directory, database = located(args)
    # A directory alone tells neither the country nor the guest list.
    config = None if getattr(args, "directory", None) else inspect(getattr(args, "config", None)).config
    is_customer = _customer(args.number, config.pickup.country if config else "ZZ")
    guest_in = frozenset(_rooms(config, is_customer)) if config else frozenset()
    store = existing_store(database)
    try:
        found = find(directory, store, is_customer, guest_in)
        if args.action == "export":
            told = {
                "number": args.number,
                "calls": [record_object(record) for record in found.records],
                "messages": [message_object(message, datetime.now(UTC)) for message in found.messages],
                "wake_ups": [wake_up_object(wake_up) for wake_up in found.wake_ups.values()],
                "recordings": sorted(found.recordings),
            }
            print(json.dumps(told, indent=1))
        else:
            erase(directory, store, found, is_customer)
            print(
                f"{len(found.calls)} calls, {len(found.message_ids)} messages and {len(found.wake_ups)} wake-up calls"
                f" are anonymous, {len(found.recordings)} recordings are gone"
            )
    finally:
        if store is not None:
            store.close()
    return 0 if found.calls or found.message_ids or found.wake_ups else 1


def _rooms(config: Config, is_customer: IsCustomer) -> Iterator[tuple[str, str]]:
    """Where the guest list has the customer, each room with the name."""
    contacts = config.contacts
    for one in read_directory(contacts.files, contacts.country or config.pickup.country)[0].contacts:
        if one.room and any(map(is_customer, (*one.numbers, one.room, one.email))):
            yield one.room.casefold(), one.name


def _customer(number: str, country: str) -> IsCustomer:
    """Numbers are compared in their canonical form, e-mail addresses without regard to case."""
    if "@" in number and not number.startswith(("sip:", "tel:")):
        return lambda told: told.casefold() == number.casefold()
    wanted = canonical(number, country)
    if not any(character.isdigit() for character in wanted):
        raise PhoneEtiquetteError(f"{number!r} is no number", "write it with its country code, such as +43 1 5550100")
    return lambda told: told != "" and canonical(told, country) == wanted
