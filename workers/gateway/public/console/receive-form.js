/** The operator's small form that books units in. */
import { h } from "./dom.js";
import { formatCount } from "./format.js";
import { detailOfError, titleOfError } from "./notes.js";

/** @import { Api } from "./api.js" */
/** @import { WireInventory } from "../../console.types.ts" */

/**
 * @param {{ api: Api, sku: string, onReceived: (inventory: WireInventory) => void }} options
 * @returns {HTMLElement[]} the button that opens it, the form, closed at first, and its result
 */
export function receiveForm({ api, sku, onReceived }) {
  const id = `receive-${sku}`;
  const quantity = h("input", { id, type: "number", min: 1, max: 1_000_000, step: 1, required: true, value: 10 });
  const submit = h("button", { type: "submit", class: "small" }, "Receive");
  const result = h("p", { class: "receive-result", role: "status" });
  const form = h(
    "form",
    { class: "receive", hidden: true },
    h("label", { for: id, class: "hidden" }, `Units of ${sku} received`),
    quantity,
    submit,
  );
  const toggle = h("button", { type: "button", class: "quiet small", "aria-expanded": "false", "aria-label": `Receive ${sku}` }, "Receive");
  /** The key of a call that had no answer: the next try with this quantity repeats it, and the units come in once. */
  /** @type {{ key: string, quantity: number } | null} */
  let unanswered = null;

  toggle.addEventListener("click", () => {
    form.hidden = !form.hidden;
    toggle.setAttribute("aria-expanded", String(!form.hidden));
    toggle.textContent = form.hidden ? "Receive" : "Cancel";
    result.textContent = "";
    if (!form.hidden) quantity.select();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void receive(quantity.valueAsNumber);
  });

  async function receive(/** @type {number} */ units) {
    const attempt = unanswered?.quantity === units ? unanswered : { key: crypto.randomUUID(), quantity: units };
    unanswered = attempt;
    submit.disabled = true;
    result.textContent = "Receiving…";
    try {
      const answer = await api.call("POST", `/v1/inventory/${encodeURIComponent(sku)}/receive`, {
        body: { quantity: units },
        idempotencyKey: attempt.key,
      });
      if (answer.status < 500) unanswered = null;
      if (answer.ok) onReceived(/** @type {WireInventory} */ (answer.body));
      result.textContent =
        answer.problem === null ? `${formatCount(units)} received.` : `${answer.problem.title}. ${answer.problem.detail ?? ""}`;
    } catch (error) {
      result.textContent = `${titleOfError(error)} ${detailOfError(error)} Trying again cannot receive twice.`;
    }
    submit.disabled = false;
  }

  return [toggle, form, result];
}
