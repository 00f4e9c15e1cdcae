import type { Tokenizer } from './tokenizer.ts';

const BOS = '<bos>';

/**
 * Ids of a prompt: BOS exactly once, also if the text brings its own, then the text.
 *
 * @param chat Wrap the text as one user turn that the model is to answer. Turns are trimmed, as in Gemma's own template.
 */
export function encodePrompt(tokenizer: Tokenizer, prompt: string, chat: boolean): number[] {
  const text = prompt.startsWith(BOS) ? prompt.slice(BOS.length) : prompt;
  const wrapped = `<start_of_turn>user\n${text.trim()}<end_of_turn>\n<start_of_turn>model\n`;
  return [tokenizer.bosId, ...tokenizer.encode(chat ? wrapped : text)];
}

/** The token that ends a completion: `<end_of_turn>` in a chat, else `<eos>`. */
export function endTokenId(tokenizer: Tokenizer, chat: boolean): number {
  return chat ? tokenizer.endOfTurnId : tokenizer.eosId;
}

/**
 * Gemma's chat template in Jinja, for `tokenizer_config.json`: roles `user` and `model`, and no system role: what a
 * system message says goes in front of the first user turn.
 */
export const CHAT_TEMPLATE = [
  '{{ bos_token }}',
  "{% set prefix = '' %}",
  "{% if messages[0].role == 'system' %}",
  "{% set prefix = messages[0].content + '\\n\\n' %}{% set messages = messages[1:] %}",
  '{% endif %}',
  '{% for message in messages %}',
  "{% set role = 'model' if message.role == 'assistant' else message.role %}",
  "{{ '<start_of_turn>' + role + '\\n' + (prefix if loop.first else '') + message.content | trim + '<end_of_turn>\\n' }}",
  '{% endfor %}',
  "{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}",
].join('');
