"""The browsers a member is signed in on: opening one more, what each is called in the list, and ending one."""

from models import Device, Member, Passkey, Store, transaction
from webapp import signins, vault
from webapp.outbox import events, inbox
from webapp.refusals import Missing

# The mark in the browser's description and the name people know; the first that fits counts.
_MACHINES = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "Windows": "Windows",
    "Macintosh": "Mac",
    "Linux": "Linux",
}
_BROWSERS = {
    "MicroMessenger": "WeChat",
    "AlipayClient": "Alipay",
    "EdgA": "Edge",
    "Edg/": "Edge",
    "HuaweiBrowser": "Huawei",
    "MiuiBrowser": "Xiaomi",
    "SamsungBrowser": "Samsung",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}


def open_one_more(member: Member, store: Store | None, label: str, at: int) -> str:
    """Sign this browser in and tell the member, if they are signed in elsewhere too. Returns the secret for its cookie."""
    with transaction():
        if signins.of_member(member.id, at):
            key = f"signed_in:{vault.token()}"
            named = {"device": label or "?", "signed_at": at}
            inbox.tell(member.id, "signed_in_elsewhere", at, key=key, url="/me/devices", **named)
        return signins.open_for_member(member, store, label, at)


def label(agent: str) -> str:
    """iPhone · WeChat: enough to know one's own phone in a list; the browser's full description is not kept."""
    named = [next((name for mark, name in names.items() if mark in agent), "") for names in (_MACHINES, _BROWSERS)]
    return " · ".join(name for name in named if name)


def end(member: Member, device: int, at: int) -> None:
    """Sign one of the member's own devices out; it ends at its next request. Somebody else's is not found."""
    if not Device.select().where(Device.id == device, Device.member == member.id).exists():
        raise Missing("没有找到这台设备", code="no_such_device")
    with transaction():
        signins.end(device, at)
        events.record("device_ended", at, member=member.id)


def passkeys(member: int) -> list[Passkey]:
    return list(Passkey.select().where(Passkey.member == member).order_by(Passkey.id.desc()).limit(20))
