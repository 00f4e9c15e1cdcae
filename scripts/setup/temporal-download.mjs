/** Lets Temporal's SDK download its dev server into the folder named on the command line. A process of its own, because
 * the SDK has no way to give up. */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [folder = '.'] = process.argv.slice(2);
try {
  // The SDK downloads by starting a server.
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'cached-download', downloadDir: folder } },
  });
  await environment.teardown();
} catch (error) {
  // The message is a chain of calls with the cause at its end.
  console.error(/** @type {Error} */ (error).message.split('): ').at(-1));
  process.exitCode = 1;
}
