"""Callers of the demo while its containers end. `load.py stop|kill PORT DIRECTORY PID COMMAND…` asks until the port is
closed, and types the command meanwhile; `load.py roll PORT DIRECTORY COMMAND…` asks until the command has ended;
`load.py compare PORT DIRECTORY` holds the service to what it acknowledged.

`stop`: a request that was sent has a whole answer; a connection that is refused is no failed request. `kill`: each
caller makes API keys and revokes them, and notes what was acknowledged, and what had no answer.
"""

import datetime
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import threading
import time

PATIENCE = 60
# Before the command: so long is asked.
WARM_UP = 3

word, port, directory = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
tokens = (directory / "tokens").read_text().split()
context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
ended = time.monotonic() + PATIENCE


class Refused(Exception):
    """No connection: nothing was sent."""


class Caller:
    def __init__(self, token):
        self.token, self.connection = token, None

    def ask(self, method, path, body=None):
        """Status and body; `Refused` if nothing was sent; another error if it was sent and not answered."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection("localhost", port, timeout=15, context=context)
            try:
                self.connection.connect()
            except OSError as error:
                self.connection = None
                raise Refused from error
        headers = {"Authorization": f"Bearer {self.token}"}
        if body:
            headers["Content-Type"] = "application/json"
        try:
            self.connection.request(method, path, body and json.dumps(body), headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except Exception:
            self.connection = None
            raise
        if answer.getheader("connection") == "close":
            self.connection.close()
            self.connection = None
        return answer.status, text


def resident(pid):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("VmRSS:"))


def stop():
    """Asks until the port is closed: how many answers, and how many requests had none."""
    statuses, failed = {}, []

    def asks(token):
        caller = Caller(token)
        while time.monotonic() < ended:
            try:
                status, _ = caller.ask("GET", "/v1/me")
                statuses[status] = statuses.get(status, 0) + 1
            except Refused:
                return
            except Exception as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=asks, args=[token]) for token in tokens * 4]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP)
    print(f"resident memory under load: {resident(sys.argv[4])} KiB")
    subprocess.run(sys.argv[5:], check=True, stdout=subprocess.DEVNULL)
    for thread in threads:
        thread.join()
    assert statuses.get(200, 0) > 50, statuses
    assert set(statuses) <= {200, 429}, statuses
    assert not failed, failed[:3]
    print(f"docker stop under load: {sum(statuses.values())} requests, {len(failed)} failed; {statuses}")


def roll():
    """Reads and changes without an end while the command is typed: no request fails, and no connection is refused."""
    statuses, failed, done = {}, [], threading.Event()

    def asks(token):
        caller, made = Caller(token), []
        while not done.is_set():
            try:
                if len(made) < 3:
                    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
                    key = {"name": "roll", "permissions": [], "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
                    status, text = caller.ask("POST", "/v1/api-keys", key)
                    if status == 201:
                        made.append(json.loads(text)["id"])
                else:
                    status, _ = caller.ask("DELETE", f"/v1/api-keys/{made.pop()}")
                statuses[status] = statuses.get(status, 0) + 1
                status, _ = caller.ask("GET", "/v1/me")
                statuses[status] = statuses.get(status, 0) + 1
                time.sleep(0.1)
            except Exception as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=asks, args=[token]) for token in tokens]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP)
    try:
        subprocess.run(sys.argv[4:], check=True, stdout=subprocess.DEVNULL)
        time.sleep(WARM_UP)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert statuses.get(200, 0) > 50 and statuses.get(201, 0) > 10, statuses
    assert set(statuses) <= {200, 201, 204, 429}, statuses
    assert not failed, (len(failed), failed[:3])
    print(f"both replicas restarted under load: {sum(statuses.values())} requests, {len(failed)} failed; {statuses}")


def kill():
    """Makes and revokes keys until the service is gone; notes the state of each key."""
    known = [{"there": [], "gone": [], "unknown": 0} for _ in tokens]

    def changes(caller, notes):
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
        key = {"name": "load", "permissions": [], "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        while time.monotonic() < ended:
            try:
                if len(notes["there"]) < 10:
                    status, text = caller.ask("POST", "/v1/api-keys", key)
                    if status == 201:
                        notes["there"].append(json.loads(text)["id"])
                else:
                    # Without an answer it may be there or not.
                    revoked = notes["there"].pop(0)
                    status, _ = caller.ask("DELETE", f"/v1/api-keys/{revoked}")
                    if status == 204:
                        notes["gone"].append(revoked)
                    else:
                        notes["there"].append(revoked)
                assert status in (201, 204, 429), status
                if status == 429:
                    time.sleep(0.05)
            except AssertionError:
                raise
            except Refused:
                return
            except Exception:
                notes["unknown"] += 1
                return

    threads = [threading.Thread(target=changes, args=[Caller(t), n]) for t, n in zip(tokens, known)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP)
    subprocess.run(sys.argv[5:], check=True, stdout=subprocess.DEVNULL)
    for thread in threads:
        thread.join()
    (directory / "known.json").write_text(json.dumps(known))


def compare():
    """Every key that was acknowledged is there, and every one whose revocation was is not."""
    known = json.loads((directory / "known.json").read_text())
    made = gone = 0
    for token, notes in zip(tokens, known):
        status, text = Caller(token).ask("GET", "/v1/api-keys?limit=100")
        assert status == 200, (status, text)
        there = {key["id"] for key in json.loads(text)["items"]}
        lost = set(notes["there"]) - there
        assert not lost, f"acknowledged and lost: {lost}"
        back = set(notes["gone"]) & there
        assert not back, f"revoked and back: {back}"
        made, gone = made + len(notes["there"]), gone + len(notes["gone"])
    assert made + gone > 30, (made, gone)
    print(f"docker kill under load: {made + 2 * gone} changes acknowledged, none lost")


{"stop": stop, "roll": roll, "kill": kill, "compare": compare}[word]()
