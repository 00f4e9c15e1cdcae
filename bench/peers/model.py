"""transformers' model on all cores, as its users would set it up for speed."""

import os

import torch
import transformers
from transformers import AutoModelForCausalLM


def set_up(options):
    torch.set_num_threads(os.cpu_count())
    torch.manual_seed(0)
    if options.get("onednn_bf16"):
        # Float32 everywhere, but products of matrices in bfloat16 inside oneDNN.
        torch.backends.mkldnn.matmul.fp32_precision = "bf16"
    dtype = torch.bfloat16 if options.get("dtype") == "bfloat16" else torch.float32
    return AutoModelForCausalLM.from_pretrained(
        options["model"], dtype=dtype, attn_implementation=options.get("attention", "sdpa")
    )


def versions(**more):
    return {"torch": torch.__version__, "transformers": transformers.__version__, "threads": torch.get_num_threads(), **more}
