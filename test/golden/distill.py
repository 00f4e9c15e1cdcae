"""Distillation losses and gradients of a small Gemma 3, by torch and transformers (float32, eager attention, CPU).

    python3 test/golden/distill.py > test/golden/distill.json      (needs torch 2 and transformers 5)

The student is the model of gemma3_tiny.py; the teacher has half its layers and other formula weights. Losses are over the
last 12 tokens of each sequence: 0.3 * NLL + 0.7 * divergence, both per token.
"""

import json
import sys

import torch
import transformers
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from formula_weights import formula_weights

SHAPE = dict(
    vocab_size=97,
    hidden_size=24,
    intermediate_size=40,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=10,
    sliding_window=5,
    query_pre_attn_scalar=12,
    rms_norm_eps=1e-6,
    max_position_embeddings=64,
    rope_parameters={
        "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1_000_000.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
    },
    attn_implementation="eager",
)
TEACHER_LAYERS, TEACHER_OFFSET = 3, 100
BATCH, TOKENS, PROMPT = 2, 17, 5
TEMPERATURE = 1.5
TARGETS = 5
ROWS = {
    "model.embed_tokens.weight": [2, 9, 60, 96],
    "model.layers.5.self_attn.q_proj.weight": [0, 13, 39],
    "model.layers.0.self_attn.k_norm.weight": None,
    "model.layers.6.mlp.down_proj.weight": [0, 7, 23],
    "model.norm.weight": None,
}


def tiny(layers: int, offset: int) -> Gemma3ForCausalLM:
    model = Gemma3ForCausalLM(Gemma3TextConfig(num_hidden_layers=layers, **SHAPE))
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for number, name in enumerate(sorted(parameters)):
            parameters[name].copy_(torch.from_numpy(formula_weights(number + offset, parameters[name].shape)))
    return model


def jsd(log_p: torch.Tensor, log_q: torch.Tensor, beta: float) -> torch.Tensor:
    """Of each position; its ends are KL(P|Q) and KL(Q|P)."""
    kl = lambda a, b: (a.exp() * (a - b)).sum(-1)
    if beta == 0:
        return kl(log_p, log_q)
    if beta == 1:
        return kl(log_q, log_p)
    log_m = (beta * log_p.exp() + (1 - beta) * log_q.exp()).log()
    return beta * kl(log_p, log_m) + (1 - beta) * kl(log_q, log_m)


def targets_at(row: int, token: int) -> list[int]:
    return [(7 * token + 3 * k * k + 5 * row + 11 * k) % 97 for k in range(TARGETS)]


def main() -> None:
    student, teacher = tiny(7, 0), tiny(TEACHER_LAYERS, TEACHER_OFFSET)
    ids = [[(7 * t * t + 11 * t + 29 * b + 2) % 96 + 1 for t in range(TOKENS)] for b in range(BATCH)]
    inputs = torch.tensor(ids)
    with torch.no_grad():
        teacher_logits = teacher(inputs).logits[:, PROMPT - 1 : -1]
    parameters = dict(student.named_parameters())
    given = [[targets_at(b, t) for t in range(TOKENS - PROMPT)] for b in range(BATCH)]
    assert all(len(set(entry)) == TARGETS for row in given for entry in row)
    sparse = torch.zeros_like(teacher_logits)
    for b, row in enumerate(given):
        for t, entry in enumerate(row):
            for k, token in enumerate(entry):
                sparse[b, t, token] = (k + 1) / 15

    cases = []
    for beta in [None, 0, 0.1, 0.5, 0.9, 1]:
        student.zero_grad()
        logits = student(inputs).logits[:, PROMPT - 1 : -1]
        nll = torch.nn.functional.cross_entropy(logits.flatten(0, 1), inputs[:, PROMPT:].flatten())
        log_q = (logits / TEMPERATURE).log_softmax(-1)
        if beta is None:
            divergence = -(sparse * log_q).sum(-1).mean()
        else:
            divergence = jsd((teacher_logits / TEMPERATURE).log_softmax(-1), log_q, beta).mean()
        loss = 0.3 * nll + 0.7 * divergence
        loss.backward()
        cases.append(
            {
                "beta": beta,
                "nll": nll.item(),
                "divergence": divergence.item(),
                "gradients": {
                    name: {"rows": rows, "values": (parameters[name].grad if rows is None else parameters[name].grad[rows]).tolist()}
                    for name, rows in ROWS.items()
                },
                "gradientNorms": {name: parameters[name].grad.norm().item() for name in ROWS},
            }
        )
    json.dump(
        {
            "maker": f"distill.py, torch {torch.__version__}, transformers {transformers.__version__}",
            "teacher": {"numHiddenLayers": TEACHER_LAYERS, "offset": TEACHER_OFFSET},
            "ids": ids,
            "prompt": PROMPT,
            "temperature": TEMPERATURE,
            "targets": given,
            "cases": cases,
        },
        sys.stdout,
        default=float,
    )
    print()


main()
