"""Logits, loss and gradients of a small Gemma 3 by transformers (float32, eager attention, CPU).

    python3 test/golden/gemma3_tiny.py > test/golden/gemma3-tiny.json      (needs torch 2 and transformers 5)

All sizes differ, the window (5) is shorter than the sequence (17), layer 5 is global and its positions are divided by
8. Weights come from a formula that TypeScript has too (test/support/formula-weights.ts), so the file holds none.
"""

import json
import sys

import torch
import transformers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from formula_weights import formula_weights

CONFIG = {
    "vocabSize": 97,
    "hiddenSize": 24,
    "intermediateSize": 40,
    "numHiddenLayers": 7,
    "numAttentionHeads": 4,
    "numKeyValueHeads": 2,
    "headDim": 10,
    "slidingWindow": 5,
    "slidingWindowPattern": 6,
    "ropeTheta": 1000000,
    "ropeLocalBaseFreq": 10000,
    "ropeScalingFactor": 8,
    "queryPreAttnScalar": 12,
    "rmsNormEps": 1e-6,
    "maxPositionEmbeddings": 64,
}
BATCH, TOKENS = 2, 17
POSITIONS = [0, 4, 5, 11, 16]
# Rows of each gradient that are written; None for all.
GRADIENTS = {
    "model.embed_tokens.weight": [2, 9, 60, 96],
    "model.layers.5.self_attn.q_proj.weight": [0, 13, 39],
    "model.layers.5.self_attn.v_proj.weight": [0, 19],
    "model.layers.0.self_attn.k_norm.weight": None,
    "model.layers.6.mlp.down_proj.weight": [0, 7, 23],
    "model.layers.1.mlp.gate_proj.weight": [0, 39],
    "model.layers.2.post_attention_layernorm.weight": None,
    "model.norm.weight": None,
}


def tiny_model() -> Gemma3ForCausalLM:
    model = Gemma3ForCausalLM(
        Gemma3TextConfig(
            vocab_size=CONFIG["vocabSize"],
            hidden_size=CONFIG["hiddenSize"],
            intermediate_size=CONFIG["intermediateSize"],
            num_hidden_layers=CONFIG["numHiddenLayers"],
            num_attention_heads=CONFIG["numAttentionHeads"],
            num_key_value_heads=CONFIG["numKeyValueHeads"],
            head_dim=CONFIG["headDim"],
            sliding_window=CONFIG["slidingWindow"],
            query_pre_attn_scalar=CONFIG["queryPreAttnScalar"],
            rms_norm_eps=CONFIG["rmsNormEps"],
            max_position_embeddings=CONFIG["maxPositionEmbeddings"],
            rope_parameters={
                "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1_000_000.0},
                "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
            },
            attn_implementation="eager",
        )
    )
    kinds = [layer.self_attn.sliding_window is None for layer in model.model.layers]
    assert kinds == [False] * 5 + [True, False], kinds
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for number, name in enumerate(sorted(parameters)):
            parameters[name].copy_(torch.from_numpy(formula_weights(number, parameters[name].shape)))
    return model


def tiny_ids() -> list[list[int]]:
    # Not in order, with repeats, and different in the two rows. No 0: transformers gives padding no input gradient.
    return [[(7 * t * t + 11 * t + 29 * b + 2) % (CONFIG["vocabSize"] - 1) + 1 for t in range(TOKENS)] for b in range(BATCH)]


def main() -> None:
    model, ids = tiny_model(), tiny_ids()
    parameters = dict(model.named_parameters())
    result = model(torch.tensor(ids))
    logits = result.logits
    loss = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), torch.tensor(ids)[:, 1:].flatten())
    loss.backward()

    json.dump(
        {
            "maker": f"gemma3_tiny.py, torch {torch.__version__}, transformers {transformers.__version__}",
            "config": CONFIG,
            "ids": ids,
            "positions": POSITIONS,
            "logits": logits[:, POSITIONS].tolist(),
            "loss": loss.item(),
            "gradients": {
                name: {"rows": rows, "values": (parameters[name].grad if rows is None else parameters[name].grad[rows]).tolist()}
                for name, rows in GRADIENTS.items()
            },
            "gradientNorms": {name: parameters[name].grad.norm().item() for name in sorted(parameters)},
        },
        sys.stdout,
        default=float,
    )
    print()


if __name__ == "__main__":
    main()
