"""Special tokens of chat templates in the text of a customer: a model must never read them as turns."""

from __future__ import annotations

import re

from tasks.normalize.characters import Rule

NAMES = (
    "s|bos|eos|pad|unk|mask|sep|cls|start_of_turn|end_of_turn|start_of_image|end_of_image|tool_call|tool_response|tools"
    "|think|function_call|im_start|im_end|endoftext|endofprompt|startoftext|image_soft_token"
    r"|fim_prefix|fim_middle|fim_suffix|fim_pad|file_sep|repo_name|reponame|gh_stars|extra_id_\d+|unused\d+"
)
BRACKETED = (
    "INST|SYS|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|SYSTEM_PROMPT|IMG|IMG_BREAK|IMG_END"
    "|PREFIX|SUFFIX|MIDDLE|BOS|EOS|CLS|SEP|MASK|PAD|UNK"
)

TEMPLATE_TOKENS = Rule(
    "template-token",
    re.compile(
        rf"<\|[\w \u2581.:/-]{{1,64}}\|>"  # ChatML, Llama 3, Phi, Qwen; DeepSeek's, once its wide bars are folded
        rf"|</?(?:{NAMES})>"  # Llama 2, Gemma, T5, Hermes, StarCoder
        rf"|\[/?(?:{BRACKETED})\]"  # Llama 2, Mistral, BERT
        r"|<</?SYS>>"
    ),
    lambda match: f"{match.group()[0]} {match.group()[1:]}",
    "template_token",
)
"""A blank after the opening bracket: still readable, no tokenizer's special token, and nothing is lost."""
