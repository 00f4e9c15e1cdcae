"""GRPO steps with TRL: samples, rewards, update. Stock, or patched to score completions only.

`ready` comes after `warmUp` steps; each `go` then lets one more step run.
"""

import re
import sys
import tempfile
import time

import torch
import trl
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from model import set_up, versions
from side import say


class CompletionsOnly(GRPOTrainer):
    """Applies the output head to the tokens that are scored and to no others; leaves entropies (a metric) out."""

    def _get_per_token_logps_and_entropies(
        self, model, input_ids, attention_mask, logits_to_keep, batch_size=None, **_
    ):
        parts = []
        for start in range(0, len(input_ids), batch_size or len(input_ids)):
            rows = slice(start, start + (batch_size or len(input_ids)))
            with self.accelerator.autocast():
                hidden = model.model(input_ids=input_ids[rows], attention_mask=attention_mask[rows]).last_hidden_state
                logits = model.lm_head(hidden[:, -logits_to_keep - 1 : -1])
            targets = input_ids[rows, -logits_to_keep:]
            # In the precision of the logits, row by row: as light as it gets.
            scores = [
                torch.nn.functional.log_softmax(row / self.temperature, -1).gather(1, target[:, None]).squeeze(1)
                for row, target in zip(logits, targets)
            ]
            parts.append(torch.stack(scores).float())
        logps = torch.cat(parts)
        return logps, torch.zeros_like(logps), None


class Turns(TrainerCallback):
    def __init__(self, warm_up, lengths):
        self.warm_up, self.lengths, self.steps = warm_up, lengths, 0

    def on_step_begin(self, args, state, control, **_):
        if self.steps == self.warm_up:
            say({"ready": versions(trl=trl.__version__)})
        if self.steps >= self.warm_up and not any(line.strip() == "go" for line in iter(sys.stdin.readline, "")):
            control.should_training_stop = True
            sys.stdout.flush()
            import os

            os._exit(0)
        self.lengths.clear()
        self.start = time.perf_counter()

    def on_step_end(self, args, state, control, **_):
        seconds = time.perf_counter() - self.start
        if self.steps >= self.warm_up:
            units = sum(self.lengths)
            say({"turn": {"seconds": seconds, "units": units, "result": {"completions": len(self.lengths)}}})
        self.steps += 1


def run(options):
    model = set_up(options)
    tokenizer = AutoTokenizer.from_pretrained(options["model"])
    rows = [{"prompt": row["prompt"], "answer": row["answer"]} for row in options["rows"]]
    lengths = []

    def exact(completions, completion_ids, answer, **_):
        lengths.extend(map(len, completion_ids))
        numbers = [re.findall(r"-?\d+", text) for text in completions]
        return [float(bool(found) and found[0] == right) for found, right in zip(numbers, answer)]

    per_step = len(rows) * options["numGenerations"]
    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(),
        use_cpu=True,
        bf16=options["autocast"],
        per_device_train_batch_size=options["rowsAtOnce"],
        gradient_accumulation_steps=per_step // options["rowsAtOnce"],
        num_generations=options["numGenerations"],
        max_completion_length=options["newTokens"],
        temperature=1.0,
        top_p=1.0,
        top_k=0,
        beta=0.0,
        learning_rate=1e-6,
        lr_scheduler_type="constant",
        gradient_checkpointing=False,
        optim="adamw_torch_fused",
        max_steps=1000,
        logging_steps=1000,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=False,
    )
    trainer = (CompletionsOnly if options["patched"] else GRPOTrainer)(
        model=model,
        args=config,
        reward_funcs=exact,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        callbacks=[Turns(options["warmUp"], lengths)],
    )
    trainer.train()


import json
import traceback

try:
    run(json.loads(sys.argv[1]))
except Exception as error:
    traceback.print_exc()
    say({"error": f"{type(error).__name__}: {str(error)[:600]}"})
