/**
 * `Upstash-Retry-Delay`: arithmetic over `retried` (0 at the first retry) that gives milliseconds, such as
 * `max(1000, pow(2, retried) * 100)`. https://upstash.com/docs/qstash/features/retry#custom-retry-delay
 */

const functions: Readonly<Record<string, { readonly arity: number; readonly apply: (...args: number[]) => number }>> = {
  pow: { arity: 2, apply: Math.pow },
  exp: { arity: 1, apply: Math.exp },
  sqrt: { arity: 1, apply: Math.sqrt },
  abs: { arity: 1, apply: Math.abs },
  floor: { arity: 1, apply: Math.floor },
  ceil: { arity: 1, apply: Math.ceil },
  round: { arity: 1, apply: Math.round },
  min: { arity: 2, apply: Math.min },
  max: { arity: 2, apply: Math.max },
};

/** Bytes of an expression; deeper nesting than this allows would be no delay that anybody means. */
const maxLength = 256;

/** @returns Milliseconds, also without end. @throws Error when the text is not such an expression or its value is no number. */
export function evaluateRetryDelay(text: string, retried: number): number {
  if (text.length > maxLength) throw new Error(`the expression is longer than ${maxLength} characters`);
  const parser = new Parser(tokenize(text), retried);
  const value = parser.sum();
  parser.end();
  if (Number.isNaN(value)) throw new Error("its value is not a number");
  return Math.max(0, value);
}

function tokenize(text: string): string[] {
  const tokens = text.match(/\d+(?:\.\d+)?|[a-z]+|[-+*/(),]|\S/g) ?? [];
  const wrong = tokens.find((token) => !/^(\d+(\.\d+)?|[a-z]+|[-+*/(),])$/.test(token));
  if (wrong !== undefined) throw new Error(`"${wrong}" is not understood`);
  return tokens;
}

/** sum = product (("+" | "-") product)*, product = factor (("*" | "/") factor)*, factor = number | retried | call | (sum) | -factor. */
class Parser {
  readonly #tokens: readonly string[];
  readonly #retried: number;
  #at = 0;

  constructor(tokens: readonly string[], retried: number) {
    this.#tokens = tokens;
    this.#retried = retried;
  }

  sum(): number {
    let value = this.#product();
    for (;;) {
      if (this.#took("+")) value += this.#product();
      else if (this.#took("-")) value -= this.#product();
      else return value;
    }
  }

  end(): void {
    const rest = this.#tokens[this.#at];
    if (rest !== undefined) throw new Error(`"${rest}" is not expected`);
  }

  #product(): number {
    let value = this.#factor();
    for (;;) {
      if (this.#took("*")) value *= this.#factor();
      else if (this.#took("/")) value /= this.#factor();
      else return value;
    }
  }

  #factor(): number {
    if (this.#took("-")) return -this.#factor();
    if (this.#took("(")) return this.#closed(this.sum());
    const token = this.#tokens[this.#at++] ?? "";
    if (/^\d/.test(token)) return Number(token);
    return token === "retried" ? this.#retried : this.#call(token);
  }

  #call(name: string): number {
    const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (called === undefined || !this.#took("(")) throw new Error(`"${name}" is not understood`);
    const args = [this.sum()];
    while (this.#took(",")) args.push(this.sum());
    if (args.length !== called.arity) throw new Error(`${name} takes ${called.arity} numbers`);
    return this.#closed(called.apply(...args));
  }

  #closed(value: number): number {
    if (!this.#took(")")) throw new Error("a parenthesis is not closed");
    return value;
  }

  #took(token: string): boolean {
    const found = this.#tokens[this.#at] === token;
    if (found) this.#at += 1;
    return found;
  }
}
