"""The disk cache of drawings: `pictures.u8` (N, 256, 256, 3) and `scenes.jsonl`, made by worker processes.

python -m train.pictures --workers 2
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from .checkpoint import log
from .render import render_picture
from .scene import Scene, sample_scene
from .settings import NATIVE, PICTURES, cache_folder

CHUNK = 500


def _draw_chunk(index: int) -> tuple[int, list[dict], np.ndarray]:
    rng = np.random.default_rng([2026, index])
    scenes = [sample_scene(rng) for _ in range(CHUNK)]
    return index, [s.to_json() for s in scenes], np.stack([np.asarray(render_picture(s, NATIVE, NATIVE)) for s in scenes])


def cached_count() -> int:
    path = cache_folder() / "pictures.u8"
    return path.stat().st_size // (NATIVE * NATIVE * 3) if path.exists() else 0


def open_pictures() -> np.ndarray:
    return np.memmap(cache_folder() / "pictures.u8", np.uint8, "r", shape=(cached_count(), NATIVE, NATIVE, 3))


def open_scenes() -> list[Scene]:
    with open(cache_folder() / "scenes.jsonl") as file:
        return [Scene.from_json(json.loads(line)) for line in file][: cached_count()]


def make_pictures(count: int, workers: int) -> None:
    """Goes on from what is there; chunk i is always the same pictures."""
    first = cached_count() // CHUNK
    folder = cache_folder()
    with (
        ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool,
        open(folder / "pictures.u8", "ab") as pixels,
        open(folder / "scenes.jsonl", "a") as scenes,
    ):
        for index, chunk, block in pool.map(_draw_chunk, range(first, count // CHUNK)):
            scenes.writelines(json.dumps(s) + "\n" for s in chunk)
            scenes.flush()
            pixels.write(block.tobytes())
            pixels.flush()
            log("pictures", drawn=(index + 1) * CHUNK)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=PICTURES)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    make_pictures(args.count, args.workers)
