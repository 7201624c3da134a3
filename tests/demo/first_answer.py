"""How long until the public listener answers a request with 200: `first_answer.py PORT WORD`. At most ten minutes."""

import http.client
import ssl
import sys
import time

port, word = int(sys.argv[1]), sys.argv[2]
# Only time is measured; the page's own requests verify the certificate.
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
start = time.monotonic()
while time.monotonic() < start + 600:
    connection = http.client.HTTPSConnection("localhost", port, timeout=5, context=context)
    try:
        connection.request("GET", "/healthz")
        if connection.getresponse().status == 200:
            print(f"{word} start to the first answer: {round((time.monotonic() - start) * 1000)} ms")
            sys.exit()
    except (OSError, http.client.HTTPException):
        time.sleep(0.02)
    finally:
        connection.close()
sys.exit("no answer in ten minutes")
