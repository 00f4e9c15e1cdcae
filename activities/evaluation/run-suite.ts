import type { Suite } from '../../configs/schema/suites.ts';
import type { Work } from '../work.ts';
import { ifevalSuite } from './ifeval.ts';
import { passAtKSuite } from './pass-at-k.ts';
import { perplexitySuite } from './perplexity.ts';
import type { SuiteContext, SuiteFindings } from './suite.ts';
import { winRateSuite } from './win-rate.ts';

/** Measures a policy by a suite. */
export function runSuite(suite: Suite, context: SuiteContext, work: Work): Promise<SuiteFindings> {
  switch (suite.kind) {
    case 'perplexity':
      return perplexitySuite(suite, context, work);
    case 'ifeval':
      return ifevalSuite(suite, context, work);
    case 'pass-at-k':
      return passAtKSuite(suite, context, work);
    case 'win-rate':
      return winRateSuite(suite, context, work);
  }
}
