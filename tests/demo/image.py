"""Looks into an image (`docker save IMAGE | image.py`): what a break-in would find there, and the list of crates.

`image.py CRATES IMAGE_SBOM` also holds the list inside the program to CRATES, which `.ci/sbom` wrote, and writes the SBOM of
the whole image: those crates, and every file beside the program with its hash. CycloneDX 1.5.
"""

import hashlib
import io
import json
import struct
import sys
import tarfile
import zlib

archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))
manifest = json.load(archive.extractfile("manifest.json"))[0]
described = archive.extractfile(manifest["Config"]).read()
config = json.loads(described)["config"]
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
source = [n for n in files if n.endswith((".rs", ".toml", ".sql")) or n.split("/")[0] in (".git", "build", "src", "tests")]
assert not source, f"source: {source}"
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


def sbom(listed):
    """The image as a component; what it is made of are the crates and the files beside the program."""
    beside = []
    for name, (entry, layer) in sorted(files.items()):
        if entry.isfile() and name != "service":
            digest = hashlib.sha256(layer.extractfile(entry).read()).hexdigest()
            beside.append({"type": "file", "name": f"/{name}", "hashes": [{"alg": "SHA-256", "content": digest}]})
    # Without it the service trusts no server.
    assert "/etc/ssl/certs/ca-certificates.crt" in {one["name"] for one in beside}, beside
    program = listed["metadata"]["component"]
    image = {
        "type": "container",
        "bom-ref": "image",
        "name": config["Labels"]["org.opencontainers.image.title"],
        "version": config["Labels"]["org.opencontainers.image.revision"],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(described).hexdigest()}],
    }
    layers = [{"name": "layer", "value": layer} for layer in json.loads(described)["rootfs"]["diff_ids"]]
    return listed | {
        "metadata": listed["metadata"] | {"component": image | {"properties": layers}},
        "components": [program, *listed["components"], *beside],
    }


if len(sys.argv) > 1:
    listed = json.load(open(sys.argv[1], encoding="utf-8"))
    inside = {(crate["name"], crate["version"]) for crate in crates if not crate.get("root")}
    named = {(crate["name"], crate["version"]) for crate in listed["components"]}
    assert inside == named, f"inside alone: {sorted(inside - named)}; in the SBOM alone: {sorted(named - inside)}"
    whole = sbom(listed)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(whole, file, indent=1)
    print(f"SBOM: {len(named)} crates, as inside the program; {len(whole['components']) - len(named) - 1} files beside it")
