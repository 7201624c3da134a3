"""Two replicas behind the balancer as one service: `replicas.py PORT CA TOKENS`.

A key that is revoked at one is refused by the other; a caller has one quota, not one at each replica. One address cannot use
up the balancer.
"""

import datetime
import http.client
import json
import pathlib
import select
import socket
import ssl
import sys
import time

port = int(sys.argv[1])
# The last one is a reader's, the one before an editor's.
editor, reader = pathlib.Path(sys.argv[3]).read_text().split()
context = ssl.create_default_context(cafile=sys.argv[2])
connection = http.client.HTTPSConnection("localhost", port, timeout=15, context=context)


def ask(method, path, token, body=None):
    headers = {"Authorization": f"Bearer {token}"}
    if body:
        headers["Content-Type"] = "application/json"
    connection.request(method, path, body and json.dumps(body), headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def revoked():
    """The balancer takes turns, so two requests in a row are for two replicas."""
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
    key = {"name": "revoked", "permissions": [], "expires_at": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
    for _ in range(5):
        status, text = ask("POST", "/v1/api-keys", editor, key)
        assert status == 201, (status, text)
        made = json.loads(text)
        for _ in range(4):
            assert ask("GET", "/v1/me", made["key"])[0] == 200
        assert ask("DELETE", f"/v1/api-keys/{made['id']}", editor)[0] == 204
        # The other replica hears of it from the database.
        started = time.monotonic()
        while 200 in [ask("GET", "/v1/me", made["key"])[0] for _ in range(4)]:
            assert time.monotonic() < started + 1, "a revoked key is good a second later"
    print("a key that one replica revoked is refused by both, five times")


def quota():
    """A caller has 200 requests at once and 50 a second after that, whichever replica they come to."""
    started = time.monotonic()
    statuses = [ask("GET", "/v1/me", reader)[0] for _ in range(500)]
    seconds = time.monotonic() - started
    granted = statuses.count(200)
    assert set(statuses) == {200, 429}, set(statuses)
    # Without one counter it would be 400.
    assert granted <= 200 + 50 * (seconds + 1), (granted, seconds)
    print(f"one quota for both replicas: {granted} of 500 requests in {seconds:.1f} s, of {200 + 50 * seconds:.0f} that it states")



def share():
    """One address has 256 connections, whole requests on them or not; the balancer closes the next ones at once."""
    opened = []
    for _ in range(300):
        try:
            opened.append(socket.create_connection(("localhost", port), timeout=5))
            # A part of a ClientHello.
            opened[-1].sendall(b"\x16\x03\x01\x02\x00")
        except ConnectionError:
            pass
    time.sleep(0.5)
    waiting = select.poll()
    for plain in opened:
        waiting.register(plain, select.POLLIN)
    # Only an end can come.
    kept = len(opened) - len(waiting.poll(0))
    for plain in opened:
        plain.close()
    assert 200 <= kept <= 256, kept
    print(f"one address: {kept} of 300 connections at a time")


revoked()
quota()
share()
