"""LoRA by peft on the small Gemma 3 of gemma3_tiny.py (float32, eager attention, CPU).

    python3 test/golden/lora_tiny.py                   (needs torch 2, transformers 5 and peft)

Writes lora-tiny.json and the adapter as peft saves it, lora-tiny-peft/, beside this script. A and B come from the formula
of formula_weights.py by the number of each name in alphabetical order, from FIRST on, so that neither is zero.
"""

import json
import pathlib

import peft
import torch
import transformers
from peft import LoraConfig, get_peft_model

from formula_weights import formula_weights
from gemma3_tiny import POSITIONS, tiny_ids, tiny_model

HERE = pathlib.Path(__file__).parent
RANK, ALPHA, FIRST = 2, 5, 500
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
OPTIONS = {"learningRate": 0.003, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weightDecay": 0.1, "maxGradNorm": 0.5}
STEPS = 5
LAYER = "base_model.model.model.layers"
# Written whole: gradients before the first step, and values after the last.
SHOWN = [f"{LAYER}.0.self_attn.q_proj", f"{LAYER}.5.self_attn.o_proj", f"{LAYER}.6.mlp.down_proj"]
MERGED = "model.layers.5.self_attn.v_proj.weight"


def main() -> None:
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM")
    model = get_peft_model(tiny_model(), config)
    trained = {name.replace(".default", ""): value for name, value in model.named_parameters() if value.requires_grad}
    with torch.no_grad():
        for number, name in enumerate(sorted(trained)):
            trained[name].copy_(torch.from_numpy(formula_weights(FIRST + number, trained[name].shape)))
    folder = HERE / "lora-tiny-peft"
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    saved = json.loads((folder / "adapter_config.json").read_text())
    (folder / "adapter_config.json").write_text(json.dumps({**saved, "target_modules": sorted(saved["target_modules"])}, indent=2) + "\n")

    ids = torch.tensor(tiny_ids())
    shown = lambda of: {n: of(trained[n]).tolist() for n in sorted(trained) if any(n.startswith(f"{s}.") for s in SHOWN)}
    optimizer = torch.optim.AdamW(
        trained.values(),
        lr=OPTIONS["learningRate"],
        betas=(OPTIONS["beta1"], OPTIONS["beta2"]),
        eps=OPTIONS["epsilon"],
        weight_decay=OPTIONS["weightDecay"],
    )
    losses, norms, first = [], [], {}
    for _ in range(STEPS):
        logits = model(ids).logits
        loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        if not first:
            first = {
                "logits": logits[:, POSITIONS].tolist(),
                "gradients": shown(lambda value: value.grad),
                "gradientNorms": {name: trained[name].grad.norm().item() for name in sorted(trained)},
            }
        losses.append(loss.item())
        norms.append(torch.nn.utils.clip_grad_norm_(trained.values(), OPTIONS["maxGradNorm"]).item())
        optimizer.step()
    result = {
        "maker": f"lora_tiny.py, peft {peft.__version__}, torch {torch.__version__}, transformers {transformers.__version__}",
        "rank": RANK,
        "alpha": ALPHA,
        "options": OPTIONS,
        "losses": losses,
        "gradNorms": norms,
        **first,
        "trained": shown(lambda value: value.detach()),
        "merged": model.merge_and_unload().state_dict()[MERGED].tolist(),
    }
    (HERE / "lora-tiny.json").write_text(json.dumps(rounded(result)) + "\n")


def rounded(value: object) -> object:
    """With nine significant digits, which is all that float32 has."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    main()
