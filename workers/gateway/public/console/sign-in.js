/** The sign-in form. A key is taken only after the gateway has accepted it in a call. */
import { Api } from "./api.js";
import { byId } from "./dom.js";
import { detailOfError, showNote, titleOfError } from "./notes.js";
import { saveSession, takeNotice } from "./session.js";

/** @import { Answer } from "./api.js" */
/** @import { Session } from "../../console.types.ts" */

/** @param {{ onSignedIn: (session: Session) => void }} options */
export function mountSignIn({ onSignedIn }) {
  const section = byId("sign-in", HTMLElement);
  const form = byId("sign-in-form", HTMLFormElement);
  const field = byId("key", HTMLInputElement);
  const result = byId("sign-in-result", HTMLElement);
  const notice = takeNotice();
  section.hidden = false;
  field.focus();
  if (notice !== null) showNote(result, { tone: "warn", title: notice });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });

  async function submit() {
    showNote(result, { tone: "busy", title: "Checking the key…" });
    const outcome = await checkKey(field.value.trim());
    if ("refusal" in outcome) {
      showNote(result, outcome.refusal);
      field.select();
      return;
    }
    saveSession(outcome.session);
    section.hidden = true;
    byId("main", HTMLElement).focus();
    onSignedIn(outcome.session);
  }
}

/**
 * @param {string} key
 * @returns {Promise<{ session: Session } | { refusal: { tone: "bad", title: string, detail: string } }>}
 */
async function checkKey(key) {
  try {
    const api = new Api({ key });
    const answer = await api.call("GET", "/v1/products?limit=1");
    if (answer.status === 401)
      return { refusal: { tone: "bad", title: "401: this key is not accepted.", detail: answer.problem?.detail ?? "" } };
    const role = roleOf(await askRole(api));
    return role === null ? { refusal: roleUnknown } : { session: { key, role } };
  } catch (error) {
    return { refusal: { tone: "bad", title: titleOfError(error), detail: detailOfError(error) } };
  }
}

const roleUnknown = {
  tone: /** @type {const} */ ("bad"),
  title: "It cannot be told now whether this is an operator's key.",
  detail: "The server could not answer. Sign in again in a moment.",
};

/**
 * There is no call that names the role, so an operator's call is made in a form that cannot do anything: without an
 * Idempotency-Key.
 *
 * @param {Api} api
 */
const askRole = (api) => api.call("POST", "/v1/inventory/console-role-check/receive", { body: {} });

/**
 * A customer is told 403, an operator what is missing. Whatever else comes says nothing of the role.
 *
 * @param {Answer} answer
 * @returns {Session["role"] | null}
 */
function roleOf({ status, problem }) {
  if (status === 403) return "customer";
  return problem?.code === "idempotency_key_missing" ? "operator" : null;
}
