"""What the settings ask for, as steps and readers with their params. Imports no Prefect: it is checked before work."""

from __future__ import annotations

from flows.settings import Settings, step_params
from tasks.extract import Reading
from tasks.lineage import fingerprint
from tasks.origins import Origin
from tasks.origins.by_scheme import origin_of
from tasks.registry import CLEAN_STEPS, STEPS, find, source_of
from tasks.step import Params, Step
from tasks.threads.resolve import VERSION as THREADS_VERSION
from tasks.threads.resolve import ThreadParams

ATTACHMENT_KIND = "scans"
"""Attachments of mails that are pictures or PDF are read like scans."""


def readings(settings: Settings) -> dict[str, Reading]:
    """Return how each source of the settings is read.

    Raises ConfigError for a param that the reader does not know.
    """
    found = {}
    scans = source_of(ATTACHMENT_KIND)
    for name, given in settings.sources.items():
        source = source_of(given.kind)
        params = step_params(source.params, given.params, f"sources.{name}.params")
        attachments = ((ATTACHMENT_KIND, scans.params()),) if given.kind == "email" else ()
        found[name] = Reading(name, given.kind, params, given.lang_hint, attachments)
    return found


def chain(settings: Settings) -> list[tuple[Step, Params]]:
    """Return the clean steps with the params of the settings.

    Raises ConfigError for an unknown step or param.
    """
    for name in settings.steps:
        find(name, STEPS)
    return [(s, step_params(s.params, settings.steps.get(s.name, {}), f"steps.{s.name}")) for s in CLEAN_STEPS]


def step_fingerprints(settings: Settings) -> dict[str, str]:
    """Return the fingerprint of every step between extract and assemble: when one changes, all is cleaned anew."""
    found = {step.name: step.fingerprint(params) for step, params in chain(settings)}
    threads = thread_params(settings).model_dump(mode="json")
    return found | {"resolve-threads": fingerprint("resolve-threads", THREADS_VERSION, threads)}


def fingerprints(settings: Settings) -> dict[str, str]:
    """Return the fingerprint of every step and source, by name: what the version record names."""
    read = {f"{r.source.name}:{name}": r.source.fingerprint(r.params) for name, r in readings(settings).items()}
    return step_fingerprints(settings) | read


def thread_params(settings: Settings) -> ThreadParams:
    """Return the params of resolve-threads."""
    return ThreadParams(own_domains=settings.dataset.own_domains)


def origin_for(settings: Settings, name: str) -> Origin:
    """Return the origin of a source of the settings.

    Raises ConfigError when its path names none.
    """
    source = settings.sources[name]
    return origin_of(source.path, settings.s3.access, source.access)
