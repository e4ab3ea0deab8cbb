/**
 * Runs a command's main function and ends the process: what it throws is one line on stderr and the exit code for it,
 * 1 where a command has no other use for that.
 * HOLDFAST_DEBUG=1 shows the stack.
 */
export async function runMain(main: () => Promise<void>, failureCode = 1): Promise<never> {
  try {
    await main();
    process.exit(0);
  } catch (error) {
    console.error(process.env["HOLDFAST_DEBUG"] === undefined && error instanceof Error ? error.message : error);
    process.exit(failureCode);
  }
}
