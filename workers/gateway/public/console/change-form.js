/** The button that opens a change of an order, and its form: what will happen, what is needed, and the one button that does it. */
import { h } from "./dom.js";

/** @import { Change } from "./change-kinds.js" */
/** @import { Sent } from "./send-change.js" */

/**
 * @typedef {object} ChangeForm
 * @property {HTMLButtonElement} button opens and closes the form
 * @property {HTMLFormElement} form
 * @property {() => void} close
 * @property {() => boolean} isUnanswered what it sent got no answer: until it has one, the form must stay what it is
 */

/**
 * @param {object} options
 * @param {string} options.id
 * @param {Change} options.change
 * @param {() => void} options.onOpen
 * @param {(body: unknown) => Promise<Sent["kind"]>} options.send
 * @param {() => void} options.onForget told when no answer is waited for any more
 * @param {(hint: string) => void} options.onHint told what is missing
 * @returns {ChangeForm}
 */
export function changeForm({ id, change, onOpen, send, onForget, onHint }) {
  const grave = change.isGrave === true ? "grave" : "";
  const button = h("button", { type: "button", class: `quiet ${grave}`, "aria-expanded": "false", "aria-controls": id }, change.label);
  const confirm = h("button", { type: "submit", class: grave }, change.confirmText());
  const dismiss = h("button", { type: "button", class: "quiet" }, "Not now");
  const fields = h("fieldset", {}, h("legend", { class: "hidden" }, change.label), ...change.fields);
  const form = h(
    "form",
    { id, class: "change", hidden: true },
    h("p", {}, change.lead),
    change.fields.length > 0 && fields,
    h("div", { class: "actions" }, confirm, dismiss),
  );
  let isUnanswered = false;

  const setOpen = (/** @type {boolean} */ isOpen) => {
    form.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
  };
  // The fields belong to the key: another body under the same key would be refused.
  const setUnanswered = (/** @type {boolean} */ is) => {
    isUnanswered = fields.disabled = is;
    confirm.textContent = is ? "Send again with the same key" : change.confirmText();
  };

  button.addEventListener("click", () => {
    const isOpen = form.hidden !== false;
    if (isOpen) onOpen();
    setOpen(isOpen);
    if (isOpen) /** @type {HTMLElement | null} */ (form.querySelector("select, input, button"))?.focus();
  });
  dismiss.addEventListener("click", () => {
    setOpen(false);
    button.focus();
    if (isUnanswered) onForget();
    setUnanswered(false);
  });
  form.addEventListener("input", () => {
    confirm.textContent = change.confirmText();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submit();
  });

  async function submit() {
    const body = change.read();
    if (body === null) return onHint(change.hint);
    confirm.disabled = true;
    const kind = await send(body);
    confirm.disabled = false;
    setUnanswered(kind === "unanswered");
    if (kind !== "done") return confirm.focus();
    setOpen(false);
    button.focus();
  }

  return { button, form, close: () => setOpen(false), isUnanswered: () => isUnanswered };
}
