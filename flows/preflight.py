"""What a run needs, checked before work: `daytwo doctor` shows it, `daytwo run` stops at what is missing."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

from flows.plan import fingerprints, origin_for
from flows.settings import Settings
from tasks.errors import DaytwoError, DependencyMissing
from tasks.keys import Keyring
from tasks.lake import Lake

TESSERACT_LANGUAGES = ("eng", "fra", "ara", "afr", "swa", "por", "amh", "yor", "osd")
APT = "apt-get install " + " ".join(["tesseract-ocr", *(f"tesseract-ocr-{lang}" for lang in TESSERACT_LANGUAGES)])
MODELS = ("ftfy", "langdetect", "onnxruntime", "presidio_analyzer", "py3langid", "pycld2", "tokenizers", "wordfreq")
FREE_BYTES = 1 << 30


class Finding(NamedTuple):
    """One thing looked at: its name, whether it is in order, what was seen, and the remedy where it is not."""

    name: str
    ok: bool
    seen: str
    remedy: str = ""


def tesseract() -> Finding:
    """Look for tesseract and its languages."""
    program = shutil.which("tesseract")
    if program is None:
        return Finding("tesseract", ok=False, seen="not found", remedy=APT)
    asked = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)  # noqa: S603
    there = set(asked.stdout.split())
    missing = [lang for lang in TESSERACT_LANGUAGES if lang not in there]
    if missing:
        return Finding("tesseract", ok=False, seen=f"no language {', '.join(missing)}", remedy=APT)
    return Finding("tesseract", ok=True, seen=f"{len(there & set(TESSERACT_LANGUAGES))} languages")


def models() -> Finding:
    """Look for the packages that carry models; nothing is downloaded at run time."""
    missing = [name for name in MODELS if importlib.util.find_spec(name) is None]
    if missing:
        remedy = "pip install --require-hashes -r requirements.lock"
        return Finding("models", ok=False, seen=f"not installed: {', '.join(missing)}", remedy=remedy)
    return Finding("models", ok=True, seen="installed")


def key(settings: Settings) -> Finding:
    """Look at the key file: there, readable by its owner only, and outside the lake."""
    try:
        ring = Keyring.load(settings.key_file)
    except DaytwoError as error:
        return Finding("key", ok=False, seen=str(error), remedy=error.remedy)
    for root in (settings.lake.restricted, settings.lake.shared):
        if settings.key_file.is_relative_to(root):
            return Finding("key", ok=False, seen="it lies inside the lake", remedy="Move it, and set key_file.")
    return Finding("key", ok=True, seen=f"epoch {ring.epoch}")


def lake(settings: Settings) -> Finding:
    """Look whether both roots can be written and have room."""
    try:
        Lake(settings.lake.restricted, settings.lake.shared).prepare()
    except DaytwoError as error:
        return Finding("lake", ok=False, seen=str(error), remedy=error.remedy)
    free = min(shutil.disk_usage(root).free for root in (settings.lake.restricted, settings.lake.shared))
    if free < FREE_BYTES:
        return Finding("lake", ok=False, seen=f"{free >> 20} MB free", remedy="Make room on the lake's disk.")
    return Finding("lake", ok=True, seen=f"{free >> 30} GB free")


def source(settings: Settings, name: str) -> Finding:
    """Look whether a source is there and lets us list it, wherever it is."""
    place = settings.sources[name].path
    try:
        first = next(origin_for(settings, name).listing(), None)
    except DaytwoError as error:
        return Finding(f"source {name}", ok=False, seen=str(error), remedy=error.remedy)
    return Finding(f"source {name}", ok=True, seen=f"{place}: {'files are there' if first else 'no files yet'}")


def steps(settings: Settings) -> Finding:
    """Look whether the params of sources and steps are known."""
    try:
        fingerprints(settings)
    except DaytwoError as error:
        return Finding("settings", ok=False, seen=str(error), remedy=error.remedy)
    return Finding("settings", ok=True, seen="known" if settings.sources else "known; no sources are set")


def prefect(settings: Settings) -> Finding:
    """Look which Prefect server a run would use."""
    from flows import server  # noqa: PLC0415

    if url := server.configured_url():
        ok = server.healthy(url)
        remedy = "" if ok else "Start it, or unset PREFECT_API_URL to use a server of daytwo's own."
        return Finding("prefect", ok=ok, seen=f"configured: {url}{'' if ok else ' does not answer'}", remedy=remedy)
    if url := server.running_url(settings.prefect):
        return Finding("prefect", ok=True, seen=f"daytwo up runs at {url}")
    return Finding("prefect", ok=True, seen="a run starts a server of its own (daytwo up starts one that stays)")


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield every finding, cheap ones first."""
    checks: tuple[Callable[[], Finding], ...] = (
        lambda: key(settings),
        lambda: lake(settings),
        lambda: steps(settings),
        *(partial(source, settings, name) for name in settings.sources),
        tesseract,
        models,
        lambda: prefect(settings),
    )
    for look in checks:
        yield look()


def check(settings: Settings) -> None:
    """Stop a run before work when something is missing that it needs.

    Raises ConfigError for key, lake, sources and steps, DependencyMissing for programs and models.
    """
    Keyring.load(settings.key_file)
    Lake(settings.lake.restricted, settings.lake.shared).prepare()
    fingerprints(settings)
    for name in settings.sources:
        next(origin_for(settings, name).listing(), None)
    for found in (tesseract(), models()):
        needed = found.name != "tesseract" or any(s.kind == "scans" for s in settings.sources.values())
        if needed and not found.ok:
            raise DependencyMissing(f"{found.name}: {found.seen}", remedy=f"Install it: {found.remedy}")
