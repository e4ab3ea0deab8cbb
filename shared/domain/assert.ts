/** A defect: the program is wrong, not its input. Never caught on purpose. */
export class Defect extends Error {
  override readonly name = "Defect";
}

/** Throws a Defect when what must hold does not. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Defect(message);
}

/** For the branch of a switch that no value can reach. */
export function unreachable(value: never): never {
  throw new Defect(`unreachable: ${JSON.stringify(value)}`);
}
