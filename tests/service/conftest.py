"""Fixtures of the service's tests: a key, a service at a raw server, and certificates that nobody trusts."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from aimocap_blender.service.client import Service
from aimocap_blender.service.interruption import Timeouts

KEY = "sk-0123456789abcdef"
QUICK = Timeouts(connect=5, send=5, answer=5, whole=10, stall=5)


def service_at(url: str, timeouts: Timeouts = QUICK) -> Service:
    return Service(url, KEY, timeouts)


def nothing_moved(_done: int, _total: int) -> None:
    pass


def nowhere_local(_url: str) -> bool:
    """Stand in for `addresses.is_loopback` where this machine plays another one."""
    return False


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 and service.invalid, with its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    made = folder / "made.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=service.invalid"]
    command += ["-addext", "subjectAltName=DNS:service.invalid,IP:127.0.0.1"]
    command += ["-keyout", str(folder / "key.pem"), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    whole = folder / "whole.pem"
    whole.write_bytes((folder / "key.pem").read_bytes() + made.read_bytes())
    return whole


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def video(tmp_path: Path) -> Path:
    file = tmp_path / "walk.mp4"
    file.write_bytes(bytes(range(256)) * 1200)
    return file
