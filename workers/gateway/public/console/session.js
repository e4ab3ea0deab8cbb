/** Who is signed in, for as long as the tab lives, and the order whose answer is still missing. */

/** @import { Attempt, Session } from "../../console.types.ts" */

const names = { session: "holdfast.session", attempt: "holdfast.attempt", notice: "holdfast.notice" };

/** @returns {Session | null} */
export const loadSession = () => /** @type {Session | null} */ (load(names.session));

/** @param {Session} session */
export const saveSession = (session) => save(names.session, session);

/**
 * Signs out and starts the page afresh, so that nothing of one principal is left in memory for the next.
 *
 * @param {string} [notice] shown above the sign-in form
 */
export function endSession(notice) {
  sessionStorage.removeItem(names.session);
  sessionStorage.removeItem(names.attempt);
  if (notice !== undefined) save(names.notice, notice);
  location.replace(location.pathname);
}

/** @returns {string | null} what the last session's end was about; read once */
export function takeNotice() {
  const notice = /** @type {string | null} */ (load(names.notice));
  sessionStorage.removeItem(names.notice);
  return notice;
}

/**
 * An order that was sent and not answered survives a reload: only its key can tell whether it was taken.
 *
 * @param {Attempt | null} attempt
 */
export const saveAttempt = (attempt) => (attempt === null ? sessionStorage.removeItem(names.attempt) : save(names.attempt, attempt));

/** @returns {Attempt | null} */
export const loadAttempt = () => /** @type {Attempt | null} */ (load(names.attempt));

/** @param {string} name @param {unknown} value */
const save = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));

/** @param {string} name @returns {unknown} */
const load = (name) => JSON.parse(sessionStorage.getItem(name) ?? "null");
