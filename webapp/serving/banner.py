"""What stands in the terminal once it runs."""

import argparse
import io
import sys

from webapp.config import Settings


def lines(asked: argparse.Namespace, settings: Settings, news: list[str]) -> list[str]:
    """Where it is, as words and as a QR code for the phone in your hand, and what a first visitor needs to know."""
    scheme = "https" if asked.tls else "http"
    address = settings.base_url or f"{scheme}://{_host(asked.host)}:{asked.port}"
    said = ["", "  回头 Huitou", "", f"  {address}", "", _qr(address)]
    if _is_everywhere(asked.host):
        said.append(f"  On this machine 本机: {scheme}://localhost:{asked.port}")
    said += [f"  {line}" for line in news]
    if asked.tls:
        said += _how_to_trust(settings, f"http://{_host(asked.host)}:{asked.port + 2}/ca.crt")
    logs = "" if asked.log_to_stderr else f" Logs 日志: {settings.data / 'logs'}"
    return [*said, "", f"  Ctrl-C stops it 停止.{logs}", ""]


def _how_to_trust(settings: Settings, address: str) -> list[str]:
    from webapp import tls

    return [
        "",
        f"  Trust this shop once on each tablet 每台平板信任一次: {address}",
        "  iPad: 打开网址下载 → 设置 › 已下载描述文件 › 安装 → 通用 › 关于本机 › 证书信任设置 › 打开 Huitou",
        "        open it → Settings › Profile Downloaded › Install → General › About › Certificate Trust Settings › on",
        "  Android: 打开网址下载 → 设置 › 安全 › 加密与凭据 › 安装证书 › CA 证书",
        "        open it → Settings › Security › Encryption & credentials › Install a certificate › CA certificate",
        f"  SHA-256 {tls.fingerprint(tls.Files(settings.data / 'tls'))}",
    ]


def _host(host: str) -> str:
    from webapp import tls

    if _is_everywhere(host):
        return next(iter(tls.lan_addresses()), "localhost")
    return f"[{host}]" if ":" in host else host


def _is_everywhere(host: str) -> bool:
    return host in ("0.0.0.0", "::")  # noqa: S104


def _qr(text: str) -> str:
    import qrcode

    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_L)
    code.add_data(text)
    picture = io.StringIO()
    code.print_ascii(out=picture, invert=True)
    if not sys.stdout.isatty():
        return picture.getvalue()
    # The colours are said outright, so that a light terminal shows the same picture as a dark one.
    return "\n".join(f"\033[97;40m{row}\033[0m" for row in picture.getvalue().splitlines())
