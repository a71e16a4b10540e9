"""The disk cache of drawings: `scenes.jsonl` and, for each kind of drawing, `<kind>.u8` (N, 256, 256, 3), made by worker processes.

python -m train.pictures --workers 2            row i of every kind shows scene i
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from .blobs import blobs_hint
from .journal import log
from .render import render_lines, render_picture
from .scene import Scene, sample_scene
from .settings import NATIVE, PICTURES, cache_folder
from .variants import render_blueprint, render_ember, render_paper, render_rearranged

CHUNK = 500
PAGE_BYTES = NATIVE * NATIVE * 3
DRAWINGS = {
    "pictures": render_picture,
    "lines": render_lines,
    "blobs": blobs_hint,
    "rearranged": render_rearranged,
    "paper": render_paper,
    "blueprint": render_blueprint,
    "ember": render_ember,
}


def count_wanted(kind: str) -> int:
    """The companions learn from fewer drawings than the base model."""
    return {"pictures": PICTURES, "paper": 3_000, "blueprint": 3_000, "ember": 500}.get(kind, min(PICTURES, 12_000))


def chunk_scenes(index: int) -> list[Scene]:
    """Chunk `index` is the same on every computer."""
    rng = np.random.default_rng([2026, index])
    return [sample_scene(rng) for _ in range(CHUNK)]


def _draw_chunk(job: tuple[str, int]) -> tuple[int, np.ndarray]:
    kind, index = job
    return index, np.stack([np.asarray(DRAWINGS[kind](s)) for s in chunk_scenes(index)])


def cached_count(kind: str = "pictures") -> int:
    """Whole chunks only, so that a kill while writing is mended by the next run."""
    path = cache_folder() / f"{kind}.u8"
    return path.stat().st_size // (PAGE_BYTES * CHUNK) * CHUNK if path.exists() else 0


def open_drawings(kind: str = "pictures") -> np.ndarray:
    return np.memmap(cache_folder() / f"{kind}.u8", np.uint8, "r", shape=(cached_count(kind), NATIVE, NATIVE, 3))


def open_scenes() -> list[Scene]:
    """The scenes of all cached pictures, from the file or, once it is too short, drawn up anew."""
    path, count = cache_folder() / "scenes.jsonl", cached_count()
    lines = path.read_text().splitlines() if path.exists() else []
    if len(lines) < count:
        lines = [json.dumps(s.to_json()) for index in range(count // CHUNK) for s in chunk_scenes(index)]
        path.write_text("\n".join(lines) + "\n")
    return [Scene.from_json(json.loads(line)) for line in lines[:count]]


def make_drawings(kind: str, count: int, workers: int) -> None:
    """Goes on from what is there."""
    first, path = cached_count(kind) // CHUNK, cache_folder() / f"{kind}.u8"
    if first >= count // CHUNK:
        return
    path.touch()
    os.truncate(path, first * CHUNK * PAGE_BYTES)
    jobs = [(kind, index) for index in range(first, count // CHUNK)]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool, open(path, "ab") as file:
        for index, block in pool.map(_draw_chunk, jobs):
            file.write(block.tobytes())
            file.flush()
            if index % 4 == 3:
                log("pictures", kind=kind, drawn=(index + 1) * CHUNK)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=list(DRAWINGS), default="pictures")
    parser.add_argument("--count", type=int, help="default: what the plan wants")
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    make_drawings(args.kind, args.count or count_wanted(args.kind), args.workers)
