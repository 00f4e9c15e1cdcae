import * as z from 'zod';

import type { IfevalSuite } from '../../configs/schema/suites.ts';
import { followsEach, IfevalColumns } from '../../rewards/ifeval/checkers.ts';
import { findProblems, formatPath } from '../../sdk/findings.ts';
import { DataError, type Row } from '../data/rows.ts';
import { preparePrompts, sample, tokensOf } from '../sampling.ts';
import { partEstimate, shareEstimate, type Estimate } from '../statistics.ts';
import type { Work } from '../work.ts';
import type { SuiteContext, SuiteFindings } from './suite.ts';

const READINGS = ['strict', 'loose'] as const;
const Prompt = z.string().min(1);

/** The rows of an IFEval file. @throws DataError naming the first that has not its columns, or cannot be checked. */
export function ifevalRows(file: string, rows: readonly Row[]) {
  return rows.map((row, index) => {
    const { prompt, instruction_id_list, kwargs, key } = row;
    const result = findProblems(IfevalColumns, { instruction_id_list, kwargs });
    const text = findProblems(Prompt, prompt);
    if ('data' in result && 'data' in text) return { id: String(key ?? index + 1), prompt: text.data, ...result.data };
    const findings = [
      ...('findings' in text ? text.findings.map((each) => ({ ...each, path: ['prompt'] })) : []),
      ...('findings' in result ? result.findings : []),
    ];
    const problems = findings.map(({ path, message }) => `${formatPath(path)}: ${message}`);
    throw new DataError(`${file}: row ${index + 1}: ${problems.join('; ')}`);
  });
}

/**
 * IFEval's four accuracies on greedy completions: of prompts and of instructions, read strictly and loosely (arXiv
 * 2311.07911, section 3).
 */
export async function ifevalSuite(suite: IfevalSuite, context: SuiteContext, work: Work): Promise<SuiteFindings> {
  const { model, policy, recipe, ownRows, stream } = context;
  const rows = ifevalRows(suite.data, ownRows ?? []).slice(0, suite.prompts);
  const task = { ...recipe.task, chat: suite.chat ?? recipe.task.chat };
  const rendering = { recipe: { ...recipe, task }, set: policy, rows, ids: rows.map(({ id }) => id) };
  const prompts = await preparePrompts(model, { ...rendering, render: (row) => String(row.prompt) }, work);
  const sampling = { maxTokens: suite.maxTokens ?? recipe.evaluation.maxTokens, temperature: 0, topK: 0, topP: 1 };
  const answers = await sample(model, { set: policy, prompts, stream, numGenerations: 1, sampling, recipe }, work);

  const lines = answers.map(([answer], i) => {
    const { text, finishReason } = answer!;
    const [strict, loose] = READINGS.map((reading) => followsEach(text, rows[i]!, reading));
    const { id, prompt, instruction_id_list: instructions } = rows[i]!;
    return { id, prompt, completion: text, finishReason, instructions, strict: strict!, loose: loose! };
  });
  const values: Record<string, Estimate> = {};
  for (const reading of READINGS) {
    const followed = lines.map((line) => line[reading]);
    const instructions = partEstimate(followed.map((each) => [each.filter(Boolean).length, each.length]));
    values[`prompt/${reading}`] = shareEstimate(followed.map((each) => (each.every(Boolean) ? 1 : 0)));
    values[`instruction/${reading}`] = instructions;
  }
  return { values, unjudged: 0, lines, tokens: tokensOf(answers) };
}
