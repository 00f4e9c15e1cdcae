import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

import type { UnresolvedRecipe } from '../../configs/load.ts';
import { NAMESPACE, SEARCH_ATTRIBUTES } from '../temporal.ts';

/**
 * What a run's workflows can be searched by: recipe, model and stage. None where the Temporal server does not know all of these
 * attributes: it would refuse the run.
 */
export async function searchAttributesOf(
  { connection }: Client,
  recipe: UnresolvedRecipe,
): Promise<SearchAttributePair[]> {
  const { customAttributes } = await connection.operatorService
    .listSearchAttributes({ namespace: NAMESPACE })
    .catch(() => ({ customAttributes: {} })); // not everybody may ask
  if (!Object.values(SEARCH_ATTRIBUTES).every((name) => Object.hasOwn(customAttributes ?? {}, name))) return [];
  const values = { recipe: recipe.name, model: recipe.model, stage: 'all' };
  return Object.entries(SEARCH_ATTRIBUTES).map(([part, name]) => ({
    key: defineSearchAttributeKey(name, 'KEYWORD'),
    value: values[part as keyof typeof values],
  }));
}
