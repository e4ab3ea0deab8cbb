/** The matrix as it is in the file: formatted like everything else. */
import { join } from "node:path";
import { format } from "prettier";
import { renderMatrix, type Matrix } from "./render.ts";

export const matrixPath = join(import.meta.dirname, "../../docs/CRASH-MATRIX.md");

export async function writtenMatrix(): Promise<Matrix> {
  const { markdown, cells } = await renderMatrix();
  return { markdown: await format(markdown, { parser: "markdown" }), cells };
}
