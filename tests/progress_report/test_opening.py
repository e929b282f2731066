"""What cannot be meant is refused when a webhook is opened; who may post is proved, and no secret is told."""

import ipaddress
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from msgspec.structs import replace

from qpf.api import SinkOptions, Trust
from qpf_plugins.progress_report import open_webhook, qpf_notifiers
from qpf_plugins.progress_report.target import target_of
from tests.progress_report.receiver import receiving
from tests.progress_report.runs import whole
from tests.servers.certificates import self_signed

SECRET = "hunter2"  # noqa: S105 -- of nobody
DEADLINE = {"deadline_seconds": 60}
TOKEN = Trust({"QPF_PROGRESS_TOKEN": f"{SECRET}\n"})


@pytest.fixture(autouse=True)
def directly(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no token, whatever the machine has."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.delenv("QPF_PROGRESS_TOKEN", raising=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of a certificate that nobody trusts, for loopback, and its key."""
    certificate, key = self_signed(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    path = tmp_path_factory.mktemp("tls") / "loopback.pem"
    path.write_bytes(key + certificate)
    return path


def follow(url: str, trust: Trust | None = None) -> str:
    sink = open_webhook(SinkOptions(url, DEADLINE, trust or Trust()))
    for event in whole("a"):
        sink(event)
    return sink.close()


def test_both_schemes_are_registered() -> None:
    assert [notifier.scheme for notifier in qpf_notifiers()] == ["http", "https"]


def test_loading_the_plugin_loads_no_client() -> None:
    program = "import sys, qpf_plugins.progress_report\n"
    program += "print({'ssl', 'urllib.request', 'http.client'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize(
    "url",
    [
        "http://", "https:///path", "http:monitoring", "file:///etc/passwd", "ftp://monitoring/progress",
        f"http://bot:{SECRET}@monitoring:port/", f"http://bot:{SECRET}@monitoring:99999/",
        f"http://bot:{SECRET}@monitoring..example/",
        f"http://bot:{SECRET}@[::1/", f"http://bot:{SECRET}@monitoring/a b",
        f"http://bot:{SECRET}@monitoring/\r\nX-Forged: yes", f"http://bot:{SECRET}@monitoring/ä",
    ],
)  # fmt: skip
def test_a_url_that_is_none_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(ValueError, match="URL") as refusal:
        open_webhook(SinkOptions(url, {}))
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"update_frequency": 5}, "a webhook has no setting update_frequency: did you mean `update_f"),
        ({"update_frequency_seconds": 0}, "update_frequency_seconds is a number of seconds"),
        ({"update_frequency_seconds": True}, "update_frequency_seconds is a number of seconds"),
        ({"update_frequency_seconds": "soon"}, "update_frequency_seconds is a number of seconds"),
        ({"deadline_seconds": float("nan")}, "deadline_seconds is a number of seconds, more than 0 and at m"),
        ({"fleet": 9}, "fleet is the name of the fleet"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 -- the message is compared below
        open_webhook(SinkOptions("http://monitoring/", settings))
    assert str(refusal.value).startswith(message)


@pytest.mark.network
def test_a_token_is_sent_and_never_shown() -> None:
    with receiving(403) as receiver:
        said = follow(receiver.url.replace("http://", "http://bot:other@"), TOKEN)
        assert [each.headers["authorization"] for each in receiver.received] == [f"Bearer {SECRET}"]
        assert said == f"1 progress report could not be delivered to {receiver.url}: it answered 403"
    assert SECRET not in repr(target_of("http://monitoring/").bearing(SECRET))
    assert SECRET not in repr(SinkOptions("http://monitoring/", {}, TOKEN))


@pytest.mark.network
def test_a_token_goes_to_trusted_hosts_alone_if_a_source_names_them() -> None:
    with receiving() as receiver:
        place = receiver.url.removeprefix("http://")
        for hosts in ({"elsewhere"}, {"127.0.0.1:1"}, {"127.0.0.1"}, {place}):
            follow(receiver.url, replace(TOKEN, hosts=frozenset(hosts)))
        sent = [each.headers.get("authorization") for each in receiver.received]
    assert sent == [None, None, f"Bearer {SECRET}", f"Bearer {SECRET}"]


def test_a_token_that_no_header_can_hold_is_refused() -> None:
    forged = Trust({"QPF_PROGRESS_TOKEN": f"{SECRET}\r\nX-Forged: yes"})
    with pytest.raises(ValueError, match="QPF_PROGRESS_TOKEN holds characters") as refusal:
        open_webhook(SinkOptions("http://monitoring/", {}, forged))
    assert SECRET not in str(refusal.value)


@pytest.mark.network
def test_user_and_password_of_the_url_are_sent_and_never_shown() -> None:
    with receiving(403) as receiver:
        said = follow(
            receiver.url.replace("http://", f"http://bot:{SECRET}%21@") + f"/hook/{SECRET}?key={SECRET}"
        )
        first = receiver.received[0]
    assert first.headers["authorization"] == "Basic Ym90Omh1bnRlcjIh"  # bot:hunter2!
    assert first.path == f"/hook/{SECRET}?key={SECRET}"
    assert said == f"1 progress report could not be delivered to {receiver.url}: it answered 403"


@pytest.mark.network
def test_a_certificate_that_is_not_trusted_gets_no_report(certificate: Path) -> None:
    with receiving(certificate=str(certificate)) as receiver:
        said = follow(receiver.url)
        assert "its certificate is not trusted, self-signed certificate" in said
        assert receiver.received == []


@pytest.mark.network
def test_a_certificate_that_is_trusted_gets_the_reports(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with receiving(certificate=str(certificate)) as receiver:
        assert follow(receiver.url) == ""
        assert receiver.last["status"] == "success"
