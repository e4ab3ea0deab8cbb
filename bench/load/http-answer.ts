/** The least of HTTP/1.1 that reads an answer: a status, and a body by its length or in chunks. */

export interface HttpAnswer {
  readonly status: number;
  /** Its bytes as Latin-1: a byte is a character. */
  readonly body: string;
  /** The server closes the connection after it. */
  readonly closes: boolean;
}

/**
 * @param text What has arrived so far of one answer, as Latin-1.
 * @returns undefined when it is not all there yet.
 * @throws Error when the answer says neither its length nor that it comes in chunks.
 */
export function readAnswer(text: string): HttpAnswer | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd).toLowerCase();
  const status = Number(text.slice(9, 12));
  const body = readBody(text, { head, bodyStart: headEnd + 4, status });
  return body === undefined ? undefined : { status, body, closes: head.includes("\r\nconnection: close") };
}

interface Head {
  readonly head: string;
  readonly bodyStart: number;
  readonly status: number;
}

function readBody(text: string, { head, bodyStart, status }: Head): string | undefined {
  if (status === 204 || status === 304) return "";
  const lengthAt = head.indexOf("\r\ncontent-length:");
  if (lengthAt !== -1) {
    const bodyEnd = bodyStart + Number.parseInt(head.slice(lengthAt + 17), 10);
    return text.length < bodyEnd ? undefined : text.slice(bodyStart, bodyEnd);
  }
  if (/\r\ntransfer-encoding: *chunked/.test(head)) return readChunks(text, bodyStart);
  throw new Error(`An answer without a length: ${head}`);
}

function readChunks(text: string, start: number): string | undefined {
  let body = "";
  for (let at = start; ;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!Number.isInteger(size)) throw new Error("A chunk without a size");
    const chunkStart = lineEnd + 2;
    // The last chunk is empty; trailers are sent by none of the systems measured.
    if (text.length < chunkStart + size + 2) return undefined;
    if (size === 0) return body;
    body += text.slice(chunkStart, chunkStart + size);
    at = chunkStart + size + 2;
  }
}
