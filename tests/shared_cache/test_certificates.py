"""A server behind TLS is believed by its certificate only."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.servers import Server, free_port, listens, program
from tests.shared_cache.opening import KEY, open_store, refusal

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Files of a certificate for this machine, signed by itself, and of its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
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
