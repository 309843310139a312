"""One calibrated decision from several detectors: a log-linear pool, with weights fitted by infra/train/language.py.

For a text and a language, the first logit is

    gain * log(p + doubt),  p = softmax(score * amount ** -damping)      (our n-gram model)
  + (base + growth * log(1 + bytes)) * share                             (CLD2's shares)
  + prior of the language's group

Then py3langid shares the probability of the languages that it knows out among these anew, in the same form: it has
no say on how likely they are together, because naive Bayes is as sure of itself on a language it has never seen.

Naive Bayes counts the same evidence many times over; `damping` takes that back, so that the pool's probabilities
are calibrated. `doubt` bounds what one detector can say against a language. A language that a detector does not know
is taken for its nearest kin that it knows (`tags.KIN`), else its p is `missing_d`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tasks.language.detector import Evidence, Matrix
from tasks.language.tags import AFRICAN, CLD2_UNKNOWN, COLUMN, KIN, LANGID_KNOWS, LANGUAGES, OTHERS, RESTS_ON, WORLD

Weights = Mapping[str, float]


def log_softmax(score: Matrix) -> Matrix:
    """Return the log of the normalized exponentials of each row; NaN stays NaN."""
    top = np.fmax(np.nanmax(np.where(np.isnan(score), -np.inf, score), axis=1, keepdims=True), -1e30)
    shifted = score - top
    return np.asarray(shifted - np.log(np.nansum(np.exp(shifted), axis=1, keepdims=True)), dtype=np.float64)


def posterior(found: Evidence, weights: Weights, name: str) -> Matrix:
    """Return the damped softmax of a detector's log-likelihoods; NaN where it does not know, or saw nothing."""
    scale = np.maximum(found.amount, 1.0) ** -weights[f"{name}.damping"]
    share = np.full_like(found.score, np.nan)
    saw = ~np.isnan(found.score).all(axis=1)
    share[saw] = np.exp(log_softmax(found.score[saw] * scale[saw, None]))
    return share


def likelihood(found: Evidence, weights: Weights, name: str) -> Matrix:
    """Return the term of a detector that gives log-likelihoods; 0 where it saw nothing."""
    share = posterior(found, weights, name)
    saw = np.asarray(~np.isnan(share).all(axis=1))
    share = _kin(share, np.asarray(np.isnan(share[saw]).all(axis=0)), weights["kin"])
    doubt, missing = np.exp(weights[f"{name}.doubt"]), np.exp(weights[f"{name}.missing"])
    term = weights[f"{name}.gain"] * np.log(np.where(np.isnan(share), missing, share) + doubt)
    return np.where(saw[:, None], term, 0.0)


def shares(found: Evidence, weights: Weights, name: str) -> Matrix:
    """Return the term of a detector that gives shares."""
    weight = weights[f"{name}.base"] + weights[f"{name}.growth"] * np.log1p(found.amount)
    unknown = np.zeros(len(LANGUAGES), dtype=bool)
    unknown[[COLUMN[tag] for tag in CLD2_UNKNOWN]] = True
    return _kin(found.score, unknown, weights["kin"]) * weight[:, None]


def _kin(share: Matrix, unknown: npt.NDArray[np.bool_], weight: float) -> Matrix:
    """Return shares in which languages that a detector does not know have `weight` times that of their nearest kin."""
    filled = share.copy()
    for tag, relative in KIN.items():
        if unknown[COLUMN[tag]] and not unknown[COLUMN[relative]]:
            filled[:, COLUMN[tag]] = share[:, COLUMN[relative]] * weight
    return filled


def prior(weights: Weights) -> npt.NDArray[np.float64]:
    """Return the prior logit of each language: by group only, never learnt for one language."""
    group = {"african": AFRICAN, "world": WORLD, "others": OTHERS, "resting": RESTS_ON}
    by_tag = {tag: weights[f"prior.{name}"] for name, tags in group.items() for tag in tags}
    return np.array([by_tag[tag] for tag in LANGUAGES])


def refined(logit: Matrix, found: Evidence, weights: Weights, name: str) -> Matrix:
    """Return logits with the probability of the languages that a detector knows shared out anew by it."""
    group = np.array([COLUMN[tag] for tag in LANGID_KNOWS])
    share = posterior(Evidence(found.score[:, group], found.amount), weights, name)
    saw = ~np.isnan(share).all(axis=1)
    before = logit[np.ix_(saw, group)]
    after = before + weights[f"{name}.gain"] * np.log(np.nan_to_num(share[saw]) + np.exp(weights[f"{name}.doubt"]))
    result = logit.copy()
    result[np.ix_(saw, group)] = log_softmax(after) + _log_sum(before)
    return result


def _log_sum(logit: Matrix) -> Matrix:
    top = logit.max(axis=1, keepdims=True)
    return np.asarray(top + np.log(np.exp(logit - top).sum(axis=1, keepdims=True)), dtype=np.float64)


def together(terms: Matrix, ends: Sequence[int], amount: npt.NDArray[np.float64]) -> Matrix:
    """Return the terms of whole texts from those of their pieces; text i has pieces `ends[i]` to `ends[i + 1]`.

    The mean weighted by `amount`, times the square root of the number of pieces: pieces that agree make more sure, and
    no piece in another language can veto the language of the rest.
    """
    whole = np.zeros((len(ends) - 1, terms.shape[1]))
    for text, (first, last) in enumerate(pairwise(ends)):
        share = amount[first:last] / max(amount[first:last].sum(), 1.0)
        whole[text] = share @ terms[first:last] * np.sqrt(last - first)
    return whole


def logits(term: Matrix, found: Mapping[str, Evidence], weights: Weights, mask: Matrix) -> Matrix:
    """Return the pooled logits.

    `term` is what `likelihood` made of our model's evidence; `mask` is added for the scripts
    (`tasks.language.scripts.masks`).
    """
    pooled = term + shares(found["cld2"], weights, "cld2") + prior(weights)
    pooled = refined(pooled + mask, found["langid"], weights, "langid")
    return pooled * calibration(found["langid"].amount, weights)[:, None]


def calibration(size: npt.NDArray[np.float64], weights: Weights) -> npt.NDArray[np.float64]:
    """Return what to multiply logits by so that probabilities come true: less on short text. `size` in bytes."""
    return weights["calibration.top"] / (1.0 + max(0.0, weights["calibration.short"]) / (1.0 + size))


def probabilities(logit: Matrix) -> Matrix:
    """Return the softmax of each row."""
    return np.exp(log_softmax(logit))
