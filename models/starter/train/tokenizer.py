"""The small BPE tokenizer in CLIP's file format, learnt from captions and from plain English letters.

Order as in CLIP: 256 byte characters, the same with `</w>`, the merges, then the two special tokens.
Source: Radford et al. 2021 and transformers' tokenization_clip.py.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
from transformers import CLIPTokenizer

from .captions import caption
from .scene import sample_scene
from .settings import TOKENS, cache_folder
from .words import known_words

START, END = "<|startoftext|>", "<|endoftext|>"
# Common pieces so that an unknown word costs few tokens; it changes nothing in the meaning.
PIECES = (
    "the of to in is it for as was with be by on not he his at from are or have an they which one you had but all were when we there can "
    "more if out so said what up its about into than them do some could time these two may then other like only my now over such our man "
    "me even most made after also did many before must through back years where much your way well down should because each just those "
    "people how too little good very make world still own see men work long here get both between life being under never day same another "
    "know while last might us great old year off come since against go came right used take three"
).split()


def byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 byte values, in byte-table order."""
    kept = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    extra = [b for b in range(256) if b not in kept]
    return [chr(b) for b in kept] + [chr(256 + i) for i in range(len(extra))]


def learn_merges(words: Counter[str], limit: int) -> list[tuple[str, str]]:
    """Byte-pair merges by frequency until every frequent word is one token or `limit` is reached (Sennrich et al. 2016)."""
    split = {w: (*w[:-1], w[-1] + "</w>") for w in words}
    merges: list[tuple[str, str]] = []
    while len(merges) < limit:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, parts in split.items():
            for pair in pairwise(parts):
                pairs[pair] += words[word]
        if not pairs:
            break
        best = max(pairs, key=lambda p: (pairs[p], p))
        merges.append(best)
        for word, parts in split.items():
            joined, i = [], 0
            while i < len(parts):
                if parts[i : i + 2] == best:
                    joined.append(parts[i] + parts[i + 1])
                    i += 2
                else:
                    joined.append(parts[i])
                    i += 1
            split[word] = tuple(joined)
    return merges


def write_tokenizer(folder: Path) -> None:
    rng = np.random.default_rng(5)
    words: Counter[str] = Counter(PIECES)
    for _ in range(4000):
        words.update(caption(sample_scene(rng), rng).replace(",", " ").split())
    for word in known_words():
        words[word] += 1000
    characters = byte_characters()
    merges = learn_merges(words, 1200)
    tokens = [*characters, *(c + "</w>" for c in characters), *("".join(m) for m in merges), START, END]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    special = {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}
    (folder / "special_tokens_map.json").write_text(json.dumps(special, indent=2) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {"tokenizer_class": "CLIPTokenizer", "model_max_length": TOKENS, "do_lower_case": True, "add_prefix_space": False, **special},
            indent=2,
        )
        + "\n"
    )


def load_tokenizer() -> CLIPTokenizer:
    folder = cache_folder() / "tokenizer"
    if not (folder / "merges.txt").exists():
        write_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder)
