"""Greedy `generate` of transformers on prompts of one length."""

import torch

from model import set_up, versions
from side import main


def task(options):
    model = set_up(options).eval()
    ids = torch.tensor(options["ids"])
    ends = set(model.generation_config.eos_token_id)
    mask = torch.ones_like(ids)
    settings = {"max_new_tokens": options["newTokens"], "do_sample": False, "pad_token_id": 0}
    if options.get("cache") == "static":
        settings["cache_implementation"] = "static"
        model.generation_config.cache_implementation = "static"
        model.forward = torch.compile(model.forward)

    def decode():
        with torch.inference_mode():
            out = model.generate(input_ids=ids, attention_mask=mask, **settings)
        completions = out[:, ids.shape[1] :].tolist()
        # A row that ends early is filled with padding after its end token.
        completions = [row[: next((i + 1 for i, t in enumerate(row) if t in ends), None)] for row in completions]
        return sum(map(len, completions)), completions

    for _ in range(options["warmUp"]):
        decode()
    return versions(), decode


main(task)
