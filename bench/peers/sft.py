"""One step of full fine-tuning with transformers: float32 weights, optionally bfloat16 autocast and torch.compile."""

import torch

from model import set_up, versions
from side import main


def task(options):
    model = set_up(options)
    model.train()
    parameters = list(model.parameters())
    optimizer = torch.optim.AdamW(parameters, lr=options["learningRate"], weight_decay=0.0, fused=True)
    forward = torch.compile(model) if options.get("compile") else model
    ids = torch.tensor(options["ids"])
    labels = ids.clone()
    labels[:, : options["unweighted"]] = -100
    mask = torch.ones_like(ids)
    first = None

    def step():
        nonlocal first
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=options.get("autocast", False)):
            loss = forward(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        first = first or {"loss": loss.item(), "gradNorm": norm.item()}
        return ids.numel(), {"first": first, "loss": loss.item()}

    for _ in range(options["warmUp"]):
        step()
    return versions(parameters=sum(p.numel() for p in parameters)), step


main(task)
