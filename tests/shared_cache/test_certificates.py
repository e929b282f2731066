"""A server behind TLS is believed by its certificate only."""

import pytest
from cryptography import x509

from tests.servers import Server, free_port, listens, program
from tests.servers.certificates import self_signed
from tests.shared_cache.opening import KEY, open_store, refusal

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of a certificate for this machine, signed by itself, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = self_signed(x509.DNSName("localhost"))
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(key)
    return folder


def test_a_server_is_believed_by_its_certificate_only(certificate, tmp_path, monkeypatch):
    port = free_port()
    command = [program("redis-server"), "--port", 0, "--tls-port", port, "--bind", "127.0.0.1", "--save", ""]
    files = ["--tls-cert-file", certificate / "cert.pem", "--tls-key-file", certificate / "key.pem"]
    command += [*files, "--tls-auth-clients", "no", "--dir", tmp_path]
    with Server(command, ready=lambda: listens(port), log=tmp_path / "log"):
        (said,) = refusal(f"rediss://localhost:{port}")
        assert said.startswith("its certificate is not trusted: self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        store = open_store(f"rediss://localhost:{port}")
        store.put({KEY: b"content"})
        assert store.get([KEY]) == {KEY: b"content"}
        store.close()
        (said,) = refusal(f"rediss://127.0.0.1:{port}")
        assert said.startswith("its certificate is not trusted: IP address mismatch")
