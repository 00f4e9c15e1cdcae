"""Blocks of every GGUF number format this project reads, and the numbers the `gguf` package finds in them.

    python3 test/golden/dequantize.py > test/golden/dequantize.json      (needs gguf 0.19)

Blocks are pseudo-random bytes, so that every bit of every field matters; only their float16 scales are set to sane
numbers, the second of which is subnormal. Bytes and float32 results are in hexadecimal.
"""

import importlib.metadata
import json

import numpy as np
from gguf import GGMLQuantizationType
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import dequantize

# Places of the float16 scales in a block.
SCALES = {"Q4_0": [0], "Q5_0": [0], "Q8_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
PLAIN = ["F32", "F16", "BF16"]
BLOCKS = 2


def main() -> None:
    formats = {}
    for number, name in enumerate([*PLAIN, *SCALES]):
        kind = GGMLQuantizationType[name]
        length, size = GGML_QUANT_SIZES[kind]
        if name in PLAIN:
            values = np.float32([1.5, -0.1, 3e-6, -65504.0, 0.0, 1e-41 if name != "F16" else 6e-8])
            blocks = plain_bytes(name, values)
        else:
            blocks = random_bytes(number, BLOCKS * size).reshape(BLOCKS, size)
            for place, scale in zip(SCALES[name], [0.01, -0.003]):
                blocks[0, place : place + 2] = np.frombuffer(np.float16(scale).tobytes(), np.uint8)
                blocks[1, place : place + 2] = np.frombuffer(np.float16(scale * 1e-3).tobytes(), np.uint8)
        found = dequantize(blocks, kind).astype(np.float32)
        formats[name] = {"bytes": blocks.tobytes().hex(), "values": found.astype("<f4").tobytes().hex()}
    print(json.dumps({"maker": f"dequantize.py, gguf {importlib.metadata.version('gguf')}", "formats": formats}))


def random_bytes(seed: int, count: int) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(seed)).integers(0, 256, count).astype(np.uint8)


def plain_bytes(name: str, values: np.ndarray) -> np.ndarray:
    if name == "F32":
        return values.view(np.uint8).copy()
    if name == "F16":
        return values.astype(np.float16).view(np.uint8)
    return (values.view(np.uint32) >> 16).astype(np.uint16).view(np.uint8)


main()
