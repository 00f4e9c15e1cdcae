import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../../model/checkpoints/open-checkpoint.ts';
import { encodePrompt } from '../../../model/tokenizer/chat-template.ts';
import { createTokenizer, type Tokenizer } from '../../../model/tokenizer/tokenizer.ts';
import { isThere, testData } from '../../support/data.ts';
import { hasRealModel, REAL_MODEL } from '../../support/real-model.ts';

const VECTORS = [
  'tokenizer_public_vectors', // ids found in public tests of other projects
  'tokenizer_public_strings_computed_ids', // and the rest computed by two independent tokenizers that agree
  'tokenizer_texts.visible',
];

describe.skipIf(!hasRealModel)('the tokenizer built from the real GGUF', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await (await openCheckpoint(REAL_MODEL)).tokenizer();
  });

  test('knows its special tokens and size', () => {
    const { bosId, eosId, padId, endOfTurnId, vocabSize } = tokenizer;
    expect({ bosId, eosId, padId, endOfTurnId, vocabSize }).toEqual({
      bosId: 2,
      eosId: 1,
      padId: 0,
      endOfTurnId: 106,
      vocabSize: 262_144,
    });
  });

  describe.skipIf(!isThere('gemma3-reference'))('agrees with the reference', () => {
    test.each(VECTORS)('on every text of %s, and back', (name) => {
      const rows = readFileSync(testData(`gemma3-reference/${name}.jsonl`), 'utf8')
        .trim()
        .split('\n');
      for (const row of rows) {
        const { text, ids } = JSON.parse(row) as { text: string; ids: number[] };
        expect(tokenizer.encode(text), text).toEqual(ids);
        // A ▁ in the text itself is read as a space: Gemma has one token for both.
        expect(tokenizer.decode(ids), text).toBe(text.replaceAll('▁', ' '));
      }
      expect(rows.length).toBeGreaterThan(9);
    });
  });

  test('wraps a prompt as a user turn, BOS once', () => {
    // <bos> <start_of_turn> "user" "\n" "hello" <end_of_turn> "\n" <start_of_turn> "model" "\n"
    const expected = [2, 105, 2364, 107, 23_391, 106, 107, 105, 4368, 107];
    expect(encodePrompt(tokenizer, 'hello', true)).toEqual(expected);
    expect(encodePrompt(tokenizer, '<bos> hello\n', true)).toEqual(expected);
  });

  test('comes back from its own tokenizer.json', () => {
    const again = createTokenizer(JSON.parse(tokenizer.toJson()));
    const text = 'def f(x):\n    return x + 1\n\n日本語 🦊 <table>\t\t';
    expect(again.encode(text)).toEqual(tokenizer.encode(text));
    expect(again.decode(again.encode(text))).toBe(text);
  });
});
