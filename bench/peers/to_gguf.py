"""Writes a GGUF with every matrix in BF16 or F16: to_gguf.py SOURCE.gguf TARGET.gguf BF16|F16.

Texts, sizes and tokenizer are those of the source; its quantised matrices are dequantised first, as we do to make the
weights that all sides run.
"""

import sys

import gguf
import numpy as np
from gguf.quants import dequantize, quantize

source, target, kind = sys.argv[1:]
reader = gguf.GGUFReader(source)
matrices = gguf.GGMLQuantizationType[kind]
architecture = reader.fields["general.architecture"].contents()
writer = gguf.GGUFWriter(target, architecture)
OWN = {"general.architecture", "general.file_type", "general.quantization_version"}
for name, field in reader.fields.items():
    if name.startswith("GGUF.") or name in OWN:
        continue
    sub = field.types[1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
    writer.add_key_value(name, field.contents(), field.types[0], sub_type=sub)
writer.add_file_type(gguf.LlamaFileType.MOSTLY_BF16 if kind == "BF16" else gguf.LlamaFileType.MOSTLY_F16)
for tensor in reader.tensors:
    values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
    wanted = matrices if values.ndim > 1 else gguf.GGMLQuantizationType.F32
    writer.add_tensor(tensor.name, quantize(values, wanted), raw_dtype=wanted)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
