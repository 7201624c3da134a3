"""Reads /metrics with the parser of Prometheus's own library, after thousands of strange requests.

A parser is strict where a scraper would drop the sample without a word: a type that is missing, a
histogram whose buckets do not add up, a name twice. Arguments: the URL, and the authority's certificate.
"""

import ssl
import sys
import urllib.request

from prometheus_client.openmetrics.parser import text_string_to_metric_families

url, authority = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
with urllib.request.urlopen(url, context=context, timeout=30) as answer:
    kind = answer.headers["content-type"]
    text = answer.read().decode()
assert kind == "application/openmetrics-text; version=1.0.0; charset=utf-8", kind
families = list(text_string_to_metric_families(text))
samples = [sample for family in families for sample in family.samples]
requests = [sample for sample in samples if sample.name == "http_requests_total"]
answered = int(sum(sample.value for sample in requests))
print(f"{len(families)} families, {len(samples)} series, {answered} requests")
assert len(families) >= 20, families
assert answered > 1000, "the passes before are counted"
# What a client sends makes no series: routes are those of the table, and one for everything else.
routes = {sample.labels["route"] for sample in requests}
assert all(route == "none" or "%" not in route for route in routes), routes
assert len(samples) < 2000, len(samples)
