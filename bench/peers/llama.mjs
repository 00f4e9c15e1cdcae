/** Greedy decoding with llama.cpp, all prompts in one context: it batches whatever is in flight. */
import { cpus } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** @param {unknown} message */
const say = (message) => process.stdout.write(`@bench ${JSON.stringify(message)}\n`);

/** @type {{ package: string, gguf: string, ids: number[][], newTokens: number, warmUp: number, flashAttention: boolean }} */
const options = JSON.parse(process.argv[2] ?? '{}');
try {
  const { getLlama, LlamaLogLevel } = await import(join(options.package, 'node_modules/node-llama-cpp/dist/index.js'));
  const threads = cpus().length;
  const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel: LlamaLogLevel.error });
  const model = await llama.loadModel({ modelPath: options.gguf });
  const perSequence = Math.max(...options.ids.map((row) => row.length)) + options.newTokens;
  const context = await model.createContext({
    sequences: options.ids.length,
    contextSize: perSequence,
    batchSize: options.ids.reduce((sum, row) => sum + row.length, 0),
    threads,
    flashAttention: options.flashAttention,
  });
  const sequences = options.ids.map(() => context.getSequence());

  const decode = async () => {
    const completions = await Promise.all(
      sequences.map(async (sequence, i) => {
        await sequence.clearHistory();
        const tokens = [];
        for await (const token of sequence.evaluate(options.ids[i], { temperature: 0, yieldEogToken: true })) {
          tokens.push(token);
          if (tokens.length === options.newTokens) break;
        }
        return tokens;
      }),
    );
    return { units: completions.reduce((sum, tokens) => sum + tokens.length, 0), result: completions };
  };
  for (let i = 0; i < options.warmUp; i++) await decode();
  say({ ready: { llama: llama.llamaCppRelease, build: llama.buildType, threads, system: llama.systemInfo } });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'go') continue;
    const start = performance.now();
    const done = await decode();
    say({ turn: { ...done, seconds: (performance.now() - start) / 1000 } });
  }
} catch (error) {
  say({ error: /** @type {Error} */ (error).message });
}
process.exit();
