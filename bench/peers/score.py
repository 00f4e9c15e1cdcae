"""Log-probabilities of given completions with transformers, logits only where they are asked for."""

import torch

from model import set_up, versions
from side import main


def task(options):
    model = set_up(options).eval()
    forward = torch.compile(model) if options.get("compile") else model
    ids = torch.tensor(options["ids"])
    prompt, rows = options["promptTokens"], options["rowsAtOnce"]

    def score():
        sums = []
        with torch.inference_mode(), torch.autocast(
            "cpu", dtype=torch.bfloat16, enabled=options.get("autocast", False)
        ):
            for chunk in ids.split(rows):
                targets = chunk[:, prompt:]
                logits = forward(input_ids=chunk, use_cache=False, logits_to_keep=targets.shape[1] + 1).logits[:, :-1]
                # One row at a time, as TRL does: a float32 copy of all logits would cost more than it gains.
                for row, target in zip(logits, targets):
                    logp = row.float().log_softmax(-1).gather(1, target[:, None]).squeeze(1)
                    sums.append(logp.sum().item())
        return ids.numel(), sums[:4]

    for _ in range(options["warmUp"]):
        score()
    return versions(), score


main(task)
