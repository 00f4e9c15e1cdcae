import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, `N passed, N failed`, for a CI that reads it. What fails the run and belongs to no test
 * counts as a failure each: a file that could not be loaded, a failing `beforeAll`, an error outside any test.
 */
export default class CiReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const parents = modules.flatMap((module) => [module, ...module.children.allSuites()]);
    const passed = states.filter((state) => state === 'passed').length;
    const failed = states.filter((state) => state === 'failed').length;
    const broken = parents.filter((parent) => parent.errors().length > 0).length;
    console.log(`${passed} passed, ${failed + broken + unhandledErrors.length} failed`);
  }
}
