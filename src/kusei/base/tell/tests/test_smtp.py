"""Mail by SMTP, to a foreign server: what arrives, what is refused, what is tried again, and what a killed worker leaves."""

import signal
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from kusei.base.accounts.models import Account
from kusei.base.jobs import worker
from kusei.base.jobs.handlers import Handlers
from kusei.base.jobs.tests.process import eventually
from kusei.base.kernel import clock
from kusei.base.tell import actions
from kusei.base.tell.deliver import deliveries
from kusei.base.tell.models import Delivery

NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


class Server:
    """A mail server that keeps what it gets. `rcpt` and `data` are what it answers; while `gate` is shut, mail is held before its answer."""

    def __init__(self):
        self.mails, self.rcpt, self.data = [], "250 OK", "250 OK"
        self.gate, self.holding = threading.Event(), threading.Event()
        self.gate.set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):
        if not self.data.startswith("250"):
            return self.data
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        if not self.gate.is_set():
            self.holding.set()
            await server.loop.run_in_executor(None, self.gate.wait, 30)
        return self.data


@pytest.fixture
def server(unused_port):
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=unused_port)
    controller.start()
    server.url = f"smtp://127.0.0.1:{unused_port}"
    yield server
    server.gate.set()
    controller.stop()


@pytest.fixture
def unused_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def tell(n=1):
    for i in range(n):
        address = f"resident{i}@example.jp"
        account = Account.objects.create(kind="resident", login=address, email=address, created_at=NOW)
        actions.tell(account.id, "ask/received", {"procedure": "手続", "number": str(i)}, now=NOW)


def work_off(url):
    handlers = Handlers()
    handlers.queue(deliveries(url))
    worker.work_off(handlers)


def test_mail_arrives_with_all_its_parts(server):
    tell()
    work_off(server.url)
    [(recipients, mail)] = server.mails
    assert recipients == ["resident0@example.jp"]
    assert mail["Message-ID"] == Delivery.objects.get(state="done").mail_id
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"]
    assert "申請を受け付けました" in mail.get_content()


def test_many_mails_go_over_one_connection(server, monkeypatch):
    from kusei.base.tell.transports import Smtp

    opened = []
    connect = Smtp.connect
    monkeypatch.setattr(Smtp, "connect", lambda self: opened.append(1) or connect(self))
    tell(25)
    work_off(server.url)
    assert len(server.mails) == 25
    assert len(opened) == 1


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew(server, monkeypatch):
    from kusei.base.tell import transports

    monkeypatch.setattr(transports, "STALE", 0.0)
    queue = deliveries(server.url)
    tell(2)
    first, second = Delivery.objects.order_by("id")
    queue.handle(first, NOW)
    smtp = queue.handle.__self__.smtp
    smtp.local.server.connection.sock.close()
    queue.handle(second, NOW)
    queue.idle()
    assert len(server.mails) == 2


@pytest.mark.parametrize("reply", ["550 5.1.1 no such mailbox", "552 5.2.2 too big"])
@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_a_mail_refused_for_good_is_given_up_without_naming_the_address(server, at, reply):
    setattr(server, at, reply)
    tell()
    work_off(server.url)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("given_up", 1)
    assert reply[:3] in delivery.last_error
    assert "resident0" not in delivery.last_error


@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_a_mail_refused_for_now_is_tried_again_later_and_arrives_once(server, at):
    setattr(server, at, "451 4.7.1 greylisted")
    tell()
    work_off(server.url)
    delivery = Delivery.objects.get()
    assert delivery.state == "waiting"
    assert delivery.next_try_at > clock.now()
    setattr(server, at, "250 OK")
    Delivery.objects.update(next_try_at=NOW)
    work_off(server.url)
    assert Delivery.objects.get().state == "done"
    assert len(server.mails) == 1


def test_a_mail_refused_for_now_for_five_days_is_given_up(server):
    server.rcpt = "451 4.7.1 greylisted"
    tell()
    Delivery.objects.update(attempts=129)
    work_off(server.url)
    assert Delivery.objects.get().state == "given_up"


def test_while_the_server_is_away_mail_waits_and_is_never_given_up(unused_port):
    tell()
    Delivery.objects.update(attempts=1000)
    work_off(f"smtp://127.0.0.1:{unused_port}")
    delivery = Delivery.objects.get()
    assert delivery.state == "waiting"
    assert "mail server" in delivery.last_error


def test_an_address_that_smuggles_a_header_is_not_sent_and_holds_up_no_other(server):
    tell(3)
    bad = Delivery.objects.order_by("id")[0]
    Delivery.objects.filter(id=bad.id).update(address="a@example.jp\nBcc: b@example.jp")
    work_off(server.url)
    assert [to for to, _mail in server.mails] == [["resident1@example.jp"], ["resident2@example.jp"]]
    bad.refresh_from_db()
    assert bad.state == "given_up"
    assert "example" not in bad.last_error


def a_minute_passes():
    """The leases of whoever died run out."""
    Delivery.objects.filter(state="waiting").exclude(lease_until=None).update(
        lease_until=clock.now() - timedelta(seconds=1)
    )


def test_a_worker_killed_in_the_middle_of_a_delivery_loses_nothing_and_repeats_one(server, start_worker):
    tell(15)
    server.gate.clear()
    killed = start_worker(KUSEI_MAIL=server.url)
    assert server.holding.wait(30)  # the server has the mail, the worker doesn't know it yet
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    server.gate.set()
    a_minute_passes()
    start_worker(KUSEI_MAIL=server.url)
    eventually(lambda: not Delivery.objects.filter(state="waiting").exists())
    arrived = Counter(mail["Message-ID"] for _to, mail in server.mails)
    assert set(arrived) == set(Delivery.objects.filter(state="done").values_list("mail_id", flat=True))
    assert len(arrived) == 15
    assert sum(arrived.values()) == 16


def test_two_workers_deliver_everything_once(server, start_worker):
    start_worker(KUSEI_MAIL=server.url)
    start_worker(KUSEI_MAIL=server.url)
    tell(40)
    eventually(lambda: not Delivery.objects.filter(state="waiting").exists())
    arrived = Counter(mail["Message-ID"] for _to, mail in server.mails)
    assert len(arrived) == 40
    assert set(arrived.values()) == {1}
