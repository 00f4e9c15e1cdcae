"""Whether peft loads an adapter that Cabochon saved, and computes the same with it.

    python3 test/golden/lora_loads.py FOLDER          (needs torch 2, transformers 5 and peft)

FOLDER holds the adapter of lora-tiny-peft/ as it was saved again (test/model/lora.test.ts saves it; CABOCHON_KEEP_LORA
names a folder where it stays). Prints the largest difference from the logits in lora-tiny.json.
"""

import json
import pathlib
import sys

import torch
from peft import PeftModel

from gemma3_tiny import POSITIONS, tiny_ids, tiny_model


def main(folder: str) -> None:
    golden = json.loads((pathlib.Path(__file__).parent / "lora-tiny.json").read_text())
    model = PeftModel.from_pretrained(tiny_model(), folder)
    logits = model(torch.tensor(tiny_ids())).logits[:, POSITIONS]
    print((logits - torch.tensor(golden["logits"])).abs().max().item())


if __name__ == "__main__":
    main(sys.argv[1])
