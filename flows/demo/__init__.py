"""The made-up corpus of `daytwo demo`: mail, tickets and scans of a made-up company, and what is in them."""

from flows.demo.corpus import write_corpus
from flows.demo.truth import DemoTruth

__all__ = ["DemoTruth", "write_corpus"]
