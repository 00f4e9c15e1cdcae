"""What transformers computes with the real Gemma 3 270M (float32, eager attention, CPU), from the GGUF file.

    python3 test/golden/gemma3_270m.py FILE.gguf > test/golden/gemma3-270m.json
                                                  (needs torch 2, transformers 5, gguf; 5 GB of memory, a minute)

For each prompt: the most likely next tokens with their log-probabilities, the log-probabilities of a completion, and
24 greedy tokens. Where two next tokens are nearly level, rounding may choose the other one: `margins` says by how many
nats each greedy token won.
"""

import hashlib
import json
import os
import sys

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

# Prompt and completion; the last prompt is longer than the window of 512 tokens.
TEXTS = [
    ("The capital of France is", " Paris, the largest city of the country."),
    ("Question: Anna has 3 apples and buys 4 more. How many apples does she have?\nAnswer:", " 3 + 4 = 7"),
    ("def fibonacci(n):\n    if n < 2:\n        return n\n", "    return fibonacci(n - 1) + fibonacci(n - 2)\n"),
    ("Die Hauptstadt von Österreich heißt", " Wien."),
    ("1, 2, 3, 4, 5, 6,", " 7, 8, 9, 10"),
    ("".join(f"Item {i}: a box of {i * i % 89} screws.\n" for i in range(60)), "Item 60: a box of 40 screws.\n"),
]
# One tensor of each number format in the file, and norms.
TENSORS = [
    "model.embed_tokens.weight",
    "model.layers.0.self_attn.q_proj.weight",
    "model.layers.0.self_attn.o_proj.weight",
    "model.layers.0.mlp.down_proj.weight",
    "model.layers.17.self_attn.k_norm.weight",
    "model.norm.weight",
]
VOCABULARY = 262_144
TOP = 10
GREEDY = 24


def main(path: str) -> None:
    folder, file = os.path.split(os.path.abspath(path))
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=file, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    config = model.config
    assert config.sliding_window == 512 and config.query_pre_attn_scalar == 256, config
    assert config.rope_parameters["full_attention"]["rope_theta"] == 1e6, config
    assert config.rope_parameters["sliding_attention"]["rope_theta"] == 1e4, config
    assert [i for i, kind in enumerate(config.layer_types) if kind == "full_attention"] == [5, 11, 17], config

    print(
        json.dumps(
            {
                "maker": f"gemma3_270m.py, torch {torch.__version__}, transformers {transformers.__version__}",
                "sha256": hashlib.sha256(open(path, "rb").read()).hexdigest(),
                "tensorSha256": {
                    name: hashlib.sha256(model.get_parameter(name).detach().numpy().tobytes()).hexdigest()
                    for name in TENSORS
                },
                "prompts": [golden(model, tokenizer, *texts) for texts in TEXTS],
            }
        )
    )


@torch.no_grad()
def golden(model, tokenizer, prompt: str, completion: str) -> dict:
    prompt_ids = [tokenizer.bos_token_id, *encode(tokenizer, prompt)]
    completion_ids = encode(tokenizer, completion)

    log_probs = model(torch.tensor([prompt_ids + completion_ids])).logits[0].log_softmax(-1)
    top = log_probs[len(prompt_ids) - 1].topk(TOP)
    scored = [log_probs[len(prompt_ids) - 1 + i, token].item() for i, token in enumerate(completion_ids)]

    # One token at a time over the whole sequence: nothing of the cache can be wrong here.
    greedy, margins = [], []
    for _ in range(GREEDY):
        best = model(torch.tensor([prompt_ids + greedy]), logits_to_keep=1).logits[0, -1].topk(2)
        greedy.append(best.indices[0].item())
        margins.append(round((best.values[0] - best.values[1]).item(), 4))
    return {
        "prompt": prompt,
        "promptIds": prompt_ids,
        "topIds": top.indices.tolist(),
        "topLogProbs": top.values.tolist(),
        "completion": completion,
        "completionIds": completion_ids,
        "completionLogProbs": scored,
        "greedyIds": greedy,
        "greedyText": tokenizer.decode(greedy, clean_up_tokenization_spaces=False),
        "margins": margins,
    }


def encode(tokenizer, text: str) -> list[int]:
    """transformers 5.24 takes runs of spaces for new tokens behind the vocabulary, where they are as ▁▁ too."""
    known = tokenizer.get_vocab()
    ids = tokenizer.encode(text, add_special_tokens=False)
    return [i if i < VOCABULARY else known[tokenizer.convert_ids_to_tokens(i).replace(" ", "▁")] for i in ids]


main(sys.argv[1])
