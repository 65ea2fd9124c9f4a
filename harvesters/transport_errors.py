"""Turns errors of sockets, TLS and HTTP into the errors of `core/federation`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore

from ckanext.fjgov.core.federation.errors import (
    ConnectionFailed,
    FetchError,
    FetchTimeout,
    TlsRefused,
)

# Codes of X509_verify_cert in OpenSSL.
_CERTIFICATE_FAULTS = {
    9: ("证书尚未生效", "the certificate is not valid yet"),
    10: ("证书已过期", "the certificate has expired"),
    18: ("证书为自签名", "the certificate is self-signed"),
    19: ("证书链中有自签名证书", "the chain holds a self-signed certificate"),
    20: ("证书签发机构不受信任", "the issuer of the certificate is not trusted"),
    62: ("证书与主机名不符", "the certificate is for another host"),
    64: ("证书与 IP 地址不符", "the certificate is for another IP address"),
}


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise `FetchError` for whatever goes wrong inside, naming `url` (already redacted)."""
    try:
        yield
    except FetchError as error:
        # Limits and deadlines are checked below the level where the address is known.
        error.url = error.url or url
        raise
    except httpcore.TimeoutException as error:
        raise FetchTimeout("等待对方超时", "the server took too long", url) from error
    except httpcore.NetworkError as error:
        raise _network_error(error, url) from error
    except httpcore.ProtocolError as error:
        raise ConnectionFailed(
            "连接中断或对方的应答不是 HTTP", "the connection broke or the answer is not HTTP", url
        ) from error


def _network_error(error: BaseException, url: str) -> FetchError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            zh, en = _CERTIFICATE_FAULTS.get(
                cause.verify_code, ("证书校验失败", f"the certificate: {cause.verify_message}")
            )
            return TlsRefused(f"{zh}，已拒绝连接", f"{en}; the connection is refused", url)
        if isinstance(cause, ssl.SSLError):
            return TlsRefused(
                "TLS 握手失败（须为 TLS 1.2 以上）",
                f"the TLS handshake failed (1.2 or newer is needed): {cause.reason or 'closed'}",
                url,
            )
        cause = cause.__cause__ or cause.__context__
    return ConnectionFailed("无法连接或连接中断", "cannot connect, or the connection broke", url)
