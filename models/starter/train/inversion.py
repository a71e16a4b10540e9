"""Stage 8: a textual inversion of two vectors, `<ember>`: warm things, outlined, on black (Gal et al. 2022).

python -m train.inversion --minutes 6
"""

from __future__ import annotations

import argparse

import torch
from torch import nn

from .frozen import SampleSource, load_frozen, noisy_loss, train_companion
from .settings import PLAN, TEXT_WIDTH, TOKENS
from .words import KIND_WORDS

VECTORS = 2


class Inversion(nn.Module):
    def __init__(self, start: torch.Tensor) -> None:
        super().__init__()
        self.vectors = nn.Parameter(start.clone())

    def file_tensors(self) -> dict[str, torch.Tensor]:
        return {"emb_params": self.vectors}


def train(minutes: float) -> None:
    frozen = load_frozen()
    tokenizer, table = frozen.tokenizer, frozen.text.get_input_embeddings()
    start = table.weight[tokenizer(["orange black"], add_special_tokens=False).input_ids[0]].detach()
    assert start.shape == (VECTORS, TEXT_WIDTH)
    inversion = Inversion(start).to(frozen.device)
    source = SampleSource(PLAN["inversion"].batch, frozen.device, pages="ember")
    marks = tokenizer(["! ?"], add_special_tokens=False).input_ids[0]

    def embeddings_with_vectors(_module: nn.Module, inputs: tuple[torch.Tensor, ...], output: torch.Tensor) -> torch.Tensor:
        for mark, vector in zip(marks, inversion.vectors):
            output = torch.where((inputs[0] == mark)[..., None], vector, output)
        return output

    table.register_forward_hook(embeddings_with_vectors)

    def loss_of(step: int) -> torch.Tensor:
        sample = source.next()
        said = [f"a {KIND_WORDS[s.things[0].kind][0]}, ! ?" for s in sample.scenes]
        ids = tokenizer(said, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt").input_ids.to(frozen.device)
        words = frozen.text(ids).last_hidden_state
        return noisy_loss(frozen, sample.latents, lambda x, t: frozen.unet(x, t, words, return_dict=False)[0])

    train_companion("inversion", inversion, minutes, loss_of)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, required=True)
    args = parser.parse_args()
    train(args.minutes)
