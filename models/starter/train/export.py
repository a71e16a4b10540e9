"""Writes what users' files look like: the diffusers folder in f16 and the companions, under `<cache>/export` or `--to`.

python -m train.export --to models/starter/weights
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file

from .checkpoint import load_if_there
from .controlnet import KINDS_OF_HINT, load_controlnet
from .inversion import Inversion
from .ip_adapter import VISION, Adapter, VisionPretext
from .journal import log
from .sample import load_pipeline
from .settings import cache_folder
from .style_lora import ALPHA, RANK, STYLES, Lora

ABOUT = "trained by Strata from drawings that a program made; see models/starter/README.md"


def half(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: v.detach().half().contiguous() for k, v in tensors.items()}


def export_base(folder: Path):
    """The averaged weights; old-style tokenizer files replace what transformers writes, since every reader knows them."""
    pipeline = load_pipeline("cpu")
    pipeline.to(torch.float16)
    pipeline.save_pretrained(folder, safe_serialization=True)
    shutil.rmtree(folder / "tokenizer")
    shutil.copytree(cache_folder() / "tokenizer", folder / "tokenizer")
    shutil.copy(Path(__file__).parent.parent / "vocabulary.json", folder)
    for config in folder.rglob("*.json"):
        text = config.read_text()
        if str(cache_folder()) in text or "_name_or_path" in text:
            config.write_text(json.dumps({k: v for k, v in json.loads(text).items() if k != "_name_or_path"}, indent=2) + "\n")
    return pipeline.to(torch.float32)


def export_companions(folder: Path, unet) -> None:
    cache = cache_folder()
    for kind in KINDS_OF_HINT:
        if (cache / f"controlnet-{kind}.pt").exists():
            load_controlnet(unet, kind).half().save_pretrained(folder / f"controlnet-{kind}")
    for name in STYLES:
        state = load_if_there(cache / f"lora-{name}.pt")
        if state:
            lora = Lora(load_pipeline("cpu").unet)
            lora.load_state_dict(state["model"])
            facts = {
                "ss_network_module": "networks.lora",
                "ss_network_dim": str(RANK),
                "ss_network_alpha": str(ALPHA),
                "ss_output_name": name,
                "about": ABOUT,
            }
            (folder / "lora").mkdir(parents=True, exist_ok=True)
            save_file(half(lora.file_tensors()), folder / "lora" / f"{name}.safetensors", facts)
    state = load_if_there(cache / "inversion.pt")
    if state:
        inversion = Inversion(state["model"]["vectors"])
        (folder / "embeddings").mkdir(parents=True, exist_ok=True)
        save_file(
            {k: v.detach().contiguous() for k, v in inversion.file_tensors().items()},
            folder / "embeddings" / "ember.safetensors",
            {"about": ABOUT},
        )
    adapter_state, vision_state = load_if_there(cache / "ip-adapter.pt"), load_if_there(cache / "vision.pt")
    if adapter_state and vision_state:
        adapter, pretext = Adapter(unet), VisionPretext()
        adapter.load_state_dict(adapter_state["model"])
        pretext.load_state_dict(vision_state["model"])
        place = folder / "ip-adapter"
        place.mkdir(parents=True, exist_ok=True)
        save_file(half(adapter.file_tensors()), place / "ip-adapter.safetensors", {"about": ABOUT})
        pretext.encoder.half().save_pretrained(place / "image_encoder")
        (place / "image_encoder" / "preprocessor_config.json").write_text(
            json.dumps(
                {
                    "crop_size": VISION["image_size"],
                    "do_center_crop": True,
                    "do_convert_rgb": True,
                    "do_normalize": True,
                    "do_resize": True,
                    "feature_extractor_type": "CLIPFeatureExtractor",
                    "image_mean": [0.48145466, 0.4578275, 0.40821073],
                    "image_std": [0.26862954, 0.26130258, 0.27577711],
                    "resample": 3,
                    "size": VISION["image_size"],
                },
                indent=2,
            )
            + "\n"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=cache_folder() / "export")
    args = parser.parse_args()
    unet = export_base(args.to / "base").unet
    export_companions(args.to, unet)
    sizes = {str(f.relative_to(args.to)): f.stat().st_size for f in args.to.rglob("*.safetensors")}
    log("export", **sizes, total=sum(sizes.values()))
