/** What a panel says of itself when it has nothing, or not the newest, to show. */
import { MissingAnswerError, ProblemError } from "./api.js";
import { h, renderWhenChanged } from "./dom.js";
import { formatDuration } from "./format.js";
import { toneIcon } from "./icons.js";

/** @import { Tone } from "../../console.types.ts" */

/**
 * Shows a note, or none. A note that says the same as before is left alone, so that it is not announced again.
 *
 * @param {HTMLElement} place
 * @param {{ tone: Tone, title: string, detail?: string | undefined } | null} note
 */
export function showNote(place, note) {
  renderWhenChanged(place, JSON.stringify(note), () => (note === null ? [] : [noteElement(note)]));
}

/** @param {{ tone: Tone, title: string, detail?: string | undefined }} note */
function noteElement({ tone, title, detail }) {
  return h(
    "div",
    { class: "note", "data-tone": tone },
    toneIcon(tone),
    h("p", {}, h("strong", {}, title), detail !== undefined && ` ${detail}`),
  );
}

/**
 * The note of a poll that failed: what happened, whether what is shown is old, and when it is tried again.
 *
 * @param {HTMLElement} place
 * @param {{ error: unknown, hasData: boolean, retryInMs: number }} failure
 */
export function showFailure(place, { error, hasData, retryInMs }) {
  const shown = hasData ? "What you see may be out of date." : "";
  showNote(place, {
    tone: "bad",
    title: titleOfError(error),
    detail: [detailOfError(error), shown, `Trying again in ${formatDuration(retryInMs)}.`].filter((text) => text !== "").join(" "),
  });
}

/** @param {unknown} error @returns {string} a sentence that says what went wrong */
export function titleOfError(error) {
  if (error instanceof ProblemError) return `${error.problem.title}.`;
  return error instanceof MissingAnswerError ? "The server did not answer." : "This page has a fault.";
}

/** A whole sentence, or nothing. @param {unknown} error @returns {string} */
export function detailOfError(error) {
  const detail = error instanceof ProblemError ? (error.problem.detail ?? "") : error instanceof Error ? error.message : "";
  return detail === "" || /[.!?]$/.test(detail) ? detail : `${detail}.`;
}
