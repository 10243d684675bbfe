"""Subscriptions in virtual time against a PBX with moods: what is known of somebody, and what is sent for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Literal

import pytest

from phoneetiquette.dialplan.presence import Package
from phoneetiquette.presence.digest import answer, can_be_met, challenge_of
from phoneetiquette.presence.message import MAX_BODY, MAX_VALUE, content_length, parameters, parse
from phoneetiquette.presence.message import Message as Read
from phoneetiquette.presence.subscription import EXPIRES_S, Identity, News
from phoneetiquette.presence.subscriptions import Subscriptions
from phoneetiquette.units import NS_PER_S, seconds
from tests.peers.presence_server import PresenceServer, dialog_info, pidf
from tests.peers.sip_message import Message

LOCAL = "192.0.2.9:5070"
BOTH: tuple[Package, ...] = ("dialog", "presence")
PRESENCE: tuple[Package, ...] = ("presence",)


class Scene:
    """Messages pass in no time, and none while the PBX is not ``reachable``; ``asked`` are the moments of requests."""

    def __init__(
        self,
        pbx: PresenceServer,
        password: str = "",
        transport: Literal["udp", "tcp"] = "udp",
        **packages: tuple[Package, ...],
    ) -> None:
        self.pbx, self.now_ns = pbx, 0
        self.told: list[tuple[str, str]] = []
        self.said: list[News] = []
        self.answers: list[Message] = []
        self.reachable, self.asked = True, list[tuple[int, Message]]()
        self.faults: list[Exception] = []
        self.then: Callable[[News], None] = lambda _: None
        """Done with news after they were noted."""
        numbers = itertools.count()
        identity = Identity("sip:desk@pbx", "desk" if password else "", password, transport)
        self.all = Subscriptions(identity, lambda: f"token{next(numbers)}", self._tell, self.faults.append)
        self.watch(**packages)

    def _tell(self, news: News) -> None:
        self.said.append(news)
        self.told.append((news.who, news.state))
        self.then(news)

    def watch(self, **packages: tuple[Package, ...]) -> None:
        people = {who: (f"sip:{who}@pbx", asked) for who, asked in packages.items()}
        self._exchange(self.all.watch(people, self.now_ns, LOCAL))
        self.go(0.1 * len(people))

    def go(self, seconds_on: float) -> None:
        """Let time pass."""
        until_ns = self.now_ns + seconds(seconds_on)
        while (due_ns := self.all.next_ns()) is not None and due_ns <= until_ns:
            self.now_ns = max(self.now_ns, due_ns)
            self._exchange(self.all.turn(self.now_ns, LOCAL))
        self.now_ns = until_ns

    def send(self, message: Message) -> int:
        """The PBX sends it; the code it is answered with."""
        self._exchange(self.all.received(message.encode(), self.now_ns, LOCAL))
        return self.answers[-1].code

    def _exchange(self, sent: list[bytes]) -> None:
        for data in sent:
            message = Message.parse(data)
            if message.code:
                self.answers.append(message)
                continue
            self.asked.append((self.now_ns, message))
            if self.reachable:
                for reply in self.pbx.take(message):
                    self._exchange(self.all.received(reply.encode(), self.now_ns, LOCAL))

    def notify(self, user: str, body: str, **more: str) -> int:
        return self.send(self.pbx.of(user).notify(body, **more))


def test_calls_of_the_specialist_come_and_go() -> None:
    pbx = PresenceServer("secret")
    scene = Scene(pbx, "secret", maria=BOTH)
    assert [one.get("Event") for one in pbx.seen] == ["dialog", "dialog"]  # the second one with the password
    assert scene.told == [("maria", "available")]
    assert scene.notify("maria", dialog_info("early", version=1)) == 200
    assert scene.notify("maria", dialog_info("confirmed", version=2)) == 200
    assert scene.notify("maria", dialog_info("confirmed", version=3, kind="partial", name="2")) == 200
    assert scene.notify("maria", dialog_info("terminated", version=4, kind="partial")) == 200
    assert scene.told[1:] == [("maria", "busy")]
    assert scene.notify("maria", dialog_info("terminated", version=5, kind="partial", name="2")) == 200
    assert scene.told[2:] == [("maria", "available")]
    assert scene.said[-1].package == "dialog"


def test_subscription_is_renewed_before_it_runs_out() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    scene.go(20 * EXPIRES_S)
    assert 20 <= len(pbx.seen) <= 25
    assert len(pbx.subscribers) == 1
    assert {one.get("Call-ID") for one in pbx.seen} == {pbx.seen[0].get("Call-ID")}
    assert [one.sequence for one in pbx.seen] == list(range(1, len(pbx.seen) + 1))
    assert scene.told == [("maria", "available")]


def test_short_grant_is_kept_to() -> None:
    pbx = PresenceServer()
    pbx.expires_s = 60
    scene = Scene(pbx, maria=BOTH)
    scene.go(600)
    assert 13 <= len(pbx.seen) <= 15


def test_presence_is_asked_for_where_dialogs_are_refused() -> None:
    pbx = PresenceServer()
    pbx.refuse["dialog"] = 489, ""
    scene = Scene(pbx, maria=BOTH)
    assert [one.get("Event") for one in pbx.seen] == ["dialog", "presence"]
    assert scene.notify("maria", pidf("open", "on-the-phone")) == 200
    assert scene.notify("maria", pidf("closed")) == 200
    assert scene.told == [("maria", "available"), ("maria", "busy"), ("maria", "away")]
    assert scene.said[-1].package == "presence"


@pytest.mark.parametrize("code", [403, 404, 489, 405])
def test_refusal_is_told_once_and_asked_again_seldom(code: int) -> None:
    pbx = PresenceServer()
    pbx.refuse = {"dialog": (code, ""), "presence": (code, "")}
    scene = Scene(pbx, maria=BOTH)
    scene.go(3600)
    assert [(one.state, one.why) for one in scene.said] == [("unknown", f"the PBX refuses to tell: {code} Not Here")]
    assert 8 <= len(pbx.seen) <= 10
    pbx.refuse = {}
    scene.go(1000)
    assert scene.told[-1] == ("maria", "available")


def test_password_is_shown_again_unasked_until_the_challenge_is_stale() -> None:
    pbx = PresenceServer("secret")
    scene = Scene(pbx, "secret", maria=BOTH)
    scene.go(EXPIRES_S)
    assert len(pbx.seen) == 3
    assert "nc=00000002" in pbx.seen[-1].get("Authorization")
    pbx.new_challenge()
    scene.go(EXPIRES_S)
    assert len(pbx.seen) == 5
    scene.watch()
    assert pbx.subscribers == []
    assert pbx.seen[-1].get("Expires") == "0"


def test_wrong_password_is_tried_once() -> None:
    pbx = PresenceServer("secret")
    scene = Scene(pbx, "wrong", maria=PRESENCE)
    assert len(pbx.seen) == 2
    assert scene.said[-1].why == "the PBX refuses to tell: 401 Unauthorized"
    without = Scene(PresenceServer("secret"), maria=PRESENCE)
    assert len(without.pbx.seen) == 1


def test_too_short_interval_is_made_longer() -> None:
    pbx = PresenceServer()
    pbx.refuse["dialog"] = 423, "Min-Expires: 1800"
    scene = Scene(pbx, maria=("dialog",))
    assert [one.get("Expires") for one in pbx.seen] == ["300", "1800"]
    assert scene.told == [("maria", "unknown")]


def test_pbx_that_was_restarted_is_asked_anew() -> None:
    pbx = PresenceServer("secret")
    scene = Scene(pbx, "secret", maria=BOTH)
    pbx.forget()
    pbx.busy.add("maria")
    scene.go(EXPIRES_S)
    assert scene.told[-1] == ("maria", "busy")
    assert len({one.get("Call-ID") for one in pbx.seen}) == 2
    pbx.forget()
    pbx.busy.clear()
    scene.all.again(scene.now_ns)  # the registration has come back, which is known sooner
    scene.go(1)
    assert scene.told[-1] == ("maria", "available")


def test_silent_pbx_is_asked_as_the_rfc_says_and_then_seldom() -> None:
    scene = Scene(PresenceServer())
    scene.reachable = False
    scene.watch(maria=BOTH)
    scene.go(40)
    assert [round(ns / NS_PER_S, 1) for ns, _ in scene.asked] == [
        0.0,
        0.5,
        1.5,
        3.5,
        7.5,
        11.5,
        15.5,
        19.5,
        23.5,
        27.5,
        31.5,
    ]
    assert [(one.state, one.why) for one in scene.said] == [("unknown", "the PBX does not answer")]
    scene.reachable = True
    scene.go(60)
    assert scene.told[-1] == ("maria", "available")


def test_over_a_connection_nothing_is_sent_twice() -> None:
    scene = Scene(PresenceServer(), transport="tcp")
    scene.reachable = False
    scene.watch(maria=BOTH)
    scene.go(40)
    ((_, asked),) = scene.asked
    assert "transport=tcp" in asked.get("Contact")
    assert asked.get("Via").startswith("SIP/2.0/TCP ")


def test_pbx_that_takes_the_subscription_and_tells_nothing() -> None:
    pbx = PresenceServer()
    pbx.silent = True
    scene = Scene(pbx, maria=BOTH)
    scene.go(40)
    assert [one.why for one in scene.said] == ["the PBX took the subscription and tells nothing"]
    pbx.silent = False
    scene.go(60)
    assert scene.told[-1] == ("maria", "available")


@pytest.mark.parametrize(
    ("standing", "again_s", "told"),
    [
        ("terminated;reason=deactivated", 2, None),
        ("terminated;reason=timeout", 2, None),
        ("terminated;reason=giveup;retry-after=100", 101, "the PBX has ended the subscription"),
        ("terminated", 16, "the PBX has ended the subscription"),
        ("terminated;reason=noresource", 901, "the PBX refuses to tell: noresource"),
    ],
)
def test_subscription_that_the_pbx_ends(standing: str, again_s: float, told: str | None) -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=("dialog",))
    one = pbx.of("maria")
    pbx.subscribers.clear()
    assert scene.send(one.notify(state=standing)) == 200
    assert [news.why for news in scene.said[1:]] == ([told] if told else [])
    scene.go(again_s - 1.5)
    assert len(pbx.subscribers) == 0
    scene.go(1.5)
    assert len(pbx.subscribers) == 1
    assert scene.told[-1] == ("maria", "available")


def test_pbx_that_ends_each_subscription_is_asked_more_and_more_seldom() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=("dialog",))
    pbx.silent = True
    for pause_s in (1, 15, 30, 60, 120, 240, 300, 300):
        one = pbx.of("maria")
        pbx.subscribers.clear()
        assert scene.send(one.notify(state="terminated;reason=deactivated")) == 200
        scene.go(pause_s - 0.5)
        assert pbx.subscribers == []
        scene.go(0.7)
        assert len(pbx.subscribers) == 1
    assert scene.said[-1].why == "the PBX ends each subscription"
    assert scene.notify("maria", dialog_info()) == 200
    assert scene.told[-1] == ("maria", "available")
    one = pbx.of("maria")
    pbx.subscribers.clear()
    scene.send(one.notify(state="terminated;reason=timeout"))
    scene.go(1.2)
    assert len(pbx.subscribers) == 1


def test_others_may_be_watched_because_of_news() -> None:
    scene = Scene(PresenceServer(), maria=BOTH, pia=BOTH)
    scene.then = lambda _: scene.watch(jonas=BOTH)
    scene.all.unreachable("no way")
    scene.then = lambda _: None
    scene.go(1)
    assert scene.pbx.seen[-1].get("To") == "<sip:jonas@pbx>"


def test_fault_in_the_telling_ends_with_its_message() -> None:
    scene = Scene(PresenceServer(), maria=BOTH)

    def fail(news: News) -> None:
        raise ValueError(news.state)

    scene.then = fail
    told = scene.pbx.of("maria").notify(dialog_info("confirmed", version=1))
    assert scene.all.received(told.encode(), scene.now_ns, LOCAL) == []
    assert [str(fault) for fault in scene.faults] == ["busy"]
    assert scene.told[-1] == ("maria", "busy")


@pytest.mark.parametrize("piece", ["a", "a ", '\\"', "<", ">", ",", ";", ';a="', "a=", '"', "-", "\\"])
def test_reading_takes_no_longer_than_the_text_is_long(piece: str) -> None:
    """Steps of a quadratic pattern would take minutes here."""
    for text in (piece * 100_000, '"' + piece * 100_000, "<" + piece * 100_000):
        challenge_of(f"Digest {text}")
        parameters(text)
        Read("", (("record-route", text),)).values("record-route")


def test_addresses_are_told_apart() -> None:
    routes = ('<sip:a;lr>, "A" <sip:b,c>;x=1', "<sip:d>", "none", "<sip:open")
    read = Read("", tuple(("record-route", route) for route in routes))
    assert read.values("record-route") == ["<sip:a;lr>", '"A" <sip:b,c>;x=1', "<sip:d>"]


def test_what_a_stranger_tells_changes_nothing() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    busy = dialog_info("confirmed", version=9)
    stranger = pbx.of("maria").notify
    assert scene.send(stranger(busy, call_id="another")) == 481
    assert scene.send(stranger(busy, **{"from": "<sip:maria@pbx>;tag=another"})) == 481
    assert scene.send(stranger(busy, **{"from": "<sip:maria@pbx>"})) == 481
    assert scene.send(stranger(busy, to="<sip:desk@pbx>;tag=another")) == 481
    assert scene.send(stranger(busy, event="presence")) == 489
    assert scene.send(stranger(busy, content_type="text/plain")) == 415
    assert scene.send(Message("OPTIONS sip:desk@pbx SIP/2.0", [("cseq", "1 OPTIONS")])) == 405
    assert scene.told == [("maria", "available")]


def test_repeated_and_late_news_do_not_count() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    one = pbx.of("maria")
    late, busy = one.notify(dialog_info(version=1)), one.notify(dialog_info("confirmed", version=2))
    assert [scene.send(busy), scene.send(busy), scene.send(late)] == [200, 200, 500]
    assert scene.told[1:] == [("maria", "busy")]


def test_missing_partial_news_bring_a_question_for_the_whole() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    asked = len(pbx.seen)
    assert scene.notify("maria", dialog_info("confirmed", version=1, kind="partial")) == 200
    scene.go(1)
    assert len(pbx.seen) == asked
    assert scene.notify("maria", dialog_info("terminated", version=5, kind="partial", name="7")) == 200
    scene.go(1)
    assert len(pbx.seen) == asked + 1
    assert scene.told[-1] == ("maria", "available")  # which the whole says


def test_unreadable_news_leave_nobody_available() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    assert scene.notify("maria", "<dialog-info") == 400
    assert scene.told[-1] == ("maria", "unknown")
    assert scene.notify("maria", dialog_info("confirmed", version=1)) == 200
    assert scene.told[-1] == ("maria", "busy")


def test_pbx_that_knows_nothing_of_the_telephone_leaves_it_unknown() -> None:
    """As Kamailio does while nobody has published anything, and after it was restarted."""
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    assert scene.notify("maria", dialog_info("confirmed", version=1)) == 200
    assert scene.notify("maria", "") == 200
    assert scene.told[-1] == ("maria", "busy")
    pbx.forget()
    pbx.knows_nothing = True
    scene.go(EXPIRES_S)
    assert scene.said[-1] == News("maria", "unknown")


def test_pending_subscription_is_unknown() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    assert scene.notify("maria", "", state="pending") == 200
    assert scene.said[-1].why == "the subscription waits to be allowed"


def test_plan_that_changes_takes_back_and_begins_only_what_it_must() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH, jonas=BOTH)
    kept = pbx.of("maria").tag
    scene.watch(maria=BOTH, duty=PRESENCE)
    assert [one.user for one in pbx.subscribers] == ["maria", "duty"]
    assert pbx.of("maria").tag == kept
    assert scene.answers[-1].code == 200
    assert {who for who, _ in scene.told} == {"maria", "jonas", "duty"}


def test_many_are_asked_about_one_after_the_other() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx)
    scene.watch(**{f"p{number}": BOTH for number in range(100)})
    scene.go(2)
    assert len(pbx.subscribers) == 100
    assert scene.asked[-1][0] - scene.asked[0][0] >= seconds(1.9)


def test_without_a_way_nothing_is_known() -> None:
    pbx = PresenceServer()
    scene = Scene(pbx, maria=BOTH)
    scene.all.unreachable("no way")
    assert scene.said[-1] == News("maria", "unknown", why="no way")
    assert scene.all.next_ns() is None
    scene.all.again(scene.now_ns)
    scene.go(1)
    assert scene.told[-1] == ("maria", "available")


CHALLENGE = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_digest_as_rfc_7616_has_it(algorithm: str, expected: str) -> None:
    """Section 3.9.1."""
    challenge = challenge_of(CHALLENGE.format(algorithm))
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    value = answer(challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", cnonce)
    assert f'response="{expected}"' in value
    assert f'opaque="{challenge["opaque"]}"' in value


def test_digest_as_rfc_2069_has_it() -> None:
    challenge = challenge_of('Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"')
    value = answer(challenge, "Mufasa", "CircleOfLife", "GET", "/dir/index.html", "")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in value
    assert "qop" not in value


@pytest.mark.parametrize("value", ['Digest nonce="n", algorithm=SHA-512', 'Digest nonce="n", qop="auth-int"', "Digest"])
def test_challenge_that_is_not_known_is_not_met(value: str) -> None:
    assert not can_be_met(challenge_of(value))


def test_other_schemes_are_no_challenge() -> None:
    assert challenge_of('Basic realm="x"') == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"\r\n\r\n",
        b"SIP/2.0 xyz\r\nCSeq: 1 SUBSCRIBE\r\n\r\n",
        b"NOTIFY sip:x SIP/2.0\r\n\r\n",
        b"NOTIFY sip:x SIP/2.0\r\nCSeq: many NOTIFY\r\n\r\n",
        b"NOTIFY sip:x SIP/2.0\r\nCSeq: 1 NOTIFY\r\nno field\r\n\r\n",
        b"NOTIFY sip:x SIP/2.0\r\nCSeq: 1 NOTIFY\r\nContent-Length: 9\r\n\r\nshort",
        b"NOTIFY sip:x SIP/2.0\r\nCSeq: 1 NOTIFY\r\n\r\n" + b" " * (MAX_BODY + 1),
        b"NOTIFY sip:x SIP/2.0\r\nCSeq: 1 NOTIFY\r\nTo: " + b"x" * (MAX_VALUE + 1) + b"\r\n\r\n",
    ],
)
def test_what_is_no_message_is_passed_over(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(data)
    scene = Scene(PresenceServer(), maria=BOTH)
    assert scene.all.received(data, scene.now_ns, LOCAL) == []


def test_messages_are_read_as_they_are_written() -> None:
    fields = b"f: <sip:a;b=c>;tag=T1\r\n ;x=y\r\nCSEQ: 7  NOTIFY\r\no: dialog;id=1\r\nl: 2"
    read = parse(b"NOTIFY sip:x SIP/2.0\r\n" + fields + b"\r\n\r\nhi!")
    assert (read.method, read.sequence, read.get("event"), read.body) == ("NOTIFY", (7, "NOTIFY"), "dialog;id=1", b"hi")
    assert parameters(read.get("from")) == {"tag": "T1", "x": "y"}
    assert parameters('"a;tag=no>" <sip:a>;tag=T2') == {"tag": "T2"}
    assert content_length(b"A: b\r\nl : 12\r\n\r\n") == 12
    for head in (b"A: b\r\n\r\n", b"Content-Length: 999999\r\n\r\n"):
        with pytest.raises(ValueError, match="Content-Length"):
            content_length(head)
