/** The products that were read so far. The stock panel reads them; the order form chooses from them. */

/** @import { Api } from "./api.js" */
/** @import { WireProduct } from "../../console.types.ts" */
/** @typedef {{ data: WireProduct[], next_cursor: string | null }} ProductPage */

const pageSize = 100;

export class Catalogue {
  #api;
  /** @type {WireProduct[]} */
  #products = [];
  /** @type {string | null} */
  #nextCursor = null;
  #pages = 1;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {Set<(error: unknown) => void>} */
  #failureListeners = new Set();

  /** @param {{ api: Api }} options */
  constructor({ api }) {
    this.#api = api;
  }

  get products() {
    return this.#products;
  }

  get hasMore() {
    return this.#nextCursor !== null;
  }

  /** @param {() => void} listener called after every reading */
  onChange(listener) {
    this.#listeners.add(listener);
  }

  /** @param {(error: unknown) => void} listener called after every reading that failed */
  onFailure(listener) {
    this.#failureListeners.add(listener);
  }

  /** The next reading takes one page more. */
  widen() {
    this.#pages += 1;
  }

  /**
   * Reads the products again. Throws what the API throws, and keeps what it had.
   *
   * @param {AbortSignal} signal
   */
  async refresh(signal) {
    try {
      await this.#readPages(signal);
    } catch (error) {
      for (const listener of this.#failureListeners) listener(error);
      throw error;
    }
    for (const listener of this.#listeners) listener();
  }

  /** @param {AbortSignal} signal */
  async #readPages(signal) {
    /** @type {WireProduct[]} */
    const products = [];
    /** @type {string | null} */
    let cursor = null;
    for (let page = 0; page < this.#pages; page += 1) {
      const query = new URLSearchParams({ limit: String(pageSize), ...(cursor === null ? {} : { cursor }) });
      const { data, next_cursor } = /** @type {ProductPage} */ (await this.#api.read(`/v1/products?${query}`, { signal }));
      products.push(...data);
      cursor = next_cursor;
      if (cursor === null) break;
    }
    this.#products = products;
    this.#nextCursor = cursor;
  }
}
