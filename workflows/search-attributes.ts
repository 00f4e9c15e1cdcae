import { workflowInfo } from '@temporalio/workflow';

/** The search attributes of a run for the workflow of one of its stages; none where the run has none. */
export function stageAttributes(stage: string) {
  const own = workflowInfo().typedSearchAttributes.getAll();
  return own
    .filter(({ key }) => key.name.startsWith('Cabochon'))
    .map((pair) => (pair.key.name === 'CabochonStage' ? { ...pair, value: stage } : pair)) as typeof own;
}
