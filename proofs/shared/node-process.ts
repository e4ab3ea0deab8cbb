/** Node's `process`, with its type: where the runtime's own types are loaded too (the proofs that load actors), they make it `any`. */
export const nodeProcess: NodeJS.Process = (globalThis as unknown as { readonly process: NodeJS.Process }).process;
