/** Sends what is done to an order, or to what is stuck, and puts the answer into words. */
import { MissingAnswerError } from "./api.js";
import { detailOfError, titleOfError } from "./notes.js";

/** @import { Answer, Api } from "./api.js" */
/** @import { Change, Note } from "./change-kinds.js" */
/** @typedef {{ kind: "done" | "refused" | "unanswered", note: Note }} Sent `unanswered`: it is not known whether it was done */

/**
 * Sends changes, each press of the button under a key of its own. A change that got no answer keeps its key: the same one
 * again is the same request, and is done at most once.
 *
 * @param {Api} api
 * @param {Pick<Change, "path" | "doneNote">} change
 * @returns {{ send: (body: unknown) => Promise<Sent>, forget: () => void }} `forget`: the next one is another request
 */
export function changeSender(api, change) {
  /** @type {string | null} */
  let openKey = null;
  return {
    send: async (body) => {
      const idempotencyKey = openKey ?? crypto.randomUUID();
      const sent = await sendOnce(api, { body, idempotencyKey, change });
      openKey = sent.kind === "unanswered" ? idempotencyKey : null;
      return sent;
    },
    forget: () => {
      openKey = null;
    },
  };
}

/**
 * @param {Api} api
 * @param {{ body: unknown, idempotencyKey: string, change: Pick<Change, "path" | "doneNote"> }} request
 * @returns {Promise<Sent>}
 */
async function sendOnce(api, { body, idempotencyKey, change }) {
  try {
    return sentOf(await api.call("POST", change.path, { body, idempotencyKey }), change);
  } catch (error) {
    if (!(error instanceof MissingAnswerError)) throw error;
    return unanswered(`${titleOfError(error)} ${detailOfError(error)}`);
  }
}

/** @param {Answer} answer @param {Pick<Change, "doneNote">} change @returns {Sent} */
function sentOf({ status, problem, body }, change) {
  const underWay = { tone: /** @type {const} */ ("busy"), title: "Under way.", detail: "It goes on by itself; this page follows it." };
  if (problem === null) return { kind: "done", note: status === 202 ? underWay : change.doneNote(body) };
  const fields = (problem.errors ?? []).map(({ field, message }) => `${field}: ${message}.`);
  const said = [problem.detail ?? "", ...fields, `(${problem.status} ${problem.code}, request ${problem.request_id})`];
  const detail = said.filter((part) => part !== "").join(" ");
  if (status >= 500 || problem.code === "request_in_progress") return unanswered(`${problem.title}. ${detail}`);
  return { kind: "refused", note: { tone: "bad", title: `${problem.title}.`, detail } };
}

/** @param {string} reason @returns {Sent} */
const unanswered = (reason) => ({
  kind: "unanswered",
  note: {
    tone: "warn",
    title: "It is not known whether it was done.",
    detail: `${reason} Sent again with the same key, it is done at most once.`,
  },
});
