/** A POST with JSON, as the ingress and the admin API of Restate take it. */

/** @returns The answer's JSON; undefined when it is empty. @throws When the answer is not 2xx. */
export async function post(url: string, body?: unknown): Promise<unknown> {
  const content = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await fetch(url, { method: "POST", ...content });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
