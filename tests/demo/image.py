"""Looks into an image (`docker save IMAGE | image.py`): what a break-in would find there, and the list of crates."""

import io
import json
import struct
import sys
import tarfile
import zlib

archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
manifest = json.load(archive.extractfile("manifest.json"))[0]
config = json.load(archive.extractfile(manifest["Config"]))["config"]
files = {}
for name in manifest["Layers"]:
    layer = tarfile.open(fileobj=io.BytesIO(archive.extractfile(name).read()))
    for entry in layer.getmembers():
        files[entry.name.removeprefix("./")] = (entry, layer)

programs = sorted(n for n, (e, _) in files.items() if e.isfile() and e.mode & 0o111)
assert programs == ["service"], f"more than one program: {programs}"
privileged = [n for n, (e, _) in files.items() if e.mode & 0o6000 and e.isfile()]
assert not privileged, f"setuid or setgid: {privileged}"
entry, layer = files["service"]
assert (entry.uid, entry.mode & 0o022) == (0, 0), "the program belongs to root, and no one else may write it"
assert config["User"] == "65532:65532", config["User"]
assert config["Entrypoint"] == ["/service"] and config["StopSignal"] == "SIGTERM", config
assert config["Healthcheck"]["Test"] == ["CMD", "/service", "healthcheck"], config["Healthcheck"]
assert config["Labels"]["org.opencontainers.image.revision"], config["Labels"]
secrets = [n for n in files if n.endswith((".key", ".env")) or "id_" in n]
assert not secrets, f"secrets: {secrets}"


def section(elf, wanted):
    """The bytes of a section of a 64-bit ELF file."""
    (table,), (size, count, names) = struct.unpack_from("<Q", elf, 40), struct.unpack_from("<HHH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, table + i * size) for i in range(count)]
    for name, _, _, _, offset, length in headers:
        begin = headers[names][4] + name
        if elf[begin : elf.index(b"\0", begin)] == wanted:
            return elf[offset : offset + length]
    raise AssertionError(f"no section {wanted}")


program = layer.extractfile(entry).read()
crates = json.loads(zlib.decompress(section(program, b".dep-v0")))["packages"]
assert {"actix-web", "rustls"} <= {crate["name"] for crate in crates}
count = struct.unpack_from("<H", program, 56)[0]
headers = [struct.unpack_from("<I", program, 64 + i * 56)[0] for i in range(count)]
assert 3 not in headers, "the program asks for a loader: it is not static"
print(f"program: {len(program)} bytes, static, {len(crates)} crates listed inside")
