const GGUF_NAMES: Readonly<Record<string, string>> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  post_attention_norm: 'post_attention_layernorm',
  ffn_norm: 'pre_feedforward_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
  post_ffw_norm: 'post_feedforward_layernorm',
};

// With vision: as on the hub, as transformers saves it since 4.52, and text-only.
const TEXT_PREFIXES = ['language_model.model.', 'model.language_model.', 'model.'];
const VISION = /^(model\.)?(vision_tower|multi_modal_projector)\./;
const TIED_HEAD = /^(language_model\.)?lm_head\.weight$/;

/**
 * Canonical name (that of a text-only Hugging Face checkpoint) of a tensor in a Hugging Face checkpoint; null for the
 * vision part and for a copy of the tied head.
 */
export function canonicalNameFromHuggingFace(name: string): string | null {
  if (VISION.test(name) || TIED_HEAD.test(name)) return null;
  const prefix = TEXT_PREFIXES.find((candidate) => name.startsWith(candidate));
  return prefix ? `model.${name.slice(prefix.length)}` : name;
}

/** Canonical name of a tensor in a GGUF file; a name that is not known stays as it is. */
export function canonicalNameFromGguf(name: string): string {
  if (name === 'token_embd.weight') return 'model.embed_tokens.weight';
  if (name === 'output_norm.weight') return 'model.norm.weight';
  const [, layer, part] = /^blk\.(\d+)\.(\w+)\.weight$/.exec(name) ?? [];
  const known = part && GGUF_NAMES[part];
  return known ? `model.layers.${layer}.${known}.weight` : name;
}
