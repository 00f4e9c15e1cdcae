"""Rewards, Bradley-Terry loss and gradients of a small Gemma 3 reward model by transformers (float32, eager, CPU).

    python3 test/golden/reward_tiny.py > test/golden/reward-tiny.json      (needs torch 2 and transformers 5)

The model is Gemma3TextForSequenceClassification with one label, in the shape of gemma3_tiny.py and with weights from the
same formula. Each completion is run alone, so nothing is padded; transformers then takes its last token.
"""

import json
import sys

import torch
import transformers
from transformers import Gemma3TextConfig, Gemma3TextForSequenceClassification

from formula_weights import formula_weights
from gemma3_tiny import CONFIG

CENTER = 0.01
# Prompt, chosen, rejected, margin. Longer and shorter than the window (5); the second pair has no margin.
PAIRS = [
    ([2, 17, 60, 9, 33], [41, 8, 77, 1], [12, 90, 5, 63, 28, 44, 1], 0.3),
    ([2, 50], [9, 1], [96, 1], 0.0),
    ([2, 11, 22, 33, 44, 55, 66, 77], [88, 31, 1], [7, 1], 0.5),
]
GRADIENTS = {
    "score.weight": None,
    "model.embed_tokens.weight": [1, 2, 9, 60, 96],
    "model.layers.5.self_attn.q_proj.weight": [0, 13, 39],
    "model.layers.0.self_attn.k_norm.weight": None,
    "model.layers.6.mlp.down_proj.weight": [0, 7, 23],
    "model.norm.weight": None,
}


def main() -> None:
    config = Gemma3TextConfig(
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
        num_labels=1,
    )
    model = Gemma3TextForSequenceClassification(config)
    model.train()  # no dropout in this architecture; only so that nothing is left to a default
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for number, name in enumerate(sorted(parameters)):
            parameters[name].copy_(torch.from_numpy(formula_weights(number, parameters[name].shape)))

    # One at a time: with one sequence and no padding token the last token is the one that is taken.
    reward = lambda ids: model(torch.tensor([ids])).logits[0, 0]
    chosen = torch.stack([reward(prompt + good) for prompt, good, _, _ in PAIRS])
    rejected = torch.stack([reward(prompt + bad) for prompt, _, bad, _ in PAIRS])
    margins = torch.tensor([margin for *_, margin in PAIRS])
    plain = -torch.nn.functional.logsigmoid(chosen - rejected - margins)
    loss = (plain + CENTER * (chosen + rejected) ** 2).mean()
    loss.backward()
    json.dump(
        {
            "maker": f"reward_tiny.py, torch {torch.__version__}, transformers {transformers.__version__}",
            "center": CENTER,
            "pairs": PAIRS,
            "chosen": chosen.tolist(),
            "rejected": rejected.tolist(),
            "loss": loss.item(),
            "gradients": {
                name: {"rows": rows, "values": (parameters[name].grad if rows is None else parameters[name].grad[rows]).tolist()}
                for name, rows in GRADIENTS.items()
            },
            "gradientNorms": {name: parameters[name].grad.norm().item() for name in sorted(parameters)},
        },
        sys.stdout,
    )
    print()


if __name__ == "__main__":
    main()
