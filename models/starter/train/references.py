"""What the IP-Adapter learns from: pages with a reference each, for the whole page or for a part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from .captions import caption
from .frozen import SampleSource
from .pictures import open_drawings
from .regions import areas_of
from .scene import Scene

PLAIN_PROMPTS = ("a picture", "an illustration", "a drawing", "a poster")


@dataclass
class Referred:
    """Latents (N, C, h, w), references as bytes (N, 256, 256, 3), and what is said.

    `areas` (N, 1, h, w) is where references act, if not everywhere.
    """

    latents: torch.Tensor
    references: np.ndarray
    said: list[str]
    areas: torch.Tensor | None = None


class ReferenceSource(SampleSource):
    def __init__(self, batch: int, device: str) -> None:
        super().__init__(batch, device, beside="rearranged")
        self.pictures = open_drawings()
        self.alone: dict[tuple[str, str], list[int]] = {}
        for i, scene in enumerate(self.scenes):
            if len(scene.things) == 1:
                self.alone.setdefault((scene.things[0].kind, scene.things[0].colour), []).append(i)
        self.pairs = [i for i, scene in enumerate(self.scenes[: self.count]) if len(scene.things) == 2 and self._known(scene)]

    def _known(self, scene: Scene) -> bool:
        return all((thing.kind, thing.colour) in self.alone for thing in scene.things)

    def single_things(self) -> tuple[np.ndarray, list[Scene]]:
        """Pictures of one thing."""
        sample = self.next()
        singles = [i for i, scene in enumerate(sample.scenes) if len(scene.things) == 1]
        return sample.beside[singles], [sample.scenes[i] for i in singles]

    def whole(self) -> Referred:
        """The reference says everything; words seldom help."""
        sample = self.next()
        said = [c if self.rng.random() < 0.3 else str(self.rng.choice(PLAIN_PROMPTS)) for c in self.captions(sample.scenes)]
        return Referred(sample.latents, sample.beside, said)

    def masked(self) -> Referred:
        """Words say the background and one thing; the reference, a picture of its own, shows the other thing where that is."""
        picked = np.sort(self.rng.choice(self.pairs, self.batch))
        scenes, which = [self.scenes[i] for i in picked], self.rng.integers(2, size=self.batch)
        shown = [scene.things[n] for scene, n in zip(scenes, which)]
        references = [int(self.rng.choice(self.alone[thing.kind, thing.colour])) for thing in shown]
        said = [caption(replace(scene, things=(scene.things[1 - n],)), self.rng) for scene, n in zip(scenes, which)]
        latents = self.latents_of(picked)
        areas = areas_of(scenes, *latents.shape[2:], self.rng)[range(self.batch), which][:, None]
        return Referred(latents, self.pictures[references], said, areas.to(self.device))
