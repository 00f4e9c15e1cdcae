/** Lets Temporal's SDK download its dev server into the folder named on the command line. A process of its own, because
 * the SDK has no way to give up. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const executable = { type: 'cached-download', downloadDir: process.argv[2] };
// The SDK downloads by starting a server.
const environment = await TestWorkflowEnvironment.createLocal({ server: { executable, log: { level: 'error' } } });
await environment.teardown();
