"""One POST to a server that is not ours: never a redirect followed, nothing read but the status, and never longer than `LONGEST`.

Called by the worker only, outside of any transaction.
"""

import threading
from collections.abc import Mapping

LONGEST = 15.0  # seconds for all of it: name, connection, sending, first line of the answer
CONNECT, READ = 5.0, 10.0


class NobodyThere(Exception):
    """Not reached, or not answered in time. The text says why, in a few words and without the address."""


def post(address: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer. Raises NobodyThere. A server that drips its answer is left after `LONGEST`."""
    said: list[int | str] = []
    call = threading.Thread(target=_call, args=(address, body, dict(headers), said), name="a call", daemon=True)
    call.start()
    call.join(LONGEST)
    answer = said[0] if said else "no answer in time"
    if isinstance(answer, str):
        raise NobodyThere(answer)
    return answer


def _call(address: str, body: bytes, headers: dict[str, str], said: list[int | str]) -> None:
    import requests  # only the worker calls, and it takes its time to load

    try:
        with requests.Session() as session:
            session.trust_env = False  # no passwords out of a .netrc
            answer = session.post(
                address, data=body, headers=headers, timeout=(CONNECT, READ), allow_redirects=False, stream=True
            )
            said.append(int(answer.status_code))
            answer.close()
    except (requests.RequestException, OSError, ValueError) as error:
        said.append(type(error).__name__)
